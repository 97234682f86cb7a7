"""What the docks share that follow the brush: each stroke in a labels layer runs anew, in one result that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox
from magicgui.widgets.bases import BaseValueWidget
from napari.layers import Labels

from ...layers import OUTLINE, LayerData
from ...on_layers import LayerCall
from ..base.fields import Choice
from ..base.mask_choice import MaskChoice
from ..base.model_dock import ModelDock
from .strokes import Strokes

if TYPE_CHECKING:
    import napari.viewer


class LiveDock(ModelDock):
    """Base of such docks: a subclass runs its call in `run_live`, and shows what comes of it with `show`.

    While `live` is on, what is painted in the chosen labels layer is followed, and the result layer is changed in
    place. The labels show as outlines then, above the result.

    Parameters
    ----------
    viewer, action, call, main, mask, own
        As of `ModelDock`.
    drawn : Choice
        Of the layer that is painted in.
    text, tooltip : str
        What the check box says, and what it does.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        action: str,
        call: LayerCall[...],
        main: Sequence[str],
        mask: MaskChoice | None = None,
        own: Mapping[str, BaseValueWidget[Any]] | None = None,
        *,
        drawn: Choice,
        text: str,
        tooltip: str,
    ) -> None:
        self.live = CheckBox(name="live", text=text, tooltip=tooltip)
        self.strokes = Strokes(viewer, self.run_again)
        self._drawn = drawn
        self._shown: list[Any] = []
        self._hidden = False
        self._contour = 0
        super().__init__(viewer, action, call, main, mask, own)
        self.insert(self.index(self.run_button), self.live)
        self.live.changed.connect(self._on_live)
        drawn.changed.connect(self._on_drawn)
        self.native_parent_changed.connect(self._on_parent)
        self._on_drawn()

    def run_live(self) -> None:
        """Run on what is painted now."""
        raise NotImplementedError

    def interrupt(self) -> None:
        """Do what is to be done when a stroke ends while a job runs."""

    def run_again(self) -> None:
        """Run, or wait until what runs has ended; a dock that Qt has destroyed does neither."""
        if not self.run_button.open:
            self.strokes.follow(None)
        elif self.run_button.running:
            self.interrupt()
            self.strokes.wait()
        elif not self.obstacle():
            self._source = self.image.value
            self.run_live()

    def show_live(self, described: list[LayerData]) -> None:
        """Show a live result: in the layers of the last one, if they are of the same part of the same image."""
        if self._fits(described):
            self._update(described)
        else:
            self._add(described)

    def hide_live(self) -> None:
        """Hide the live result until there is another."""
        if self._shown:
            self._shown[0].visible = False
            self._hidden = True

    def follow(self, labels: Labels | None) -> None:
        """Follow the strokes in labels, which show as outlines meanwhile."""
        if self.strokes.layer is not None:
            self.strokes.layer.contour = self._contour
        if labels is not None:
            self._contour, labels.contour = labels.contour, OUTLINE
        self.strokes.follow(labels)

    def _on_drawn(self) -> None:
        painted = isinstance(self._drawn.value, Labels)
        self.live.visible = painted
        if not painted:
            self.live.value = False
        elif self.live.value:
            self._on_live(True)

    def _on_live(self, on: bool) -> None:
        labels = self._drawn.value
        if not on or not isinstance(labels, Labels):
            self.follow(None)
        else:
            self.follow(labels)
            self._shown = []
            self.run_again()

    def _on_parent(self, parent: object) -> None:
        """Stop following when the dock is closed."""
        if parent is None:
            self.follow(None)

    def _update(self, described: list[LayerData]) -> None:
        for layer, (data, keywords, _) in zip(self._shown, described, strict=True):
            layer.data, layer.metadata = data, keywords["metadata"]
        if self._hidden:
            self._shown[0].visible = True
            self._hidden = False
        self._made = self._shown[0].metadata

    def _fits(self, described: list[LayerData]) -> bool:
        shown = [layer for layer in self._shown if layer in self.viewer.layers]
        return [_kind(layer.data, layer.metadata) for layer in shown] == [
            _kind(data, keywords["metadata"]) for data, keywords, _ in described
        ]

    def _add(self, described: list[LayerData]) -> None:
        """Add a result below its labels, which stay selected, so that the user can go on painting."""
        layers, labels = self.viewer.layers, self.strokes.layer
        self._deliver(described)
        self._shown, self._hidden = list(self._added), False
        if labels in layers:
            if layers.index(labels) < layers.index(self._shown[-1]):
                layers.move(layers.index(labels), len(layers))
            layers.selection.active = labels


def _kind(data: Any, metadata: dict[str, Any]) -> tuple[Any, ...]:
    done = metadata["decrappify"]
    return data.shape, data.dtype, done["output"], done["source"]["layer"], done["source"]["region"]
