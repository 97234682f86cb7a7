"""The infill dock: what a mask marks in a layer filled by a model; all else stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Layer

from ..on_layers import infill_layer
from ._mask_choice import MaskChoice
from ._model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer

NO_MASK = "Choose a mask: add a labels layer and paint over what is to be filled, or draw shapes or points."


class InfillDock(ModelDock):
    """Fills what a mask layer marks in an image layer; the mask follows the drawn layer that the user selects."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = MaskChoice(viewer, "choose a layer")
        super().__init__(viewer, "Fill", infill_layer, ("dilate", "model", "strength"), self.mask)

    def choose(self, layer: Layer) -> None:
        """Take up the layer that the user has selected, as image or as mask."""
        super().choose(layer)
        self.mask.choose(layer)

    def obstacle(self) -> str:
        """Return why nothing can be filled now."""
        return super().obstacle() or (NO_MASK if self.mask.value is None else "")
