"""Ink on a plane: coverage blended in a colour, and how much of each pixel it wrote over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import InvalidParameterError
from ..operation import Coverage, Mask, Plane

LARGEST_TILE = 2**28
FAINT = 5
"""Coverage times opacity, of 255, up to which nothing is written: the eye can't see it and the mask shouldn't."""

Color: TypeAlias = Sequence[float] | npt.NDArray[np.uint8]


def check_tile(height: int, width: int) -> None:
    """Raise `InvalidParameterError` for a word, shape or picture that is larger than any plane it could lie on."""
    if height * width > LARGEST_TILE:
        raise InvalidParameterError(f"ink of at most {LARGEST_TILE:,} pixels", f"{height} x {width}")


class Inked:
    """A copy of a plane that takes ink, and remembers where.

    Parameters
    ----------
    plane : ndarray
        (Y, X) or (Y, X, 3), uint8 or float32 in the unit range; it isn't changed.

    Attributes
    ----------
    coverage : ndarray of uint8
        (Y, X): how much of each pixel all inks together cover, 255 for all of it, whatever their opacity.
    """

    def __init__(self, plane: Plane) -> None:
        self.plane = plane.copy()
        self.coverage: Coverage = np.zeros(plane.shape[:2], np.uint8)

    @property
    def mask(self) -> Mask:
        """(Y, X), True for the pixels written over."""
        return self.coverage > 0

    def stamp(self, coverage: Coverage, y: int, x: int, color: Color, opacity: float = 1.0) -> None:
        """Blend a colour (RGB, 0 to 255) where `coverage` says, its top left pixel at (y, x); what is outside is cut.

        The colour may be a picture: (Y, X, 3), of the size of `coverage`.

        On uint8 this is bit by bit what Pillow draws, but for strengths up to `FAINT`, which aren't written.
        """
        height, width = self.coverage.shape
        top, left = max(y, 0), max(x, 0)
        bottom, right = min(y + coverage.shape[0], height), min(x + coverage.shape[1], width)
        if top >= bottom or left >= right:
            return
        inside = slice(top - y, bottom - y), slice(left - x, right - x)
        covered, ink = coverage[inside], np.asarray(color)
        strength = _faded(opacity)[covered] if opacity < 1 else covered
        written, place = strength > FAINT, (slice(top, bottom), slice(left, right))
        self.coverage[place] = united(self.coverage[place], covered * written)
        self._blend(self.plane[place], strength * written, ink[inside] if ink.ndim == 3 else ink)

    def _blend(self, region: Plane, strength: Coverage, ink: npt.NDArray[Any]) -> None:
        if region.ndim == 3:
            strength = strength[..., None]
        else:
            ink = luma(ink)
        if region.dtype == np.uint8:
            wide = strength.astype(np.uint16)
            mixed = region * (255 - wide) + np.rint(ink).astype(np.uint16) * wide + np.uint16(128)
            region[...] = (mixed + (mixed >> 8)) >> 8
        else:
            region += (ink.astype(np.float32) / 255 - region) * (strength.astype(np.float32) / 255)


def united(first: Coverage, second: Coverage) -> Coverage:
    """Return what two inks cover together: what one leaves of a pixel, the other covers by its share."""
    left = (255 - first.astype(np.uint16)) * (255 - second.astype(np.uint16))
    together: Coverage = (255 - (left + 127) // 255).astype(np.uint8)
    return together


def luma(color: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the grey of RGB colours, (..., 3) (ITU-R BT.601, as Pillow)."""
    grey: npt.NDArray[Any] = np.asarray(0.299 * color[..., 0] + 0.587 * color[..., 1] + 0.114 * color[..., 2])
    return grey


def _faded(opacity: float) -> Coverage:
    strengths: Coverage = np.rint(np.arange(256) * opacity).astype(np.uint8)
    return strengths
