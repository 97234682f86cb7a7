"""Strokes of the brush in a labels layer, noticed when it is lifted and rests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from qtpy.QtCore import QTimer

if TYPE_CHECKING:
    import napari.viewer

REST = 150  # milliseconds


class Strokes:
    """Follows a labels layer: painting, filling, erasing, undo, redo, and data that is replaced.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        That shows the layer.
    ended : callable
        Called when the brush has been lifted and rests.
    """

    def __init__(self, viewer: napari.viewer.Viewer, ended: Callable[[], None]) -> None:
        self._viewer = viewer
        self._step = viewer.dims.current_step
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST)
        self._timer.timeout.connect(ended)
        self.layer: Labels | None = None

    def follow(self, layer: Labels | None) -> None:
        """Follow another layer, or none."""
        self._timer.stop()
        if self.layer is not None:
            self.layer.events.paint.disconnect(self.wait)
            self.layer.events.set_data.disconnect(self._on_redrawn)
        self.layer, self._step = layer, self._viewer.dims.current_step
        if layer is not None:
            layer.events.paint.connect(self.wait)
            layer.events.set_data.connect(self._on_redrawn)

    @property
    def waiting(self) -> bool:
        """Whether `ended` will be called soon."""
        return self._timer.isActive()

    def wait(self, *_: Any) -> None:
        """Call `ended` when nothing more has happened for a while."""
        self._timer.start()

    def _on_redrawn(self, *_: Any) -> None:
        """Notice undo and redo: napari redraws the layer then as it does when a slider moves, and says nothing else."""
        step = self._viewer.dims.current_step
        if step == self._step:
            self.wait()
        self._step = step
