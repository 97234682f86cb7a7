"""The colourise dock: a grey layer in colours that a model finds plausible and that the user paints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox
from napari.layers import Image, Layer

from ...on_layers import colorize_layer
from ...tasks import TASKS
from ..live.live_dock import LiveDock
from .hint_choice import HintChoice
from .suggestions import CursorSuggestions

if TYPE_CHECKING:
    import napari.viewer

LIVE = "Live: colour while I paint"
HOW = "While it is on, each stroke of the brush colours the image anew, in one result that follows."
SUGGEST = "Suggest colours for where the cursor rests"
SUGGESTED = (
    "The model's five likeliest colours for the place on the image where the cursor rests: press one to paint with it."
)


class ColorizeDock(LiveDock):
    """Colours an image layer; adds the result and, if wanted, how uncertain the model is of it.

    Colours that the user paints, in labels or as points, hold, and spread to what is alike around them.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.hints = HintChoice(viewer)
        self.suggest = CheckBox(name="suggest", text=SUGGEST, tooltip=SUGGESTED)
        super().__init__(
            viewer,
            "Colourise",
            colorize_layer,
            TASKS["colorize"].main,
            drawn=self.hints.layer,
            text=LIVE,
            tooltip=HOW,
        )
        self._suggestions = CursorSuggestions(viewer, self, self._asked, self.hints.swatches.suggest)
        self.always.insert(2, self.hints)
        self.insert(self.index(self.live), self.suggest)
        self.hints.follow(self.image.value)
        self.image.changed.connect(self.hints.follow)
        self.hints.layer.changed.connect(self.run_button.refresh)
        self.suggest.changed.connect(self._suggestions.follow)
        self.native_parent_changed.connect(self._on_closed)
        self.reset_choices()

    def values(self) -> dict[str, Any]:
        """Return the call's keywords, the hints among them."""
        return {**super().values(), "hints": self.hints.layer.value}

    def choose(self, layer: Layer) -> None:
        """Take up the layer that the user has selected, as image or as hints."""
        if not self.live.value:
            super().choose(layer)
            self.hints.choose(layer)

    def run_live(self) -> None:
        """Colour as it is painted now."""
        self.run_button.do(self.job, self.show_live)

    def _asked(self) -> tuple[Image | None, str]:
        if not self.run_button.open or self.obstacle():
            return None, ""
        return self.image.value, self.model.card().name

    def _on_closed(self, parent: object) -> None:
        if parent is None:
            self._suggestions.follow(False)
