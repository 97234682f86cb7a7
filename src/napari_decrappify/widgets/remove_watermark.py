"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DecrappifyError
from ..layers import LayerData
from ..on_layers import remove_watermark_layer
from ..tasks import TASKS
from .base.finding_dock import FindingDock
from .solved_mark import SolvedMarkFields

if TYPE_CHECKING:
    import napari.viewer


class RemoveWatermarkDock(FindingDock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.solved = SolvedMarkFields(viewer)
        super().__init__(viewer, "Remove watermark", remove_watermark_layer, TASKS["watermark"].main)
        self.insert(self.index(self.again) + 1, self.solved)
        self.solved.again.changed.connect(self.run_with_mark)
        self.solved.save.changed.connect(self.save_mark)

    def run_with_mark(self) -> None:
        """Take the mark off the image again, as it stands in its fields."""
        if not self.run_button.running:
            self._source = self.image.value
            self.run_button.do(lambda: self.job(shared=False, mark=self.solved.mark()), super()._deliver)

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
