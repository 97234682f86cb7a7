"""Layers that pass away: the preview, at most one in a viewer, and what Compare shows; no dock works on them."""

from __future__ import annotations

from typing import Any

from napari.layers import Image, Layer

from ...layers import (
    LayerData,
    Region,
    add_to,
    visible,
)

SIDE = 512  # pixels: what the bundled models do within a second on two cores
PASSING = "decrappify passing"  # the key of a layer's metadata that says so
PREVIEW = "preview"


def is_passing(layer: Layer) -> bool:
    """Tell whether a layer is but shown for a while."""
    return PASSING in layer.metadata


def part_to_preview(layer: Image, viewer: Any, wanted: Region) -> Region:
    """Return the middle of what the viewer's window shows of a layer's current plane, as a part of what is wanted.

    Raises
    ------
    InvalidParameterError
        As `visible` does.
    """
    middle = visible(layer, viewer).middle(SIDE)
    return middle if middle == wanted else Region(middle.bounds, wanted)


def show_preview(viewer: Any, described: LayerData, source: Image) -> None:
    """Add a described layer as the preview of a layer, in place of the last one; what is selected stays selected."""
    remove_preview(viewer)
    selection = viewer.layers.selection
    selected = set(selection)
    array, keywords, kind = described
    metadata = {**keywords["metadata"], PASSING: PREVIEW}
    named = {**keywords, "name": f"preview of {source.name}", "metadata": metadata}
    add_to(viewer.layers, (array, named, kind), source)
    selection.clear()
    selection.update(selected)


def remove_preview(viewer: Any) -> None:
    """Remove the preview, if there is one."""
    for layer in [layer for layer in viewer.layers if layer.metadata.get(PASSING) == PREVIEW]:
        viewer.layers.remove(layer)
