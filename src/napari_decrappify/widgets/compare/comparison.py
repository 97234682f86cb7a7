"""A result and its source, one instead of the other or side by side; all other layers are hidden meanwhile."""

from __future__ import annotations

from typing import Any

from napari.layers import Image, Layer

from ...layers import Region, source_of
from ..base.preview import PASSING

NAME = "before (compare)"


class Comparison:
    """Shows before and after in a viewer, until `end` gives every layer back the visibility that it had.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
        With both layers.
    before, after : Image
        The source, and the result that was made from it.
    """

    def __init__(self, viewer: Any, before: Image, after: Image) -> None:
        self._viewer, self.before, self.after = viewer, before, after
        self._was_visible = [(layer, layer.visible) for layer in viewer.layers]
        self._overlay: Image | None = None

    def show_before(self) -> None:
        """Show the source alone."""
        self._only(self.before)

    def show_after(self) -> None:
        """Show the result alone."""
        self._only(self.after)

    def show_split(self, at: float) -> None:
        """Show the source on the left, up to that part of the result's width, and the result on the right.

        The left is a layer of its own, with the source's pixels there: in all planes, also of lazy data.
        """
        source = source_of(self.before, self._left(at))
        if self._overlay is None or self._overlay not in self._viewer.layers:
            look = {**source.place, **source.look, "blending": "translucent", "opacity": 1.0}
            self._overlay = Image(source.array, name=NAME, rgb=source.rgb, metadata={PASSING: NAME}, **look)
            self._add(self._overlay)
        else:
            self._overlay.data = source.array
        self._only(self.after, *([self._overlay] if at > 0 else []))

    def end(self) -> None:
        """Show what was shown before."""
        if self._overlay in self._viewer.layers:
            self._viewer.layers.remove(self._overlay)
        for layer, visible in self._was_visible:
            if layer in self._viewer.layers:
                layer.visible = visible

    def _only(self, *shown: Layer) -> None:
        for layer in [*(layer for layer, _ in self._was_visible), self._overlay]:
            if layer is not None:
                layer.visible = layer in shown

    def _left(self, at: float) -> Region:
        """Return what of the source lies in the left part of the result: all planes, and at least a column."""
        height, width = source_of(self.after).grid[-2:]
        grid = source_of(self.before).grid
        first, last = self._in_source(-0.5, -0.5), self._in_source(height - 0.5, at * width - 0.5)
        box = []
        for near, far, size in zip(first, last, grid[-2:], strict=True):
            start = min(max(round(near + 0.5), 0), size - 1)
            box.append((start, min(max(round(far + 0.5), start + 1), size)))
        return Region((*((0, size) for size in grid[:-2]), *box))

    def _in_source(self, y: float, x: float) -> tuple[float, float]:
        """Return where a place in a plane of the result lies in the source's."""
        place = (0,) * (self.after.ndim - 2) + (y, x)
        found = self.before.world_to_data(self.after.data_to_world(place))
        return float(found[-2]), float(found[-1])

    def _add(self, overlay: Image) -> None:
        """Add the overlay above the result, behind the back of all who follow which layer is selected."""
        layers = self._viewer.layers
        selected = set(layers.selection)
        with layers.selection.events.active.blocker():
            layers.insert(layers.index(self.after) + 1, overlay)
            layers.selection = selected
