"""Files that are dropped on a dock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QWidget

DRAGGED = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class FileDrops(QObject):
    """Lets files be dropped on a widget; those that it doesn't take are left to the window, which opens them.

    Parameters
    ----------
    widget : QWidget
        On which they are dropped, or on what lies in it.
    accepts : callable
        Tells whether it takes a file or folder.
    take : callable
        Called with the files that it takes, once the drop is over: it may ask questions, for which the program that
        they come from doesn't wait.
    """

    def __init__(self, widget: QWidget, accepts: Callable[[Path], bool], take: Callable[[list[Path]], object]) -> None:
        super().__init__(widget)
        self._accepts, self._take = accepts, take
        self._dropped: list[Path] = []
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802, of Qt
        """Take up what is dragged over the widget and dropped on it."""
        if event is None or event.type() not in DRAGGED:
            return super().eventFilter(watched, event)
        dragged: Any = event
        taken = [path for path in local_files(dragged.mimeData()) if self._accepts(path)]
        if not taken:
            return super().eventFilter(watched, event)
        dragged.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._dropped += taken
            QTimer.singleShot(0, self._hand_over)
        return True

    def _hand_over(self) -> None:
        dropped, self._dropped = self._dropped, []
        self._take(dropped)


def local_files(data: Any) -> list[Path]:
    """Return the files and folders of this machine that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
