"""Masks drawn in napari, in labels or shapes, brought onto the pixel grid of an image."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from napari.layers import Labels, Layer, Shapes
from skimage.draw import polygon2mask

from .errors import InvalidMaskError
from .layers import Matrix, Source, data_to_world

Mask: TypeAlias = npt.NDArray[np.bool_]
ELLIPSE_CORNERS = 90


def mask_of(layer: Layer, source: Source) -> Mask:
    """Bring what is painted or drawn in a layer onto the pixels of an image, through world coordinates.

    Parameters
    ----------
    layer : Labels or Shapes
        Every label but 0 counts; the inside of closed shapes counts, and lines and paths in their width. A layer
        with fewer axes than the image holds for all of its planes; one with more counts in all of its own planes.
    source : Source
        The image, from `layers.source_of`.

    Returns
    -------
    ndarray of bool
        (Y, X), or the whole ``source.grid`` when the mask differs between planes.

    Raises
    ------
    InvalidMaskError
        For another kind of layer, or one that marks no pixel of the image.
    """
    paint = _painter(layer)
    state = layer.as_layer_data_tuple()[1]
    ndim = min(layer.ndim, len(source.grid))
    to_world = _trailing(data_to_world(state), ndim) if layer.ndim > ndim else data_to_world(state)
    image_to_world = _trailing(data_to_world(source.place), ndim)
    units = _unit_ratios(state["units"], source.place["units"], ndim)
    to_image = np.linalg.inv(image_to_world) @ units @ to_world
    mask = paint(layer, to_image, source.grid[-ndim:])
    if not mask.any():
        advice = "Paint or draw over the part of the image to repair, or choose no mask."
        raise InvalidMaskError(
            f"a mask over the image {source.name!r}", f"{layer.name!r}, which marks none of it", advice
        )
    return mask if ndim == 2 else np.broadcast_to(mask, source.grid)


def _painter(layer: Layer) -> Callable[[Layer, Matrix, tuple[int, ...]], Mask]:
    if isinstance(layer, Labels):
        return _paint_labels
    if isinstance(layer, Shapes):
        return _paint_shapes
    raise InvalidMaskError("a labels or shapes layer as the mask", f"{type(layer).__name__} layer {layer.name!r}")


def _trailing(matrix: Matrix, ndim: int) -> Matrix:
    """Return the part of a homogeneous matrix that concerns the last `ndim` axes."""
    lead = matrix.shape[0] - 1 - ndim
    if np.any(matrix[:lead, lead:-1]) or np.any(matrix[lead:-1, :lead]):
        raise InvalidMaskError(
            "a mask with as many axes as the image where a layer is rotated across its leading axes",
            f"{ndim} axes against {lead + ndim}",
        )
    return matrix[lead:, lead:]


def _unit_ratios(units: Any, wanted: Any, ndim: int) -> Matrix:
    """Return the diagonal matrix from one layer's units to another's; 1 where they can't be converted."""
    ratios = np.ones(ndim + 1)
    for axis, (unit, other) in enumerate(zip(units[-ndim:], wanted[-ndim:], strict=True)):
        if unit.is_compatible_with(other):
            ratios[axis] = (1.0 * unit).to(other).magnitude
    return np.diag(ratios)


def _paint_labels(layer: Labels, to_image: Matrix, grid: tuple[int, ...]) -> Mask:
    data: Mask = np.asarray(layer.data[0] if layer.multiscale else layer.data) != 0
    data = np.any(data, axis=tuple(range(data.ndim - len(grid))))
    if data.shape == grid and np.allclose(to_image, np.eye(len(grid) + 1)):
        return data
    return _sampled(data, np.linalg.inv(to_image), grid) | _scattered(data, to_image, grid)


