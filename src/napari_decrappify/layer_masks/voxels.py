"""Labels and images as masks: their own voxels, marked, sampled on the grid of another image."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..apply.painted import painted
from ..layers import Matrix

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Voxels:
    """An array of labels or intensities.

    Parameters
    ----------
    data : ndarray or dask array
        Labels, unless a threshold is given.
    labels : collection of int, optional
        The labels that count; all but 0 by default.
    threshold : float, optional
        Intensities above it count.
    rgb : bool
        Whether the last axis is colour, of which any counts; see `painted`.
    """

    data: Any
    labels: Collection[int] | None = None
    threshold: float | None = None
    rgb: bool = False

    def painted(self, to_image: Matrix, grid: tuple[int, ...]) -> Mask:
        """Return the mask on an image's grid; more axes than the grid's are taken together."""
        return brought(self._marked(), to_image, grid)

    def _marked(self) -> Mask:
        data = np.asarray(self.data)
        if self.threshold is not None:
            return painted(data, rgb=self.rgb, threshold=self.threshold)
        return data != 0 if self.labels is None else np.isin(data, list(self.labels))


def brought(data: npt.NDArray[Any], to_image: Matrix, grid: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return marks or labels, of which 0 is nothing, on an image's grid; of more axes than the grid's, the greatest."""
    marked: npt.NDArray[Any] = np.max(data, axis=tuple(range(data.ndim - len(grid))))
    if marked.shape == grid and np.allclose(to_image, np.eye(len(grid) + 1)):
        return marked
    found = _sampled(marked, np.linalg.inv(to_image), grid)
    return np.where(found != 0, found, _scattered(marked, to_image, grid))


def _sampled(data: npt.NDArray[Any], to_data: npt.NDArray[Any], grid: tuple[int, ...]) -> npt.NDArray[Any]:
    """Give the image's pixels the mark of the voxel in which their centre lies."""
    y, x = np.indices(grid[-2:]).reshape(2, -1)
    marks = np.zeros(grid, data.dtype)
    for lead in np.ndindex(*grid[:-2]):
        points = np.stack([*(np.full(y.size, index) for index in lead), y, x])
        marks[lead] = _look_up(data, to_data, points).reshape(grid[-2:])
    return marks


def _look_up(data: npt.NDArray[Any], to_data: npt.NDArray[Any], points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    found, inside = _moved(to_data, points, data.shape)
    values = np.zeros(points.shape[1], data.dtype)
    values[inside] = data[tuple(found[:, inside])]
    return values


def _scattered(data: npt.NDArray[Any], to_image: Matrix, grid: tuple[int, ...]) -> npt.NDArray[Any]:
    """Mark the image's pixels in which the centre of a marked voxel lies: no thin line is lost on a coarser grid."""
    marked = np.nonzero(data)
    found, inside = _moved(to_image, np.stack(marked), grid)
    marks = np.zeros(grid, data.dtype)
    marks[tuple(found[:, inside])] = data[marked][inside]
    return marks


def _moved(
    matrix: npt.NDArray[Any], points: npt.NDArray[Any], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.intp], Mask]:
    """Return the nearest index for each column of `points`, and which of them lie in an array of `shape`."""
    moved = matrix[:-1, :-1] @ points + matrix[:-1, -1:]
    index = np.floor(moved + 0.5).astype(np.intp)
    return index, np.all((index >= 0) & (index < np.array(shape)[:, None]), axis=0)
