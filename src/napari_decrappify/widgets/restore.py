"""The docks that restore a layer: whatever the model has learned to undo, or noise alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers import source_of
from ..models import ModelCard, default_model
from ..on_layers import restore_layer
from ..on_layers.layer_call import result_name
from ..tasks import TASKS
from .base.model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer

DENOISED = "denoised"


class RestoreDock(ModelDock):
    """Restores an image layer; adds the result and, if wanted, how uncertain the model is of it."""

    action = "Restore"

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, self.action, restore_layer, TASKS["restore"].main)


class DenoiseDock(RestoreDock):
    """Takes noise out of an image layer, by a model that has learned just that."""

    action = "Denoise"

    def default_model(self) -> ModelCard:
        """Return the card of the model that denoises, whatever the image is."""
        return default_model(self.task, photo=False)

    def default_reason(self) -> str:
        """Say nothing: it always is that one."""
        return ""

    def offers(self, card: ModelCard) -> bool:
        """Tell whether a model takes noise away, as far as its card says what it does; the user's own may."""
        return card.denoises or not card.problem

    def values(self) -> dict[str, Any]:
        """Return the call's keywords; the result is denoised, whatever the model says."""
        source = source_of(self.image.value, self.region())
        return {"name": result_name(source, DENOISED), **super().values()}
