"""What is taken from an image layer: its pixels, where they lie, how they look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import dask.array as da
import numpy as np
from napari.layers import Image, Layer

from ..errors import InvalidImageError
from ..planes import Layout, is_lazy, is_photo
from .layer_file import LayerFile, file_of
from .place import PLACE, Place, moved
from .region import Region

Array: TypeAlias = Any  # numpy or dask

LOOK = (
    *("colormap", "contrast_limits", "gamma", "blending", "opacity", "interpolation2d", "interpolation3d"),
    *("rendering", "attenuation", "projection_mode"),
)


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
    region : Region, optional
        What part of the layer this is; None for all of it.
    around : Source, optional
        What the region lies within, if it says so.
    part : str
        Which part that is, in words: "t=3"; empty for all of it.
    file : LayerFile, optional
        Where the layer was read from.
    """

    array: Array
    rgb: bool
    name: str
    place: Place
    look: dict[str, Any]
    region: Region | None = None
    around: Source | None = None
    part: str = ""
    file: LayerFile | None = None

    @property
    def layout(self) -> Layout:
        """How the array's axes make planes."""
        return Layout(tuple(self.array.shape), self.rgb)

    @property
    def photo(self) -> bool:
        """Whether it is like a photo, 8-bit and in colour."""
        return is_photo(self.array.dtype.itemsize, self.layout)

    @property
    def grid(self) -> tuple[int, ...]:
        """The array's shape without the colour axis: one entry for each axis of the layer."""
        return (*self.layout.leading, *self.layout.yx)


def source_of(layer: Layer, region: Region | None = None) -> Source:
    """Take an image layer's pixels, place and look, as they are now.

    Multiscale layers give their finest level; zarr and other lazy arrays are wrapped in dask.

    Parameters
    ----------
    layer : Image
        Two or more axes, grey or colour.
    region : Region, optional
        The part to take; all of it by default.

    Raises
    ------
    InvalidImageError
        If the layer is no image layer.
    InvalidParameterError
        If the region doesn't lie in the layer.
    """
    if not isinstance(layer, Image):
        raise InvalidImageError("an image layer", f"{type(layer).__name__} layer {getattr(layer, 'name', '')!r}")
    data = layer.data[0] if layer.multiscale else layer.data
    state = layer.as_layer_data_tuple()[1]
    place, look = ({key: state[key] for key in keys} for keys in (PLACE, LOOK))
    source = Source(as_array(data), bool(layer.rgb), str(layer.name), place, look, file=file_of(layer))
    return source if region is None else _cropped(source, region)


def _cropped(source: Source, region: Region) -> Source:
    """Return a part of a source; all axes are kept, so that what is made of it lies where the part does."""
    region.check_within(source.grid)
    place = moved(source.place, [start for start, _ in region.bounds])
    around = None if region.within is None else _cropped(source, region.within)
    part = region.said(source.grid, source.place["axis_labels"])
    return replace(source, array=source.array[region.slices], place=place, region=region, around=around, part=part)


def as_array(data: Any) -> Array:
    """Return a layer's data as a NumPy or dask array; what slices to NumPy, as zarr does, is wrapped."""
    if hasattr(data, "dims") and hasattr(data, "data"):  # xarray wraps numpy or dask
        data = data.data
    if isinstance(data, np.ndarray) or is_lazy(data):
        return data
    return da.from_array(data, chunks=getattr(data, "chunks", None) or "auto")  # type: ignore[no-untyped-call]
