"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..on_layers import remove_watermark_layer
from .base.finding_dock import FindingDock

if TYPE_CHECKING:
    import napari.viewer


class RemoveWatermarkDock(FindingDock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        main = ("dilate", "model", "strength", "return_mask")
        super().__init__(viewer, "Remove watermark", remove_watermark_layer, main)
