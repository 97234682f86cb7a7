"""Napari layers <-> arrays: what a layer shows goes in, a new layer in the right place comes out. Qt isn't needed."""

from .layer_file import LayerFile, file_of
from .place import (
    Matrix,
    data_to_physical,
    data_to_world,
    moved,
    resampled,
    trailing,
    unit_ratios,
)
from .reading import read_layer
from .region import (
    REGIONS,
    VISIBLE,
    WHOLE,
    Region,
    current_plane,
    shows_planes,
    visible,
    whole,
)
from .result import (
    FILE,
    OUTLINE,
    LayerData,
    layer_of,
    mask_layer,
    result_layer,
    uncertainty_layer,
)
from .showing import add_to, foretold, show_results
from .source import (
    Array,
    Source,
    as_array,
    source_of,
)

__all__ = [
    "FILE",
    "OUTLINE",
    "REGIONS",
    "VISIBLE",
    "WHOLE",
    "Array",
    "LayerData",
    "LayerFile",
    "Matrix",
    "Region",
    "Source",
    "add_to",
    "as_array",
    "current_plane",
    "data_to_physical",
    "data_to_world",
    "file_of",
    "foretold",
    "layer_of",
    "mask_layer",
    "moved",
    "read_layer",
    "resampled",
    "result_layer",
    "show_results",
    "shows_planes",
    "source_of",
    "trailing",
    "uncertainty_layer",
    "unit_ratios",
    "visible",
    "whole",
]
