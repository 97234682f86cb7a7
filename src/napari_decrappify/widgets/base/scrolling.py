"""Contents that scroll where a dock is lower than they are, so that docks can share a small window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magicgui.widgets import Container, Widget
from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

LOWEST = 64  # pixels


class Column(QWidget):
    """Widgets below each other, all of whose labelled fields begin below each other."""

    def __init__(self, contents: Sequence[QWidget]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in contents:
            column.addWidget(part)
        column.addStretch(1)

    def event(self, event: QEvent | None) -> bool:
        """Take up what was shown, hidden or changed."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            line_up(self)
        return super().event(event)


class ScrollArea(QScrollArea):
    """A column that is as high as its contents where there is room, and scrolls up and down where there isn't."""

    def __init__(self, contents: Sequence[QWidget]) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidgetResizable(True)
        self._whole = Column(contents)
        self.setWidget(self._whole)
        self._whole.installEventFilter(self)

    def sizeHint(self) -> QSize:  # noqa: N802, of Qt
        """Return the width that the contents like, and the height that their texts take at the width that they have.

        A style sheet draws a frame around them all the same.
        """
        wanted, inside = self._whole.sizeHint(), self.viewport()
        taken = self._whole.heightForWidth(self._whole.width()) if self.isVisible() else -1
        frame = 0 if inside is None else self.height() - inside.height()
        return QSize(wanted.width(), (wanted.height() if taken < 0 else taken) + frame)

    def minimumSizeHint(self) -> QSize:  # noqa: N802, of Qt
        """Return the width of the contents, with a bar beside them, and a height of little more than a field."""
        wanted, bar = self._whole.minimumSizeHint(), self.verticalScrollBar()
        return QSize(wanted.width() + (bar.sizeHint().width() if bar else 0), min(wanted.height(), LOWEST))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802, of Qt
        """Take up the size of contents that were shown, hidden or changed, or whose width was."""
        if event is not None and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize, QEvent.Type.Show):
            self.updateGeometry()
        return super().eventFilter(watched, event)


def line_up(whole: QWidget) -> None:
    """Let all fields begin below each other, as the widest of their labels allows in the font that it has by now.

    Magicgui does so for each container by itself, and measures in the application's font, which napari's isn't.
    """
    pairs: list[Any] = [row for row in whole.findChildren(QHBoxLayout) if row.count() == 2]
    first = [row.itemAt(0).widget() for row in pairs]
    labels = [label for label in first if isinstance(label, QLabel) and label.isVisibleTo(whole)]
    widest = max((label.sizeHint().width() for label in labels), default=0)
    for label in labels:
        if label.minimumWidth() != widest:
            label.setMinimumWidth(widest)


class Scrolled(Container[Widget]):
    """Widgets below each other that scroll together."""

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(widgets=list(widgets), labels=False)
        self.margins = (0, 0, 0, 0)
        layout: Any = self.native.layout()
        for widget in widgets:
            layout.removeWidget(widget.native)
        layout.addWidget(ScrollArea([widget.native for widget in widgets]))
