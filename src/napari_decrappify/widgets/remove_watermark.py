"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox
from napari.layers import Image

from ..errors import DecrappifyError
from ..layers import LayerData
from ..on_layers import remove_watermark_layer
from ..tasks import TASKS
from .base.finding_dock import FindingDock
from .solved_mark import SolvedMarkFields

if TYPE_CHECKING:
    import napari.viewer


TOGETHER = (
    "The other image layers that are selected have the same mark: solve it from all of them, and take it off each."
)


class RemoveWatermarkDock(FindingDock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.solved = SolvedMarkFields(viewer)
        self.together = CheckBox(name="together", text="Same mark on all selected layers", tooltip=TOGETHER)
        super().__init__(viewer, "Remove watermark", remove_watermark_layer, TASKS["watermark"].main)
        self.always.insert(self.always.index(self.fields["shared"]) + 1, self.together)
        self.insert(self.index(self.again) + 1, self.solved)
        self.together.changed.connect(self.estimate_label.refresh)
        self.solved.again.changed.connect(self.run_with_mark)
        self.solved.save.changed.connect(self.save_mark)

    def values(self) -> dict[str, Any]:
        """Return the call's keywords, and the layers that are done together."""
        return {**super().values(), "together": self._others() if self.together.value else []}

    def no_estimate(self) -> str:
        """Return why nothing is said of the time: a mark that is the same everywhere is found without a model."""
        alike = self.fields["shared"].value or self.together.value
        return super().no_estimate() or ("no model runs" if alike else "")

    def _others(self) -> list[Image]:
        """Return the selected images beside the chosen one, in the order of the list."""
        chosen, selected = self.image.value, self.viewer.layers.selection
        images = [layer for layer in self.viewer.layers if isinstance(layer, Image) and layer in selected]
        return [layer for layer in images if layer is not chosen]

    def run_with_mark(self) -> None:
        """Take the mark off the image again, as it stands in its fields."""
        if not self.run_button.running:
            self._source = self.image.value
            self.run_button.do(lambda: self.job(shared=False, together=[], mark=self.solved.mark()), super()._deliver)

    def save_mark(self) -> None:
        """Keep the mark in the file that is chosen, and say so, or why not."""
        try:
            self.solved.write()
            self.run_button.note.value = "The mark is saved."
        except DecrappifyError as error:
            self.run_button.note.value = str(error)

    def _deliver(self, described: list[LayerData]) -> None:
        super()._deliver(described)
        mark = described[0][1]["metadata"]["decrappify"]["parameters"].get("mark")
        if mark is not None and self._source is not None:
            self._delivering = True
            self.solved.show_mark(mark, self._source)
            self._delivering = False
