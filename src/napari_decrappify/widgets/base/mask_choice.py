"""The choice of a layer as a mask, and of what in it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, ComboBox, Container, FloatSpinBox, LineEdit, Widget
from napari.layers import Image, Labels, Layer, Points, Shapes

from ...errors import InvalidMaskError
from ...layer_masks import LayerMask
from .dock import layers_of
from .fields import Choice

if TYPE_CHECKING:
    import napari.viewer

DRAWN = (Labels, Shapes, Points)
HELP = "Labels that are painted, shapes, points, or where another image is bright."
ITSELF = "Choose another layer as the mask than the image itself."
ALL, SELECTED, LISTED = "all labels", "the selected label", "these labels:"
MOST_DILATION = 64
AS_SHOWN = "points as large as they show"
LARGEST = 1e12
LONGEST_RANGE = 10_000
LIST = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?")


class MaskChoice(Container[Widget]):
    """A list of the layers that can be masks, drawn ones first; below it, what of the chosen one counts.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered.
    none : str
        What the list says where no layer is chosen.
    grows : bool
        Whether to offer growing the mask, for calls that don't do it themselves.
    """

    def __init__(self, viewer: napari.viewer.Viewer, none: str, *, grows: bool = False) -> None:
        self._viewer, self._grows = viewer, grows
        self._image: Layer | None = None
        self.layer = Choice(
            name="layer",
            value=None,
            choices=lambda _: [(none, None), *layers_of(viewer, *DRAWN), *layers_of(viewer, Image)],
            tooltip=HELP,
        )
        self.which = ComboBox(name="which", choices=[ALL, SELECTED, LISTED], tooltip="Which labels are to be replaced.")
        self.listed = LineEdit(name="listed", value="1", tooltip="Numbers of labels, such as 1, 3, 5-7.")
        self.threshold = FloatSpinBox(
            name="threshold", value=0.0, min=-LARGEST, max=LARGEST, tooltip="Pixels brighter than this are replaced."
        )
        self.radius = FloatSpinBox(
            name="radius", value=0.0, max=LARGEST, tooltip="Pixels around each point that are replaced; 0: as it shows."
        )
        self.dilate = FloatSpinBox(  # as magicgui's box for whole numbers takes no words
            name="dilate", value=0, max=MOST_DILATION, step=1, tooltip="Pixels by which the mask is grown all around."
        )
        self.every_plane = CheckBox(
            name="every_plane",
            text="on every plane",
            tooltip="What is marked on any plane is replaced on all of them: draw it once for the whole stack.",
        )
        self.threshold.native.setPrefix("above ")
        self.radius.native.setSpecialValueText(AS_SHOWN)
        self.radius.native.setPrefix("radius ")
        self.radius.native.setSuffix(" px")
        self.dilate.native.setDecimals(0)
        self.dilate.native.setPrefix("grown by ")
        self.dilate.native.setSuffix(" px")
        options = (self.which, self.listed, self.threshold, self.radius, self.dilate, self.every_plane)
        super().__init__(name="mask", label="Mask", widgets=[self.layer, *options], labels=False)
        self.margins = (0, 0, 0, 0)
        for field in (self.layer, self.which):
            field.changed.connect(self._show_what_applies)
        self._show_what_applies()

    @property
    def value(self) -> LayerMask | None:
        """The mask; None where no layer is chosen.

        Raises
        ------
        InvalidMaskError
            If the labels that count aren't told.
        """
        layer = self.layer.value
        if layer is None:
            return None
        threshold = float(self.threshold.value) if isinstance(layer, Image) else 0.0
        dilate = int(self.dilate.value) if self._grows else 0
        radius = float(self.radius.value) if isinstance(layer, Points) else 0.0
        every = self._stacked and bool(self.every_plane.value)
        return LayerMask(layer, self._counting(layer), threshold, dilate, radius or None, every)

    @property
    def _stacked(self) -> bool:
        """Whether a drawn layer has planes, which may differ."""
        return isinstance(self.layer.value, DRAWN) and self.layer.value.ndim > 2

    def choose(self, layer: Layer) -> None:
        """Take up the layer that the user has selected, if it is drawn."""
        for name, drawn in layers_of(self._viewer, *DRAWN):
            if name == layer.name:
                self.layer.value = drawn

    def follow(self, image: Layer | None) -> None:
        """Let go of the chosen layer when another image takes the place of the one that it was chosen for."""
        if self._image is not None and image != self._image:
            self.layer.value = None
        self._image = image

    def obstacle(self, image: Layer | None) -> str:
        """Return why the choice can't be the mask of that image, or an empty text."""
        return ITSELF if self.layer.value is not None and self.layer.value == image else ""

    def _counting(self, layer: Layer) -> list[int] | None:
        if not isinstance(layer, Labels) or self.which.value == ALL:
            return None
        if self.which.value == LISTED:
            return numbers_in(str(self.listed.value))
        if layer.selected_label == 0:
            raise InvalidMaskError("a label to be selected", f"0, the background of {layer.name!r}")
        return [int(layer.selected_label)]

    def _show_what_applies(self, *_: Any) -> None:
        labels, image, points = (isinstance(self.layer.value, kind) for kind in (Labels, Image, Points))
        self.which.visible = labels
        self.listed.visible = labels and self.which.value == LISTED
        self.threshold.visible = image
        self.radius.visible = points
        self.dilate.visible = self._grows and self.layer.value is not None
        self.every_plane.visible = self._stacked


def numbers_in(text: str) -> list[int]:
    """Return the numbers that a list such as "1, 3, 5-7" names.

    Raises
    ------
    InvalidMaskError
        If it is no such list.
    """
    found = [LIST.fullmatch(part) for part in text.split(",")]
    ranges = [range(int(part[1]), int(part[2] or part[1]) + 1) for part in found if part]
    if not all(found) or not all(0 < len(part) <= LONGEST_RANGE for part in ranges):
        raise InvalidMaskError("numbers of labels, such as 1, 3, 5-7", repr(text))
    return [number for part in ranges for number in part]
