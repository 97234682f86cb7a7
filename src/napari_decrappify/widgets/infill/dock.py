"""The infill dock: what a mask marks in a layer filled by a model; all else stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QTimer

from ...errors import InvalidMaskError
from ...jobs import Job
from ...layers import (
    WHOLE,
    LayerData,
    Region,
    whole,
)
from ...on_layers import infill_layer
from ...parameters import parameters_of
from ...tasks import TASKS
from ..base.mask_choice import MaskChoice
from ..live.live_dock import LiveDock
from .axis_choice import AxisChoice

if TYPE_CHECKING:
    import napari.viewer

NO_MASK = "Choose a mask: add a labels layer and paint over what is to be filled, or draw shapes or points."
LIVE = "Live: fill while I paint"
HOW = (
    "While it is on, each stroke of the brush in the labels layer is filled at once, smoothly and then with texture, "
    "in one result that follows."
)
NOTHING = "Nothing is marked: paint over what is to be filled."


class InfillDock(LiveDock):
    """Fills what a mask layer marks in an image layer; the mask follows the drawn layer that the user selects.

    A live fill is smooth at once, and a second job gives it texture, unless the next stroke comes first.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = MaskChoice(viewer, "choose a layer")
        self._texture_due = self._texturing = False
        self.along = AxisChoice(parameters_of(infill_layer.task)["along"])
        super().__init__(
            viewer,
            "Fill",
            infill_layer,
            TASKS["infill"].main,
            self.mask,
            {"along": self.along},
            drawn=self.mask.layer,
            text=LIVE,
            tooltip=HOW,
        )
        for chosen in (self.image, self.what):
            chosen.changed.connect(self._on_planes)
        self._on_planes()

    def choose(self, layer: Layer) -> None:
        """Take up the layer that the user has selected, as image or as mask."""
        if not self.live.value:
            super().choose(layer)
            self.mask.choose(layer)

    def obstacle(self) -> str:
        """Return why nothing can be filled now."""
        return super().obstacle() or (NO_MASK if self.mask.layer.value is None else "")

    def _part(self, layer: Image, viewer: napari.viewer.Viewer) -> Region:
        """Return what to work on; for a preview with the planes that may lend something."""
        part, axis = super()._part(layer, viewer), self.along.value
        if axis is None or not self._previewing:
            return part
        from ...apply.borrowing.surroundings import REACH

        (_, size) = whole(layer).bounds[axis]
        return part.with_neighbours(axis, REACH, size)

    def _on_planes(self) -> None:
        """Offer the axes of what is worked on: a plane alone has no neighbours."""
        self.along.follow(self.image.value, self.what.value == WHOLE)

    def follow(self, labels: Labels | None) -> None:
        """Follow the strokes in labels; what was to get texture won't."""
        self._texture_due = False
        super().follow(labels)

    def interrupt(self) -> None:
        """Stop what but adds texture."""
        if self._texturing:
            self.run_button.stop()

    def run_live(self) -> None:
        """Fill smoothly what is marked now."""
        self.run_button.do(lambda: nothing_if_empty(self.job(texture=0.0)), self._show_smooth)

    def on_ended(self) -> None:
        """Give what was filled smoothly its texture."""
        super().on_ended()
        self._texturing = False
        if self._texture_due:
            QTimer.singleShot(0, self._texture)  # when the job that has ended has left the queue

    def _texture(self) -> None:
        due, self._texture_due = self._texture_due, False
        if due and self.run_button.open and not self.run_button.running and not self.obstacle():
            self.run_button.do(lambda: nothing_if_empty(self.job()), self._show)
            self._texturing = self.run_button.running

    def _show_smooth(self, described: list[LayerData]) -> None:
        """Show a live result that is to get texture; not if the next stroke has been drawn meanwhile."""
        self._show(described)
        self._texture_due = bool(described and self.fields["texture"].value and not self.strokes.waiting)

    def _show(self, described: list[LayerData]) -> None:
        """Show a live result; hide the last one where nothing is marked any more."""
        if described:
            self.show_live(described)
        else:
            self.run_button.note.value = NOTHING
            self.hide_live()


def nothing_if_empty(job: Job[list[LayerData]]) -> Job[list[LayerData]]:
    """Do a job; describe no layers where the mask can't be filled, as it marks nothing, or all that there is."""
    try:
        return (yield from job)
    except InvalidMaskError:
        return []
