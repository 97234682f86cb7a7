"""The part of a layer to work on: all of it, the plane that shows, or what the window shows of that plane."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.layers import Image

from ..errors import InvalidParameterError
from .place import Matrix, data_to_world, unit_ratios


@dataclass(frozen=True)
class Region:
    """A box on a layer's pixel grid.

    Parameters
    ----------
    bounds : tuple of (int, int)
        First pixel, and the one after the last, for each axis of the layer; colour is no axis.
    within : Region, optional
        A larger region that a part of one plane is shown for: a model gets the part's intensities as it would there.
    """

    bounds: tuple[tuple[int, int], ...]
    within: Region | None = None

    @property
    def slices(self) -> tuple[slice, ...]:
        """What cuts the region out of the layer's array."""
        return tuple(slice(start, stop) for start, stop in self.bounds)

    def middle(self, side: int) -> Region:
        """Return the middle of the region: at most so many pixels along the last two axes, the others as they are."""
        ends = ((start, stop, min(side, stop - start)) for start, stop in self.bounds[-2:])
        starts = ((start + (stop - start - length) // 2, length) for start, stop, length in ends)
        return Region((*self.bounds[:-2], *((start, start + length) for start, length in starts)))

    def with_neighbours(self, axis: int, reach: int, size: int) -> Region:
        """Return the region with what lies so near to it along an axis of this size."""
        start, stop = self.bounds[axis]
        wide = (max(0, start - reach), min(size, stop + reach))
        return Region((*self.bounds[:axis], wide, *self.bounds[axis + 1 :]), self.within)

    def said(self, grid: Sequence[int], axis_labels: Sequence[str]) -> str:
        """Return in words what of a grid it is: "t=3", "plane 3", "z=2-5, part"; an empty text for all of it."""
        parts = [
            _said(label, start, stop)
            for label, size, (start, stop) in zip(axis_labels[:-2], grid[:-2], self.bounds[:-2], strict=True)
            if stop - start < size
        ]
        whole = all(stop - start == size for size, (start, stop) in zip(grid[-2:], self.bounds[-2:], strict=True))
        return ", ".join(parts if whole else [*parts, "part"])

    def check_within(self, grid: Sequence[int]) -> None:
        """Raise `InvalidParameterError` unless the region is a part of a grid and isn't empty."""
        inside = (0 <= start < stop <= size for (start, stop), size in zip(self.bounds, grid, strict=False))
        if len(self.bounds) != len(grid) or not all(inside):
            raise InvalidParameterError(f"a region of an image of shape {tuple(grid)}", str(self.bounds))


def whole(layer: Image) -> Region:
    """Return the region that is all of an image layer: every plane."""
    return Region(tuple((0, size) for size in _grid(layer)))


def current_plane(layer: Image, viewer: Any) -> Region:
    """Return the (Y, X) plane of an image layer at the position of the viewer's sliders.

    Parameters
    ----------
    layer : Image
        In the viewer.
    viewer : napari.Viewer or ViewerModel
        Its sliders count in world coordinates; the layer's transform and units are taken into account.

    Raises
    ------
    InvalidParameterError
        If the layer has no plane there.
    """
    position = _to_data(layer, viewer) @ _homogeneous(viewer.dims.point, layer.ndim)
    grid = _grid(layer)
    plane = [int(n) for n in np.floor(position[: layer.ndim - 2] + 0.5)]
    if not all(0 <= n < size for n, size in zip(plane, grid[:-2], strict=True)):
        advice = "Move the sliders to where the layer shows, or take the whole stack."
        raise InvalidParameterError(f"one of the planes of {layer.name!r}, shape {grid}", f"plane {plane}", advice)
    return Region((*((n, n + 1) for n in plane), *((0, size) for size in grid[-2:])))


def visible(layer: Image, viewer: Any) -> Region:
    """Return what the viewer's window shows of the current plane: the smallest box of pixels around it.

    Of a multiscale layer it is a box of the finest level.

    Parameters
    ----------
    layer : Image
        In the viewer.
    viewer : napari.Viewer or ViewerModel
        In its 2-D view; camera, size of the canvas and grid mode are taken into account.

    Raises
    ------
    InvalidParameterError
        If none of the layer shows, or if the view isn't that of the layer's last two axes.
    """
    if not shows_planes(viewer):
        raise InvalidParameterError("a 2-D view of the last two axes", "another view", "Switch it, or take the plane.")
    plane = current_plane(layer, viewer)
    corners = _to_data(layer, viewer) @ np.stack([_homogeneous(point, layer.ndim) for point in _corners(viewer)], 1)
    low, high = corners[-3:-1].min(axis=1), corners[-3:-1].max(axis=1)
    ends = np.stack([np.floor(low + 0.5), np.ceil(high + 0.5)], axis=1)
    box = [(max(0, int(a)), min(size, int(b))) for (a, b), size in zip(ends, _grid(layer)[-2:], strict=True)]
    if any(start >= stop for start, stop in box):
        advice = "Move the view to the layer (Ctrl+0), or take the whole plane."
        raise InvalidParameterError(f"a part of {layer.name!r} that shows", "a view beside it", advice)
    return Region((*plane.bounds[:-2], *box))


def shows_planes(viewer: Any) -> bool:
    """Tell whether a viewer shows planes of the last two axes, as all else than a volume and a reslice."""
    dims = viewer.dims
    return bool(dims.ndisplay == 2 and tuple(dims.displayed) == (dims.ndim - 2, dims.ndim - 1))


WHOLE, VISIBLE = "whole stack", "what is visible"
REGIONS: dict[str, Callable[[Image, Any], Region]] = {
    WHOLE: lambda layer, _viewer: whole(layer),
    "current plane": current_plane,
    VISIBLE: visible,
}


def _said(label: str, start: int, stop: int) -> str:
    """Return which planes along an axis; napari calls axes that nobody has named by their numbers, from the last."""
    planes = str(start) if stop - start == 1 else f"{start}-{stop - 1}"
    return f"plane {planes}" if label.removeprefix("-").isdigit() else f"{label}={planes}"


def _grid(layer: Image) -> tuple[int, ...]:
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(int(n) for n in data.shape[: layer.ndim])


def _to_data(layer: Image, viewer: Any) -> Matrix:
    """Return the matrix from the viewer's coordinates of the last axes to the layer's pixels."""
    state = layer.as_layer_data_tuple()[1]
    units = viewer.dims.units
    ratios = np.eye(layer.ndim + 1) if units is None else unit_ratios(units, state["units"], layer.ndim)
    to_data: Matrix = np.linalg.inv(data_to_world(state)) @ ratios
    return to_data


def _homogeneous(point: Sequence[float], ndim: int) -> npt.NDArray[np.float64]:
    return np.array([*point[-ndim:], 1.0])


def _corners(viewer: Any) -> list[tuple[float, ...]]:
    """Return the world positions of the canvas' four corners."""
    half = np.array(viewer.canvas.viewbox_size(viewer.layers)) / viewer.scene.camera.zoom / 2
    middle = np.array(viewer.scene.camera.center[-2:])
    sides = np.stack([middle - half, middle + half], axis=1)
    return [(*viewer.dims.point[:-2], *corner) for corner in itertools.product(*sides)]
