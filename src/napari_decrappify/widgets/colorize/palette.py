"""A labels layer as a palette: each colour that is painted with has a label."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap

from ...errors import InvalidParameterError
from ...layers import source_of

Color: TypeAlias = tuple[int, int, int]

TRANSPARENT = np.zeros(4)


def empty_palette(image: Image, name: str) -> Labels:
    """Return a labels layer in the place of an image, with no colours yet."""
    source = source_of(image)
    nothing = DirectLabelColormap(color_dict={None: TRANSPARENT, 0: TRANSPARENT})
    return Labels(np.zeros(source.grid, np.uint8), name=name, colormap=nothing, **source.place)


def is_palette(layer: Labels) -> bool:
    """Tell whether the colours of a labels layer were chosen one by one."""
    return isinstance(layer.colormap, DirectLabelColormap)


def label_for(layer: Labels, color: Color) -> int:
    """Return the label that shows in a colour, and give the layer one if it has none; others keep their colours.

    Raises
    ------
    InvalidParameterError
        If the layer has no label left.
    """
    shown = _shown(layer)
    for label, there in shown.items():
        if label and there == color:
            return label
    label, most = max(shown, default=0) + 1, int(np.iinfo(layer.data.dtype).max)
    if label > most:
        raise InvalidParameterError(f"at most {most} colours in {layer.name!r}", "one more", "Paint in another layer.")
    colors: dict[int | None, Any] = {number: _in_unit(of) for number, of in {**shown, label: color}.items()}
    layer.colormap = DirectLabelColormap(color_dict={**colors, None: TRANSPARENT, 0: TRANSPARENT})
    return label


def _shown(layer: Labels) -> dict[int, Color]:
    """Return the colours of the labels that a palette has, or that are used in a layer that is none yet."""
    labels = layer.colormap.color_dict if is_palette(layer) else np.unique(np.asarray(layer.data)).tolist()
    colors = {label: layer.get_color(label) for label in labels if label}
    return {label: _in_bytes(color) for label, color in colors.items() if color is not None and color[3] > 0}


def _in_bytes(color: np.ndarray) -> Color:
    red, green, blue = (round(255 * float(value)) for value in color[:3])
    return red, green, blue


def _in_unit(color: Color) -> tuple[float, ...]:
    return (*(value / 255 for value in color), 1.0)
