"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from napari.layers import Labels

from ..on_layers import remove_watermark_layer
from ._mask_choice import MaskChoice
from ._model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer

OF_FOUND = ("dilate", "return_mask")
AGAIN = "Paint or erase in the mask that the last run found, then remove just what it marks from the same image."


class RemoveWatermarkDock(ModelDock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = MaskChoice(viewer, "found by the model", grows=True)
        self.again = PushButton(name="again", text="Again with my mask", tooltip=AGAIN)
        main = ("dilate", "model", "strength", "return_mask")
        super().__init__(viewer, "Remove watermark", remove_watermark_layer, main, self.mask)
        self.insert(self.index(self.run_button) + 1, self.again)
        self.fields["return_mask"].value = True
        self.mask.layer.changed.connect(self._on_mask)
        self.again.changed.connect(self.run_again)
        self.reset_choices()

    def values(self) -> dict[str, Any]:
        """Return the call's keywords; a mask that was given isn't added again."""
        values = super().values()
        return values | {"return_mask": values["return_mask"] and values["mask"] is None}

    def reset_choices(self, *_: Any) -> None:
        """Offer the layers that there are now."""
        super().reset_choices()
        if self.run_button.open:
            self.again.enabled = self._found() is not None

    def run_again(self) -> None:
        """Run on the source of the last mask that was found, with that mask as it is now."""
        found = self._found()
        if found is not None and not self.run_button.running:
            self.image.value, self.mask.layer.value = found
            self.mask.which.value, self.mask.dilate.value = self.mask.which.choices[0], 0
            self.run_button.run()

    def _found(self) -> tuple[Any, Labels] | None:
        """Return the topmost mask that was found, behind the image that it was found in, if both are there."""
        images = dict(self._images())
        for layer in reversed(self.viewer.layers):
            done = layer.metadata.get("decrappify", {})
            if isinstance(layer, Labels) and done.get("operation") == "remove_watermark":
                source = images.get(str((done["source"] or {}).get("layer")))
                return None if source is None else (source, layer)
        return None

    def _on_mask(self) -> None:
        """Show what concerns a mask that the model finds unless one is given."""
        for name in OF_FOUND:
            self.fields[name].visible = self.mask.layer.value is None
