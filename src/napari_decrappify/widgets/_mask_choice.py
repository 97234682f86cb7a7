"""The choice of a layer as a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import ComboBox
from napari.layers import Image, Labels, Layer, Points, Shapes

from ._dock import layers_of

if TYPE_CHECKING:
    import napari.viewer

DRAWN = (Labels, Shapes, Points)
HELP = "Labels that are painted, shapes, points as large as they show, or where another image is above 0."
ITSELF = "Choose another layer as the mask than the image itself."


class MaskChoice(ComboBox):
    """A list of the layers that can be masks, drawn ones first.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered.
    none : str
        What the list says where no layer is chosen.
    """

    def __init__(self, viewer: napari.viewer.Viewer, none: str) -> None:
        self._viewer = viewer
        super().__init__(
            name="mask",
            label="Mask",
            value=None,
            choices=lambda _: [(none, None), *layers_of(viewer, *DRAWN), *layers_of(viewer, Image)],
            tooltip=HELP,
        )

    def choose(self, layer: Layer) -> None:
        """Take up the layer that the user has selected, if it is drawn."""
        for name, drawn in layers_of(self._viewer, *DRAWN):
            if name == layer.name:
                self.value = drawn

    def obstacle(self, image: Layer | None) -> str:
        """Return why the chosen layer can't be the mask of that image, or an empty text."""
        return ITSELF if self.value is not None and self.value == image else ""
