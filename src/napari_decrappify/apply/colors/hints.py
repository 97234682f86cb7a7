"""Colours that a user wants at some places: checked against the image, and as chroma on whole and reduced planes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...degrade.operations.tone import LUMA
from ...errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from ...planes import Layout, as_array, is_lazy
from ..engine.blending import Pixels
from ..engine.tiling import Box
from ..masks import Mask, fitted
from ..source import Key

CHANNELS = 3


@dataclass(frozen=True)
class Hints:
    """Colours on the planes of an image.

    Attributes
    ----------
    colors : ndarray of uint8
        (..., Y, X, 3), broadcast over the image's leading axes.
    mask : ndarray of bool
        (..., Y, X): where they hold.
    """

    colors: npt.NDArray[np.uint8]
    mask: Mask

    def of(self, plane: Key) -> PlaneHints | None:
        """Return those of a plane, by its index along the leading axes; None if it has none."""
        return PlaneHints(self.colors[plane], self.mask[plane]) if self.mask[plane].any() else None


@dataclass(frozen=True)
class PlaneHints:
    """Colours on a plane: (Y, X, 3) of uint8, and (Y, X) of bool where they hold."""

    colors: npt.NDArray[np.uint8]
    mask: Mask

    def put(self, chroma: Pixels, box: Box) -> None:
        """Write the chroma of the hints, where they hold, into the (y, x, 3) chroma of a box."""
        there = self.mask[box.slices]
        if there.any():
            colors = self.colors[box.slices][there].astype(np.float32) / np.float32(255)
            chroma[there] = colors - (colors @ LUMA)[:, None]

    def reduced(self, factor: int) -> tuple[Pixels, Pixels]:
        """Return the mean chroma of the hints in each factor x factor pixels, and the share of these that have any.

        Returns
        -------
        tuple of ndarray of float32
            (y, x, 3), 0 where there are none, and (y, x).
        """
        y, x = self.mask.shape
        strips = (Box(top, min(y, top + factor), 0, x) for top in range(0, y, factor))
        shares, chromas = zip(*(self._reduced(strip, factor) for strip in strips), strict=True)
        share = np.concatenate(shares)
        return np.concatenate(chromas) / np.maximum(share, np.finfo(np.float32).tiny)[..., None], share

    def _reduced(self, strip: Box, factor: int) -> tuple[Pixels, Pixels]:
        share, chroma = np.zeros(strip.shape, np.float32), np.zeros((*strip.shape, CHANNELS), np.float32)
        share[self.mask[strip.slices]] = 1
        self.put(chroma, strip)
        return cell_means(share, factor), cell_means(chroma, factor)


def hints_on(layout: Layout, hints: tuple[Any, Any] | None) -> Hints | None:
    """Return (colours, mask) as hints on an image of this layout; None for none, and where none holds.

    Raises
    ------
    InvalidParameterError
        If they are no pair of NumPy arrays.
    InvalidMaskError, InvalidImageError
        For a mask or colours of another dtype, or of a shape that doesn't fit the image or each other.
    """
    if hints is None:
        return None
    if len(hints) != 2 or any(is_lazy(part) for part in hints):
        raise InvalidParameterError("hints=(colours, mask), two NumPy arrays", _in_words(hints))
    mask, colors = as_array(hints[1], InvalidMaskError), as_array(hints[0], InvalidImageError)
    if mask.dtype != bool:
        raise InvalidMaskError("a mask of hints of dtype bool", f"dtype {mask.dtype}", "Try mask > 0.")
    planes = fitted(mask, layout)
    if colors.dtype != np.uint8 or colors.shape != (*mask.shape, CHANNELS):
        wanted = f"colours of hints of shape {(*mask.shape, CHANNELS)}, as the mask has it, and dtype uint8"
        raise InvalidImageError(wanted, f"shape {colors.shape}, dtype {colors.dtype}")
    return Hints(np.broadcast_to(colors, (*planes.shape, CHANNELS)), planes) if mask.any() else None


def cell_means(values: Pixels, factor: int) -> Pixels:
    """Return the mean of each factor x factor values of (Y, X) or (Y, X, C) ones that start at a multiple."""
    rows, columns = (np.arange(0, side, factor) for side in values.shape[:2])
    heights, widths = (np.minimum(factor, side - at) for side, at in zip(values.shape, (rows, columns), strict=False))
    sums = np.add.reduceat(np.add.reduceat(values, columns, 1), rows, 0)
    areas = (heights[:, None] * widths).astype(np.float32)
    means: Pixels = sums / areas.reshape(areas.shape + (1,) * (values.ndim - 2))
    return means


def _in_words(hints: tuple[Any, Any]) -> str:
    return f"{len(hints)} of them" if len(hints) != 2 else "a dask array"
