"""The choice of a place on the clean layers that the user wants to see repaired while a model learns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox
from napari.layers import Image, Shapes

from ...errors import DecrappifyError
from ...layers import Region, visible
from ...on_layers.watched_region import marked, watched_place
from ..base.dock import layers_of

if TYPE_CHECKING:
    import napari.viewer

NOTHING, VISIBLE = "held-out pictures only", "also what the window shows"


class WatchChoice(ComboBox):
    """Nothing more than held-out pictures, what the window shows, or what is marked in a shapes layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose view and shapes count at the moment when the training is started.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        super().__init__(
            name="watch",
            label="Watch",
            choices=self._offered,
            tooltip="What you see repaired in the Runs tab while it learns: pieces of held-out pictures, and a part of "
            "a clean image, as the window shows it or marked by a shape. It doesn't change the training.",
        )

    def places(self, layers: Sequence[Image]) -> tuple[tuple[int, int, int, int, int], ...]:
        """Return what `finetune` takes as `watched`: the place on the first of the layers that has it.

        Raises
        ------
        DecrappifyError
            If it lies on none of them.
        """
        if self.value == NOTHING or not layers:
            return ()
        for layer in layers[:-1]:
            with suppress(DecrappifyError):
                return (watched_place(layers, layer, self._region(layer)),)
        return (watched_place(layers, layers[-1], self._region(layers[-1])),)

    def _region(self, layer: Image) -> Region:
        if self.value == VISIBLE:
            return visible(layer, self._viewer)
        return marked(layer, self.value, self._viewer)

    def _offered(self, *_: Any) -> list[tuple[str, Any]]:
        drawn = [(f"also what is marked in {name}", layer) for name, layer in layers_of(self._viewer, Shapes)]
        return [(NOTHING, NOTHING), (VISIBLE, VISIBLE), *drawn]
