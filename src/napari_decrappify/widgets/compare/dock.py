"""The compare dock: a result and what it was made from, in turn or side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Container, FloatSlider, RadioButtons, Widget
from napari.layers import Image

from ..base.dock import MIN_WIDTH, layers_of
from ..base.fields import Text
from ..base.shortcuts import NEXT_VIEW, add_shortcut
from .comparison import Comparison

if TYPE_CHECKING:
    import napari.viewer

VIEWS = OFF, BEFORE, AFTER, SPLIT = "off", "before", "after", "split"
MIN_HEIGHT = 200  # pixels; where room is short, Qt squeezes radio buttons to nothing
NO_RESULT = "Run one of the other docks first: results show up here as long as their source is among the layers."
IN_3D = "In a 3-D view the two shine through each other: look at 'before' and 'after' in turn, or in 2-D."
SHOWN = "Other layers are hidden until you choose 'off' or close this dock."


class CompareDock(Container[Widget]):
    """Shows a result layer and its source in turn or side by side; then every layer is as visible as before.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose results are offered.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.viewer = viewer
        self._comparison: Comparison | None = None
        self.result = ComboBox(
            name="result", label="Result", choices=self._results, tooltip="A layer that this plugin has made."
        )
        self.view = RadioButtons(
            name="view",
            label="Show",
            choices=VIEWS,
            orientation="horizontal",
            tooltip="The source, the result, or the source on the left and the result on the right. "
            f"{NEXT_VIEW} shows the next one while the dock has the focus.",
        )
        self.at = FloatSlider(
            name="at",
            label="Split at",
            value=0.5,
            min=0,
            max=1,
            step=0.01,
            tooltip="Where before ends, after begins.",
        )
        self.note = Text(name="note", label="")
        fields = Container[Widget](widgets=[self.result, self.view, self.at])
        super().__init__(widgets=[fields, self.note], labels=False)
        self.min_width, self.min_height, fields.margins = MIN_WIDTH, MIN_HEIGHT, (0, 0, 0, 0)
        self.at.visible = False
        self.view.value = OFF
        self.result.changed.connect(self._start_anew)
        self.view.changed.connect(self._show)
        self.at.changed.connect(self._show)
        layers, dims = viewer.layers.events, viewer.dims.events
        self._signals = [layers.inserted, layers.removed, layers.renamed, dims.ndisplay]
        for signal in self._signals:
            signal.connect(self.reset_choices)
        viewer.layers.selection.events.active.connect(self._follow_selection)
        self.native_parent_changed.connect(self._on_parent)
        add_shortcut(self, NEXT_VIEW, self.show_next)
        self.native.destroyed.connect(self._let_go)
        self.reset_choices()
        self._follow_selection()

    def reset_choices(self, *_: Any) -> None:
        """Offer the results that there are now."""
        self.result.reset_choices()
        there = bool(self._results())
        self.view.enabled = there
        if not there:
            self.view.value = OFF
        self._say()

    def show_next(self) -> None:
        """Show the next of off, before, after and split."""
        if self.view.enabled:
            self.view.value = VIEWS[(VIEWS.index(self.view.value) + 1) % len(VIEWS)]

    def _results(self, *_: Any) -> list[tuple[str, Image]]:
        """Return the image layers that were made from another one that is still there."""
        sources = dict(layers_of(self.viewer, Image))
        return [(name, layer) for name, layer in sources.items() if source_name(layer) in sources.keys() - {name}]

    def _show(self, *_: Any) -> None:
        self.at.visible = self.view.value == SPLIT
        self._say()
        after = self.result.value
        if self.view.value == OFF or after is None:
            self._end()
            return
        if self._comparison is None:
            self._comparison = Comparison(self.viewer, self.viewer.layers[source_name(after)], after)
        if self.view.value == SPLIT:
            self._comparison.show_split(self.at.value)
        elif self.view.value == BEFORE:
            self._comparison.show_before()
        else:
            self._comparison.show_after()

    def _start_anew(self, *_: Any) -> None:
        if self._comparison is not None and self._comparison.after != self.result.value:
            self._end()
            self._show()

    def _end(self) -> None:
        comparison, self._comparison = self._comparison, None
        if comparison is not None:
            comparison.end()

    def _say(self) -> None:
        mixed = self.view.value == SPLIT and self.viewer.dims.ndisplay == 3
        hint = "" if self.view.value == OFF else IN_3D if mixed else SHOWN
        self.note.value = hint if self._results() else NO_RESULT

    def _follow_selection(self, *_: Any) -> None:
        """Choose the result that the user selects."""
        active = self.viewer.layers.selection.active
        self.reset_choices()
        if active in [layer for _, layer in self._results()]:
            self.result.value = active

    def _on_parent(self, parent: object) -> None:
        """Leave everything as it was when the dock is closed."""
        if parent is None:
            self._let_go()
            self._end()

    def _let_go(self, *_: Any) -> None:
        for signal in self._signals:
            signal.disconnect(self.reset_choices)
        self.viewer.layers.selection.events.active.disconnect(self._follow_selection)


def source_name(layer: Image) -> str | None:
    """Return the name of the layer that an image layer was made from; None for one that isn't such a result."""
    done = layer.metadata.get("decrappify") or {}
    if done.get("output", "image") != "image":
        return None
    name: str | None = (done.get("source") or {}).get("layer")
    return name
