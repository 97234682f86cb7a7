"""The preview layer: there is at most one in a viewer, and no dock takes it for an image to work on."""

from __future__ import annotations

from typing import Any

from napari.layers import Image, Layer

from ..layers import LayerData, Region, add_to, visible

SIDE = 512  # pixels: what the bundled models do within a second on two cores
MARK = "decrappify preview"


def is_preview(layer: Layer) -> bool:
    """Tell whether a layer is a preview."""
    return MARK in layer.metadata


def part_to_preview(layer: Image, viewer: Any) -> Region:
    """Return the middle of what the viewer's window shows of a layer's current plane.

    Raises
    ------
    InvalidParameterError
        As `visible` does.
    """
    return visible(layer, viewer).middle(SIDE)


def show_preview(viewer: Any, described: LayerData, name: str) -> None:
    """Add a described layer as the preview of a layer, in place of the last one; what is selected stays selected."""
    remove_preview(viewer)
    selection = viewer.layers.selection
    selected = set(selection)
    array, keywords, kind = described
    metadata = {**keywords["metadata"], MARK: True}
    add_to(viewer.layers, (array, {**keywords, "name": f"preview of {name}", "metadata": metadata}, kind))
    selection.clear()
    selection.update(selected)


def remove_preview(viewer: Any) -> None:
    """Remove the preview, if there is one."""
    for layer in [layer for layer in viewer.layers if is_preview(layer)]:
        viewer.layers.remove(layer)
