"""Suggestions for where the cursor rests on the image, found beside the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import Widget
from napari.layers import Image
from qtpy.QtCore import QTimer

from ...errors import InvalidParameterError
from ...layers import current_plane, source_of
from ..jobs.background import Background
from ..jobs.warm_up import load
from .palette import Color

if TYPE_CHECKING:
    import napari.viewer

REST = 250  # milliseconds; on its way to a suggestion the cursor doesn't rest
COUNT = 5


class CursorSuggestions:
    """Asks a model for colours where the cursor rests.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose cursor it is.
    widget : Widget
        With which it ends.
    asked : callable
        Returns the image, and the name of the model to ask; None instead of the image where nothing is to be asked.
    found : callable
        Called with the colours, the likeliest first; none where the model doesn't choose among colours.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        widget: Widget,
        asked: Callable[[], tuple[Image | None, str]],
        found: Callable[[list[Color]], None],
    ) -> None:
        self._viewer, self._asked, self._found = viewer, asked, found
        self._background = Background(widget, lambda _busy, _problem: None)
        self._timer = QTimer(widget.native)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST)
        self._timer.timeout.connect(self.ask)

    def follow(self, on: bool) -> None:
        """Follow the cursor, or stop."""
        position = self._viewer.cursor.events.position
        position.disconnect(self._on_moved)
        self._timer.stop()
        if on:
            position.connect(self._on_moved)

    def ask(self) -> None:
        """Ask for the place of the cursor, if it is on the image; while the last answer isn't there yet, wait."""
        image, model = self._asked()
        place = None if image is None else place_on(image, self._viewer)
        if image is None or place is None:
            return
        if self._background.busy:
            self._timer.start()
            return
        source = source_of(image, current_plane(image, self._viewer))
        plane = source.array[(0,) * len(source.layout.leading)]
        self._background.do(lambda: _suggested(plane, place, model, source.rgb), self._found)

    def _on_moved(self, *_: Any) -> None:
        self._timer.start()


def place_on(image: Image, viewer: Any) -> tuple[int, int] | None:
    """Return the pixel of an image, row and column, on which a viewer's cursor is; None beside it."""
    row, column = (int(at) for at in np.floor(np.asarray(image.world_to_data(viewer.cursor.position))[-2:] + 0.5))
    rows, columns = source_of(image).layout.yx
    return (row, column) if 0 <= row < rows and 0 <= column < columns else None


def _suggested(plane: Any, place: tuple[int, int], model: str, rgb: bool) -> list[Color]:
    load()
    from ...apply.colors.suggestions import suggested_colors

    try:
        colors = suggested_colors(np.asarray(plane), place, COUNT, model=model, rgb=rgb)
    except InvalidParameterError:
        return []
    return [(int(red), int(green), int(blue)) for red, green, blue in colors]
