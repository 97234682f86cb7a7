"""The colourise dock: a grey layer in colours that a model finds plausible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..on_layers import colorize_layer
from .base.model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer


class ColorizeDock(ModelDock):
    """Colours an image layer; adds the result and, if wanted, how uncertain the model is of it."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, "Colourise", colorize_layer, ("model", "strength"))
