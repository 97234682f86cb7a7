"""The upscale dock: a layer enlarged by a trained model, in the same place at finer pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models import ModelCard, default_model
from ..on_layers import upscale_layer
from ._model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer


class UpscaleDock(ModelDock):
    """Enlarges an image layer; adds the result with its scale and translation adapted."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, "Upscale", upscale_layer, ("factor", "model", "strength"))
        self.fields["factor"].changed.connect(self.reset_choices)

    def default_model(self) -> ModelCard:
        """Return the card of the model that reaches the factor."""
        return default_model(self.task, self.fields["factor"].value)
