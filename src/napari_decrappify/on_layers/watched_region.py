"""A place on a layer that the user wants to see repaired while a model learns, as `finetune` counts places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.layers import Image, Shapes

from ..errors import InvalidParameterError
from ..layers import Region, current_plane, source_of


def marked(layer: Image, shapes: Shapes, viewer: Any) -> Region:
    """Return the box around a shape on the current plane of an image layer, as far as the layer reaches.

    Parameters
    ----------
    layer : Image
        In the viewer.
    shapes : Shapes
        Its selected shape counts, or the last one.
    viewer : napari.Viewer or ViewerModel
        Its sliders say which plane.

    Raises
    ------
    InvalidParameterError
        If there is no shape, or none of the layer below it.
    """
    if not len(shapes.data):
        raise InvalidParameterError("a shape drawn around what is to be watched", f"none in {shapes.name!r}")
    chosen = max(shapes.selected_data, default=len(shapes.data) - 1)
    plane = current_plane(layer, viewer)
    corners = np.array([layer.world_to_data(shapes.data_to_world(corner)) for corner in shapes.data[chosen]])
    low, high = np.floor(corners[:, -2:].min(0) + 0.5), np.floor(corners[:, -2:].max(0) + 0.5)
    box = [
        (max(0, int(start)), min(size, int(stop)))
        for start, stop, (_, size) in zip(low, high, plane.bounds[-2:], strict=True)
    ]
    if any(start >= stop for start, stop in box):
        raise InvalidParameterError(f"a shape on {layer.name!r}", "one beside it")
    return Region((*plane.bounds[:-2], *box))


def watched_place(layers: Sequence[Image], layer: Image, region: Region) -> tuple[int, int, int, int, int]:
    """Return the first plane of a region as `finetune` takes it: number of the picture, y, x, height, width.

    Parameters
    ----------
    layers : sequence of Image
        All that are learned from, in their order: every plane is a picture.
    layer : Image
        One of them.
    region : Region
        Of that layer.
    """
    before = sum(math.prod(source_of(one).grid[:-2]) for one in layers[: list(layers).index(layer)])
    leading = source_of(layer).grid[:-2]
    plane = int(np.ravel_multi_index([start for start, _ in region.bounds[:-2]], leading)) if leading else 0
    (top, bottom), (left, right) = region.bounds[-2:]
    return before + plane, top, left, bottom - top, right - left
