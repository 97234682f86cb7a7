"""The choice of a layer whose colours are to hold, and of the colour to paint with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, PushButton, Widget
from napari.layers import Image, Labels, Layer, Points

from ..base.dock import layers_of
from ..base.fields import Choice
from .palette import Color, empty_palette, is_palette, label_for
from .suggestions import COUNT
from .swatches import Swatches

if TYPE_CHECKING:
    import napari.viewer

NONE = "none: the model's own colours"
HELP = "Labels, each in the colour that it shows in, or points in their face colours: these colours hold, and spread."
PAINT = "Take up the brush in this colour; the first time, a layer for it is added."
NAME = "colours"
FIRST = (200, 60, 50)
BRUSH = 1 / 40  # of the image's shorter side


class HintChoice(Container[Widget]):
    """A list of the layers that can be hints; below it, the colour to paint with.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._image: Image | None = None
        self.layer = Choice(
            name="layer",
            value=None,
            choices=lambda _: [(NONE, None), *layers_of(viewer, Labels, Points)],
            tooltip=HELP,
        )
        self.swatches = Swatches(FIRST, COUNT)
        self.paint = PushButton(name="paint", text="Paint", tooltip=PAINT)
        row = Container[Widget](widgets=[self.paint, self.swatches], layout="horizontal", labels=False, name="row")
        row.margins = (0, 0, 0, 0)
        super().__init__(name="hints", label="Colours", widgets=[self.layer, row], labels=False)
        self.margins = (0, 0, 0, 0)
        self.paint.changed.connect(lambda: self.paint_with(self.swatches.own.color or FIRST))
        self.swatches.picked.connect(self.paint_with)

    def choose(self, layer: Layer) -> None:
        """Take up the labels that the user has selected if their colours were chosen: others may well be a mask."""
        if isinstance(layer, Labels) and is_palette(layer):
            self.reset_choices()
            self.layer.value = layer

    def follow(self, image: Image | None) -> None:
        """Let go of the chosen layer when another image takes the place of the one that it was chosen for."""
        if self._image is not None and image != self._image:
            self.layer.value = None
        self._image = image
        self.paint.enabled = image is not None

    def paint_with(self, color: Color) -> None:
        """Take up the brush in a colour, in the chosen labels or in a new layer over the image."""
        self.swatches.own.show_color(color)
        labels = self.layer.value if isinstance(self.layer.value, Labels) else self._added()
        if labels is not None:
            labels.selected_label = label_for(labels, color)
            labels.mode = "paint"
            self._viewer.layers.selection.active = labels

    def _added(self) -> Labels | None:
        if self._image is None:
            return None
        labels = empty_palette(self._image, NAME)
        labels.brush_size = max(1, round(BRUSH * min(labels.data.shape[-2:])))
        self._viewer.layers.append(labels)
        self.reset_choices()
        self.layer.value = labels
        return labels

    def reset_choices(self, *_: Any) -> None:
        """Offer the layers that there are now."""
        self.layer.reset_choices()
