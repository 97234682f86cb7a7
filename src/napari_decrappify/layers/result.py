"""Results as layers: each one new, in the place of its source, with the record of how it was made."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from napari.layers import Labels, Layer

from ..planes import is_lazy
from .place import resampled
from .source import Array, Source

LayerData: TypeAlias = tuple[Array, dict[str, Any], str]

OF_GREY = ("colormap", "contrast_limits", "gamma")
UNCERTAINTY = "magma"
MOST = 99.9  # percent of the uncertainties that the colour map spans
OUTLINE = 1  # pixels
FILE = "decrappify file"
"""The key of a result's metadata that says where its source was read from, a `LayerFile`; it is no part of the record,
which may be passed on."""


def result_layer(
    source: Source,
    array: Array,
    *,
    name: str,
    record: dict[str, Any],
    factor: float | tuple[float, float] = 1,
) -> LayerData:
    """Describe an image layer that shows a result where its source is.

    It looks like its source: colour map, contrast limits, gamma, blending, opacity, interpolation. A grey source's
    colour map and contrast are left out where the result has become colour, and its contrast limits where the dtype
    has changed.

    Parameters
    ----------
    source : Source
        What the result was made from.
    array : ndarray or dask array
        The result's pixels; with a colour axis where the source has none, it is colour.
    name : str
        Name of the new layer.
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
    coloured = not source.rgb and array.ndim == len(source.grid) + 1
    for key in OF_GREY if coloured else ():
        del look[key]
    if array.dtype != source.array.dtype:
        look.pop("contrast_limits", None)
    return array, {**_placed(source, name, record, factor), **look, "rgb": source.rgb or coloured}, "image"


def uncertainty_layer(
    source: Source,
    array: Array,
    *,
    name: str,
    record: dict[str, Any],
    factor: float | tuple[float, float] = 1,
) -> LayerData:
    """Describe a hidden image layer of a float (..., Y, X) map of uncertainty: dark where the model is sure."""
    keywords = {"colormap": UNCERTAINTY, "visible": False, "rgb": False}
    if not is_lazy(array):
        keywords["contrast_limits"] = (0.0, float(np.percentile(array, MOST)) or 1.0)
    return array, {**_placed(source, name, record, factor), **keywords}, "image"


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
    return labels, _placed(source, name, record, factor), "labels"


def layer_of(described: LayerData) -> Layer:
    """Return the layer that was described; labels as outlines, which leave to be seen what became of what they mark."""
    layer = Layer.create(*described)
    if isinstance(layer, Labels):
        layer.contour = OUTLINE
    return layer


def _placed(source: Source, name: str, record: dict[str, Any], factor: float | tuple[float, float]) -> dict[str, Any]:
    metadata = {"decrappify": record} | ({} if source.file is None else {FILE: source.file})
    return {"name": name, **resampled(source.place, factor), "metadata": metadata}
