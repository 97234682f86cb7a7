"""The infill dock: what a mask marks in a layer filled by a model; all else stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox
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
from ..base.mask_choice import MaskChoice
from ..base.model_dock import ModelDock
from .axis_choice import AxisChoice
from .strokes import Strokes

if TYPE_CHECKING:
    import napari.viewer

NO_MASK = "Choose a mask: add a labels layer and paint over what is to be filled, or draw shapes or points."
LIVE = (
    "While it is on, each stroke of the brush in the labels layer is filled at once, smoothly and then with texture, "
    "in one result that follows."
)
NOTHING = "Nothing is marked: paint over what is to be filled."
OUTLINE = 1  # pixels


class InfillDock(ModelDock):
    """Fills what a mask layer marks in an image layer; the mask follows the drawn layer that the user selects.

    While `live` is on, painting in a labels layer fills anew, and the result layer is changed in place: a smooth fill
    is there at once, and a second job gives it texture, unless the next stroke comes first. The labels show as outlines
    then, above the result.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = MaskChoice(viewer, "choose a layer")
        self.live = CheckBox(name="live", text="Live: fill while I paint", tooltip=LIVE)
        self._strokes = Strokes(viewer, self._fill_again)
        self._shown: list[Any] = []
        self._emptied = False
        self._texture_due = self._texturing = False
        self._contour = 0
        self.along = AxisChoice(parameters_of(infill_layer.task)["along"])
        main = ("dilate", "model", "strength", "texture", "along")
        super().__init__(viewer, "Fill", infill_layer, main, self.mask, {"along": self.along})
        self.insert(self.index(self.run_button), self.live)
        self.live.changed.connect(self._on_live)
        self.mask.layer.changed.connect(self._on_mask)
        self.native_parent_changed.connect(self._on_parent)
        for chosen in (self.image, self.what):
            chosen.changed.connect(self._on_planes)
        self._on_planes()
        self._on_mask()

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

    def _on_mask(self) -> None:
        painted = isinstance(self.mask.layer.value, Labels)
        self.live.visible = painted
        if not painted:
            self.live.value = False
        elif self.live.value:
            self._on_live(True)

    def _on_live(self, on: bool) -> None:
        labels = self.mask.layer.value
        if not on or not isinstance(labels, Labels):
            self._follow(None)
        else:
            self._follow(labels)
            self._shown = []
            self._fill_again()

    def _on_parent(self, parent: object) -> None:
        """Stop following when the dock is closed."""
        if parent is None:
            self._follow(None)

    def _follow(self, labels: Labels | None) -> None:
        """Follow the strokes in labels, which show as outlines meanwhile."""
        self._texture_due = False
        if self._strokes.layer is not None:
            self._strokes.layer.contour = self._contour
        if labels is not None:
            self._contour, labels.contour = labels.contour, OUTLINE
        self._strokes.follow(labels)

    def _fill_again(self) -> None:
        """Fill what is marked now, or wait until what runs has ended; a dock that Qt has destroyed does neither."""
        if not self.run_button.open:
            self._strokes.follow(None)
        elif self.run_button.running:
            if self._texturing:
                self.run_button.stop()
            self._strokes.wait()
        elif not self.obstacle():
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
        self._texture_due = bool(described and self.fields["texture"].value and not self._strokes.waiting)

    def _show(self, described: list[LayerData]) -> None:
        """Show a live result; hide the last one where nothing is marked any more."""
        if not described:
            self._show_nothing()
        elif self._fits(described):
            self._update(described)
        else:
            self._add(described)

    def _show_nothing(self) -> None:
        self.run_button.note.value = NOTHING
        if self._shown:
            self._shown[0].visible = False
            self._emptied = True

    def _update(self, described: list[LayerData]) -> None:
        for layer, (data, keywords, _) in zip(self._shown, described, strict=True):
            layer.data, layer.metadata = data, keywords["metadata"]
        if self._emptied:
            self._shown[0].visible = True
            self._emptied = False
        self._record = self._shown[0].metadata["decrappify"]

    def _fits(self, described: list[LayerData]) -> bool:
        """Tell whether the layers that show are results of the same part of the same image."""
        shown = [layer for layer in self._shown if layer in self.viewer.layers]
        return [_kind(layer.data, layer.metadata) for layer in shown] == [
            _kind(data, keywords["metadata"]) for data, keywords, _ in described
        ]

    def _add(self, described: list[LayerData]) -> None:
        """Add a result below its labels, which stay selected, so that the user can go on painting."""
        layers, labels = self.viewer.layers, self._strokes.layer
        self._deliver(described)
        self._shown, self._emptied = list(layers)[-len(described) :], False
        if labels in layers:
            layers.move(layers.index(labels), len(layers))
            layers.selection.active = labels


def nothing_if_empty(job: Job[list[LayerData]]) -> Job[list[LayerData]]:
    """Do a job; describe no layers where the mask can't be filled, as it marks nothing, or all that there is."""
    try:
        return (yield from job)
    except InvalidMaskError:
        return []


def _kind(data: Any, metadata: dict[str, Any]) -> tuple[Any, ...]:
    done = metadata["decrappify"]
    return data.shape, data.dtype, done["output"], done["source"]["layer"], done["source"]["region"]
