"""Points as masks: a disc in its plane for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..layers import Matrix
from .strokes import draw_stroke, plane_of


@dataclass(frozen=True)
class Discs:
    """Points with a size.

    Parameters
    ----------
    centres : ndarray
        (N, axes) in the layer's data coordinates.
    radii : ndarray
        (N,) in the same units.
    """

    centres: npt.NDArray[Any]
    radii: npt.NDArray[Any]

    def painted(self, to_image: Matrix, grid: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        """Return the mask on an image's grid."""
        mask = np.zeros(grid, dtype=bool)
        places = self.centres[:, -len(grid) :] @ to_image[:-1, :-1].T + to_image[:-1, -1]
        for place, radius in zip(places, self.radii, strict=True):
            plane = plane_of(place[None], grid)
            if plane is not None:
                draw_stroke(mask[plane], place[-2:], place[-2:], float(radius), to_image[-3:-1, -3:-1])
        return mask
