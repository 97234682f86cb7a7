"""Shapes as masks: the inside of closed ones, lines and paths in their width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from skimage.draw import polygon2mask

from ..errors import InvalidMaskError
from ..layers import Matrix
from .strokes import draw_stroke, plane_of

Corners: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

ELLIPSE_CORNERS = 90
FLAT = 0.5  # pixels by which the corners of a shape may lie off its plane


@dataclass(frozen=True)
class Drawing:
    """The shapes of a layer.

    Parameters
    ----------
    vertices : sequence of ndarray
        (corners, axes) for each shape, in the layer's data coordinates.
    kinds : sequence of str
        "polygon", "rectangle", "ellipse", "line" or "path".
    widths : sequence of float
        Of lines and paths, in the same units.
    """

    vertices: Sequence[npt.NDArray[Any]]
    kinds: Sequence[str]
    widths: Sequence[float]

    def painted(self, to_image: Matrix, grid: tuple[int, ...]) -> Mask:
        """Return the mask on an image's grid; a shape marks the plane that it lies in."""
        mask = np.zeros(grid, dtype=bool)
        for vertices, kind, width in zip(self.vertices, self.kinds, self.widths, strict=True):
            corners = vertices[:, -len(grid) :] @ to_image[:-1, :-1].T + to_image[:-1, -1]
            _check_flat(corners, kind)
            plane = plane_of(corners, grid)
            if plane is not None:
                _draw(mask[plane], corners[:, -2:], kind, width / 2, to_image[-3:-1, -3:-1])
        return mask


def _check_flat(corners: Corners, kind: str) -> None:
    if np.any(np.ptp(corners[:, :-2], axis=0) > FLAT):
        advice = "Draw it while the last two axes are shown in 2-D."
        raise InvalidMaskError("shapes within the image's planes", f"a {kind} across several planes", advice)


def _draw(mask: Mask, corners: Corners, kind: str, radius: float, to_image: npt.NDArray[np.float64]) -> None:
    if kind in ("line", "path"):
        for start, end in pairwise(corners):
            draw_stroke(mask, start, end, radius, to_image)
        return
    outline = _ellipse(corners) if kind == "ellipse" else corners
    mask |= polygon2mask(mask.shape, outline)  # type: ignore[no-untyped-call]


def _ellipse(box: Corners) -> Corners:
    """Return points on the ellipse that touches the middles of a parallelogram's four sides."""
    angle = np.linspace(0, 2 * np.pi, ELLIPSE_CORNERS, endpoint=False)[:, None]
    outline: Corners = box.mean(axis=0) + np.cos(angle) * (box[1] - box[0]) / 2 + np.sin(angle) * (box[3] - box[0]) / 2
    return outline
