"""The restore dock: compression, noise, blur, writing undone in a layer, whatever the model has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..on_layers import restore_layer
from ..tasks import TASKS
from .base.model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer


class RestoreDock(ModelDock):
    """Restores an image layer; adds the result and, if wanted, how uncertain the model is of it."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, "Restore", restore_layer, TASKS["restore"].main)
