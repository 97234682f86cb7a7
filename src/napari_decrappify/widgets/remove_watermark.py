"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from napari.layers import Image, Labels, Layer

from ..errors import DecrappifyError
from ..jobs import Job
from ..layers import LayerData
from ..on_layers import remove_watermark_layer
from .base.mask_choice import MaskChoice
from .base.model_dock import ModelDock
from .solved_mark import SolvedMarkFields

if TYPE_CHECKING:
    import napari.viewer

OF_FOUND = ("dilate", "return_mask")
AGAIN = "Paint or erase in the mask that the last run found, then remove just what it marks from the same image."


class RemoveWatermarkDock(ModelDock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = MaskChoice(viewer, "found by the model", grows=True)
        self._source: Image | None = None  # of the run under way
        self._last: tuple[Image | None, Layer] | None = None  # image and mask of the last run that found one
        self.again = PushButton(name="again", text="Again with my mask", tooltip=AGAIN)
        self.solved = SolvedMarkFields(viewer)
        main = ("shared", "dilate", "model", "strength", "return_mask")
        super().__init__(viewer, "Remove watermark", remove_watermark_layer, main, self.mask)
        self.insert(self.index(self.run_button) + 1, self.again)
        self.insert(self.index(self.again) + 1, self.solved)
        self.fields["return_mask"].value = True
        self.mask.layer.changed.connect(self._on_mask)
        self.again.changed.connect(self.run_again)
        self.solved.again.changed.connect(self.run_with_mark)
        self.solved.save.changed.connect(self.save_mark)
        self.reset_choices()

    def values(self) -> dict[str, Any]:
        """Return the call's keywords; a mask that was given isn't added again."""
        values = super().values()
        return values | {"return_mask": values["return_mask"] and values["mask"] is None}

    def prepared(self) -> Job[list[LayerData]]:
        """Return the job as the run button does it, and remember the image: two photos may have the same name."""
        self._source = self.image.value
        return super().prepared()

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

    def run_with_mark(self) -> None:
        """Take the mark off the image again, as it stands in its fields."""
        if not self.run_button.running:
            self.run_button.do(lambda: self.job(shared=False, mark=self.solved.mark()), super()._deliver)

    def save_mark(self) -> None:
        """Keep the mark in the file that is chosen, and say so, or why not."""
        try:
            self.solved.write()
            self.run_button.note.value = "The mark is saved."
        except DecrappifyError as error:
            self.run_button.note.value = str(error)

    def _found(self) -> tuple[Image | None, Layer] | None:
        """Return the mask that was found last, behind the image that it was found in, if both are there."""
        there = self._last is not None and all(layer in self.viewer.layers for layer in self._last)
        return self._last if there else None

    def _deliver(self, described: list[LayerData]) -> None:
        super()._deliver(described)
        top = self.viewer.layers[-1]
        if isinstance(top, Labels):
            self._last = (self._source, top)
        mark = described[0][1]["metadata"]["decrappify"]["parameters"].get("mark")
        if mark is not None and self._source is not None:
            self._delivering = True
            self.solved.show_mark(mark, self._source)
            self._delivering = False
        self._source = None
        self.reset_choices()

    def _on_mask(self) -> None:
        """Show what concerns a mask that the model finds unless one is given."""
        for name in OF_FOUND:
            self.fields[name].visible = self.mask.layer.value is None
