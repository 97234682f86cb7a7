"""Where a layer's pixels lie in the world, and where they lie after cropping and resizing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from napari.utils.transforms import Affine

Matrix: TypeAlias = npt.NDArray[np.float64]
Place: TypeAlias = dict[str, Any]

PLACE = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")


def resampled(place: Place, factor: float | tuple[float, float]) -> Place:
    """Return the place of an image whose planes have `factor` times the pixels of one at `place`.

    Both cover the same area. Napari's data coordinates count pixel centres, so besides the scale the translation
    changes: new pixel 0 has its centre at old coordinate (1/f - 1) / 2, wherever rotation and shear put that.
    """
    step = np.ones(len(place["scale"]))
    step[-2:] = 1 / np.broadcast_to(np.asarray(factor, dtype=float), 2)
    return {**moved(place, (step - 1) / 2), "scale": np.asarray(place["scale"]) * step}


def moved(place: Place, start: Sequence[float] | npt.NDArray[Any]) -> Place:
    """Return the place of an image whose pixel 0 lies where `start`, a position in pixels, is of one at `place`."""
    linear = data_to_physical(place)[:-1, :-1]
    return {**place, "translate": np.asarray(place["translate"]) + linear @ np.asarray(start, dtype=float)}


def data_to_physical(place: Mapping[str, Any]) -> Matrix:
    """Return the homogeneous matrix of scale, shear, rotation and translation."""
    keys = ("scale", "translate", "rotate", "shear")
    matrix: Matrix = Affine(**{key: place[key] for key in keys}).affine_matrix
    return matrix


def data_to_world(place: Mapping[str, Any]) -> Matrix:
    """Return the homogeneous matrix from data to world coordinates: `data_to_physical`, then the layer's affine."""
    world: Matrix = np.asarray(place["affine"]) @ data_to_physical(place)
    return world


def unit_ratios(units: Sequence[Any], wanted: Sequence[Any], ndim: int) -> Matrix:
    """Return the diagonal matrix from some units to others on the last `ndim` axes; 1 where they can't be converted."""
    ratios = np.ones(ndim + 1)
    for axis, (unit, other) in enumerate(zip(units[-ndim:], wanted[-ndim:], strict=True)):
        if unit.is_compatible_with(other):
            ratios[axis] = (1.0 * unit).to(other).magnitude
    return np.diag(ratios)


def trailing(matrix: Matrix, ndim: int) -> Matrix | None:
    """Return the part of a homogeneous matrix that concerns the last `ndim` axes; None if the others reach into it."""
    lead = matrix.shape[0] - 1 - ndim
    if np.any(matrix[:lead, lead:-1]) or np.any(matrix[lead:-1, :lead]):
        return None
    return matrix[lead:, lead:]
