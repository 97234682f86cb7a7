"""Napari layers <-> arrays: what a layer shows goes in, a new layer in the right place comes out. Qt isn't needed."""

from .place import (
    Matrix,
    data_to_physical,
    data_to_world,
    moved,
    resampled,
    trailing,
    unit_ratios,
)
from .region import (
    REGIONS,
    WHOLE,
    Region,
    current_plane,
    visible,
    whole,
)
from .result import (
    LayerData,
    add_to,
    mask_layer,
    result_layer,
    uncertainty_layer,
)
from .source import (
    Array,
    Source,
    as_array,
    source_of,
)

__all__ = [
    "REGIONS",
    "WHOLE",
    "Array",
    "LayerData",
    "Matrix",
    "Region",
    "Source",
    "add_to",
    "as_array",
    "current_plane",
    "data_to_physical",
    "data_to_world",
    "mask_layer",
    "moved",
    "resampled",
    "result_layer",
    "source_of",
    "trailing",
    "uncertainty_layer",
    "unit_ratios",
    "visible",
    "whole",
]