def _sampled(data: Mask, to_data: npt.NDArray[Any], grid: tuple[int, ...]) -> Mask:
    """Mark the image's pixels whose centre lies in a marked voxel."""
    y, x = np.indices(grid[-2:]).reshape(2, -1)
    mask = np.zeros(grid, dtype=bool)
    for lead in np.ndindex(*grid[:-2]):
        points = np.stack([*(np.full(y.size, index) for index in lead), y, x])
        mask[lead] = _look_up(data, to_data, points).reshape(grid[-2:])
    return mask


def _look_up(data: Mask, to_data: npt.NDArray[Any], points: npt.NDArray[Any]) -> Mask:
    found, inside = _moved(to_data, points, data.shape)
    values = np.zeros(points.shape[1], dtype=bool)
    values[inside] = data[tuple(found[:, inside])]
    return values


def _scattered(data: Mask, to_image: Matrix, grid: tuple[int, ...]) -> Mask:
    """Mark the image's pixels in which the centre of a marked voxel lies: no thin line is lost on a coarser grid."""
    found, inside = _moved(to_image, np.stack(np.nonzero(data)), grid)
    mask = np.zeros(grid, dtype=bool)
    mask[tuple(found[:, inside])] = True
    return mask


def _moved(
    matrix: npt.NDArray[Any], points: npt.NDArray[Any], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.intp], Mask]:
    """Return the nearest index for each column of `points`, and which of them lie in an array of `shape`."""
    moved = matrix[:-1, :-1] @ points + matrix[:-1, -1:]
    index = np.floor(moved + 0.5).astype(np.intp)
    return index, np.all((index >= 0) & (index < np.array(shape)[:, None]), axis=0)


def _paint_shapes(layer: Shapes, to_image: Matrix, grid: tuple[int, ...]) -> Mask:
    mask = np.zeros(grid, dtype=bool)
    magnification = np.sqrt(abs(np.linalg.det(to_image[-3:-1, -3:-1])))
    for vertices, kind, width in zip(layer.data, layer.shape_type, layer.edge_width, strict=True):
        corners = vertices[:, -len(grid) :] @ to_image[:-1, :-1].T + to_image[:-1, -1]
        plane = tuple(int(n) for n in np.floor(corners[:, :-2].mean(axis=0) + 0.5))
        if all(0 <= n < size for n, size in zip(plane, grid[:-2], strict=True)):
            mask[plane] |= _drawn(corners[:, -2:], kind, width * magnification / 2, grid[-2:])
    return mask


def _drawn(corners: npt.NDArray[np.float64], kind: str, radius: float, yx: tuple[int, ...]) -> Mask:
    if kind in ("line", "path"):
        return _stroke(corners, max(radius, 0.5), yx)
    if kind == "ellipse":
        corners = _ellipse(corners)
    inside: Mask = polygon2mask(yx, corners)  # type: ignore[no-untyped-call]
    return inside


def _ellipse(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return points on the ellipse that touches the middles of a parallelogram's four sides."""
    angle = np.linspace(0, 2 * np.pi, ELLIPSE_CORNERS, endpoint=False)[:, None]
    outline: npt.NDArray[np.float64] = (
        box.mean(axis=0) + np.cos(angle) * (box[1] - box[0]) / 2 + np.sin(angle) * (box[3] - box[0]) / 2
    )
    return outline


def _stroke(corners: npt.NDArray[np.float64], radius: float, yx: tuple[int, ...]) -> Mask:
    """Mark the pixels whose centre is at most `radius` away from a polyline."""
    mask = np.zeros(yx, dtype=bool)
    for start, end in pairwise(corners):
        low = np.clip(np.floor(np.minimum(start, end) - radius).astype(int), 0, yx)
        high = np.clip(np.ceil(np.maximum(start, end) + radius).astype(int) + 1, 0, yx)
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        pixels = np.moveaxis(np.mgrid[window], 0, -1)
        along = end - start
        share = np.clip((pixels - start) @ along / max(along @ along, 1e-12), 0, 1)
        mask[window] |= np.hypot(*np.moveaxis(pixels - start - share[..., None] * along, -1, 0)) <= radius
    return mask
