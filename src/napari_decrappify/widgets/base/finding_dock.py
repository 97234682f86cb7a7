"""What the docks share whose model finds what is to be replaced: the mask as labels, and the run again with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from napari.layers import Image, Labels, Layer

from ...layers import LayerData
from ...on_layers import LayerCall
from .mask_choice import MaskChoice
from .model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer

OF_FOUND = ("dilate", "return_mask")
AGAIN = "Paint or erase in the mask that the last run found, then replace just what it marks in the same image."


class FindingDock(ModelDock):
    """Base of the docks whose model finds a mask, unless one is given; adds the result and the mask, if it is wanted.

    Parameters
    ----------
    viewer, action, call, main
        As for `ModelDock`; "dilate" and "return_mask" are among the main parameters.
    """

    def __init__(self, viewer: napari.viewer.Viewer, action: str, call: LayerCall[...], main: Sequence[str]) -> None:
        self.mask = MaskChoice(viewer, "found by the model", grows=True)
        self._last: tuple[Image | None, Layer] | None = None  # image and mask of the last run that found one
        self.again = PushButton(name="again", text="Again with my mask", tooltip=AGAIN)
        super().__init__(viewer, action, call, main, self.mask)
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
            self._last = self._found()
            self.again.enabled = self._last is not None

    def run_again(self) -> None:
        """Run on the source of the last mask that was found, with that mask as it is now."""
        found = self._found()
        if found is not None and not self.run_button.running:
            self.image.value, self.mask.layer.value = found
            self.mask.which.value, self.mask.dilate.value = self.mask.which.choices[0], 0
            self.run_button.run()

    def _found(self) -> tuple[Image | None, Layer] | None:
        """Return the mask that was found last, behind the image that it was found in, if both are there."""
        there = self._last is not None and all(layer in self.viewer.layers for layer in self._last)
        return self._last if there else None

    def _deliver(self, described: list[LayerData]) -> None:
        super()._deliver(described)
        for mask in [layer for layer in self._added if isinstance(layer, Labels)][:1]:
            self._last = (self._source, mask)
        self.reset_choices()

    def _on_mask(self) -> None:
        """Show what concerns a mask that the model finds unless one is given."""
        for name in OF_FOUND:
            self.fields[name].visible = self.mask.layer.value is None
