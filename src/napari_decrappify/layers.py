"""Napari layers <-> arrays: what a layer shows goes in, a new layer in the right place comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import dask.array as da
import numpy as np
import numpy.typing as npt
from napari.layers import Image, Layer
from napari.utils.transforms import Affine

from .errors import InvalidImageError
from .planes import Layout, is_lazy

Array: TypeAlias = Any  # numpy or dask
LayerData: TypeAlias = tuple[Array, dict[str, Any], str]
Matrix: TypeAlias = npt.NDArray[np.float64]

PLACE = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
LOOK = ("rgb", "colormap", "contrast_limits", "gamma", "blending", "opacity", "interpolation2d", "interpolation3d")


@dataclass(frozen=True)
class Source:
    """An image layer's pixels and everything that a result layer takes over from it.

    Parameters
    ----------
    array : ndarray or dask array
        The pixels at full resolution, shared with the layer: never write into them.
    rgb : bool
        Whether the last axis is colour.
    name : str
        The layer's name.
    place : dict
        Scale, translate, rotate, shear, affine, units and axis labels, as napari's keywords.
    look : dict
        Colour map, contrast limits, gamma, blending and the like, as napari's keywords.
    """

    array: Array
    rgb: bool
    name: str
    place: dict[str, Any]
    look: dict[str, Any]

    @property
    def layout(self) -> Layout:
        """How the array's axes make planes."""
        return Layout(tuple(self.array.shape), self.rgb)

    @property
    def grid(self) -> tuple[int, ...]:
        """The array's shape without the colour axis: one entry for each axis of the layer."""
        return (*self.layout.leading, *self.layout.yx)


def source_of(layer: Layer) -> Source:
    """Take an image layer's pixels, place and look, as they are now.

    Multiscale layers give their finest level; zarr and other lazy arrays are wrapped in dask.

    Raises
    ------
    InvalidImageError
        If the layer is no image layer.
    """
    if not isinstance(layer, Image):
        raise InvalidImageError("an image layer", f"{type(layer).__name__} layer {getattr(layer, 'name', '')!r}")
    data = layer.data[0] if layer.multiscale else layer.data
    state = layer.as_layer_data_tuple()[1]
    place = {key: state[key] for key in PLACE}
    return Source(_as_array(data), bool(layer.rgb), str(layer.name), place, {key: state[key] for key in LOOK})


def result_layer(
    source: Source,
    array: Array,
    *,
    name: str,
    record: dict[str, Any],
    factor: float | tuple[float, float] = 1,
) -> LayerData:
    """Describe an image layer that shows a result where its source is.

    Parameters
    ----------
    source : Source
        What the result was made from.
    array : ndarray or dask array
        The result's pixels.
    name : str
        Name of the new layer; napari adds a number if it is taken.
    record : dict
        How the result was made; goes into ``metadata["decrappify"]``.
    factor : float or (float, float)
        Pixels of the result for each pixel of the source, in Y and X: 2 after upscaling by 2.

    Returns
    -------
    tuple
        (data, keywords, "image"), for `add_to`.
    """
    look = dict(source.look)
    if array.dtype != source.array.dtype:
        del look["contrast_limits"]
    keywords = {"name": name, **resampled(source.place, factor), **look, "metadata": {"decrappify": record}}
    return array, keywords, "image"


def mask_layer(
    source: Source,
    mask: Array,
    *,
    name: str,
    record: dict[str, Any],
    factor: float | tuple[float, float] = 1,
) -> LayerData:
    """Describe a labels layer that shows a (Y, X) or (..., Y, X) mask over its image: 1 where the mask is True."""
    shape = (*source.layout.leading, *mask.shape[-2:])
    labels = mask.astype(np.uint8) if is_lazy(mask) else np.array(np.broadcast_to(mask, shape), dtype=np.uint8)
    keywords = {"name": name, **resampled(source.place, factor), "opacity": 0.5, "metadata": {"decrappify": record}}
    return labels, keywords, "labels"


def add_to(layers: Any, described: LayerData) -> Layer:
    """Add a described layer at the top of a viewer's layers, under a new name if its name is taken."""
    layer = Layer.create(*described)
    layers.append(layer)
    return layer


def resampled(place: dict[str, Any], factor: float | tuple[float, float]) -> dict[str, Any]:
    """Return the place of an image whose planes have `factor` times the pixels of one at `place`.

    Both cover the same area. Napari's data coordinates count pixel centres, so besides the scale the translation
    changes: new pixel 0 has its centre at old coordinate (1/f - 1) / 2, wherever rotation and shear put that.
    """
    step = np.ones(len(place["scale"]))
    step[-2:] = 1 / np.broadcast_to(np.asarray(factor, dtype=float), 2)
    linear = data_to_physical(place)[:-1, :-1]
    translate = np.asarray(place["translate"]) + linear @ ((step - 1) / 2)
    return {**place, "scale": np.asarray(place["scale"]) * step, "translate": translate}


def data_to_physical(place: dict[str, Any]) -> Matrix:
    """Return the homogeneous matrix of scale, shear, rotation and translation."""
    keys = ("scale", "translate", "rotate", "shear")
    matrix: Matrix = Affine(**{key: place[key] for key in keys}).affine_matrix
    return matrix


def data_to_world(place: dict[str, Any]) -> Matrix:
    """Return the homogeneous matrix from data to world coordinates: `data_to_physical`, then the layer's affine."""
    world: Matrix = np.asarray(place["affine"]) @ data_to_physical(place)
    return world


def _as_array(data: Any) -> Array:
    if hasattr(data, "dims") and hasattr(data, "data"):  # xarray wraps numpy or dask
        data = data.data
    if isinstance(data, np.ndarray) or is_lazy(data):
        return data
    return da.from_array(data, chunks=getattr(data, "chunks", None) or "auto")  # type: ignore[no-untyped-call]
