"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..on_layers import remove_watermark_layer
from ._mask_choice import MaskChoice
from ._model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer

OF_FOUND = ("dilate", "return_mask")


class RemoveWatermarkDock(ModelDock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = MaskChoice(viewer, "found by the model")
        main = ("dilate", "model", "strength", "return_mask")
        super().__init__(viewer, "Remove watermark", remove_watermark_layer, main, self.mask)
        self.fields["return_mask"].value = True
        self.mask.changed.connect(self._on_mask)

    def values(self) -> dict[str, Any]:
        """Return the call's keywords; a mask that was given isn't added again."""
        values = super().values()
        return values | {"return_mask": values["return_mask"] and values["mask"] is None}

    def _on_mask(self) -> None:
        """Disable what concerns a mask that the model finds while one is given."""
        for name in OF_FOUND:
            self.fields[name].enabled = self.mask.value is None
