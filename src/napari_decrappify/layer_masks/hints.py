"""Layers as hints: colours that are painted in labels, or that points have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from napari.layers import Labels, Layer, Points

from ..errors import InvalidMaskError
from ..layers import Matrix, Source, as_array
from ..provenance import HintArrays
from .mask import to_image
from .points import Discs
from .voxels import brought

PaintColors: TypeAlias = Callable[[Matrix, tuple[int, ...]], HintArrays]


def hints_of(layer: Layer, source: Source) -> Callable[[], HintArrays | None]:
    """Look at a layer as it is now; return what brings its colours onto an image's pixels, for a worker to call.

    Parameters
    ----------
    layer : Labels or Points
        Each label has the colour that it shows in, each point its face colour, within its size; what shows in no colour
        isn't a hint. A layer with fewer axes than the image holds for all of its planes.
    source : Source
        The image, from `layers.source_of`.

    Returns
    -------
    callable
        It returns colours, (Y, X, 3) of uint8, and where they hold, (Y, X) of bool, both with the image's leading axes
        where planes differ; None where there are none.

    Raises
    ------
    InvalidMaskError
        If the layer is of another kind, or lies askew to the image.
    """
    paint, matrix = _painting(layer), to_image(layer, source)
    grid = source.grid[-matrix.shape[0] + 1 :]

    def painted() -> HintArrays | None:
        colors, mask = paint(matrix, grid)
        if not mask.any():
            return None
        if mask.ndim > 2:
            return np.broadcast_to(colors, (*source.grid, 3)), np.broadcast_to(mask, source.grid)
        return colors, mask

    return painted


def _painting(layer: Layer) -> PaintColors:
    if isinstance(layer, Labels):
        data, colormap = as_array(layer.data[0] if layer.multiscale else layer.data), layer.colormap
        return lambda matrix, grid: _of_labels(brought(np.asarray(data), matrix, grid), colormap)
    if isinstance(layer, Points):
        centres, radii, faces = layer.data.copy(), np.asarray(layer.size) / 2, np.array(layer.face_color)
        return lambda matrix, grid: _of_points(centres, radii, faces, matrix, grid)
    raise InvalidMaskError("a labels or points layer as the hints", f"{type(layer).__name__} layer {layer.name!r}")


def _of_labels(labels: npt.NDArray[Any], colormap: Any) -> HintArrays:
    mask = labels != 0
    numbers, places = np.unique(labels[mask], return_inverse=True)
    found = np.zeros((0, 4)) if not numbers.size else np.reshape(colormap.map(numbers), (-1, 4))
    colors = np.zeros((*labels.shape, 3), np.uint8)
    colors[mask] = _in_bytes(found)[places]
    mask[mask] = found[places, 3] > 0
    return colors, mask


def _of_points(
    centres: npt.NDArray[Any], radii: npt.NDArray[Any], faces: npt.NDArray[Any], matrix: Matrix, grid: tuple[int, ...]
) -> HintArrays:
    colors, mask = np.zeros((*grid, 3), np.uint8), np.zeros(grid, bool)
    for face in np.unique(faces[faces[:, 3] > 0], axis=0):
        alike = (faces == face).all(1)
        discs = Discs(centres[alike], radii[alike]).painted(matrix, grid)
        colors[discs] = _in_bytes(face)
        mask |= discs
    return colors, mask


def _in_bytes(colors: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return RGB of RGBA between 0 and 1."""
    in_bytes: npt.NDArray[np.uint8] = np.rint(255 * colors[..., :3]).astype(np.uint8)
    return in_bytes
