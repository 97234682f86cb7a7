"""Contents that scroll where a dock is lower than they are, so that docks can share a small window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magicgui.widgets import Container, Widget
from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

LOWEST = 64  # pixels


class ScrollArea(QScrollArea):
    """A column that is as high as its contents where there is room, and scrolls up and down where there isn't."""

    def __init__(self, contents: Sequence[QWidget]) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidgetResizable(True)
        self._whole = QWidget()
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        for part in contents:
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(self._whole)
        self._whole.installEventFilter(self)

    def sizeHint(self) -> QSize:  # noqa: N802, of Qt
        """Return the size of the contents, and of the frame that a style sheet draws around them all the same."""
        wanted, inside = self._whole.sizeHint(), self.viewport()
        return wanted if inside is None else wanted + QSize(0, self.height() - inside.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802, of Qt
        """Return the width of the contents, with a bar beside them, and a height of little more than a field."""
        wanted, bar = self._whole.minimumSizeHint(), self.verticalScrollBar()
        return QSize(wanted.width() + (bar.sizeHint().width() if bar else 0), min(wanted.height(), LOWEST))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802, of Qt
        """Take up the size of contents that were shown, hidden or changed."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class Scrolled(Container[Widget]):
    """Widgets below each other that scroll together."""

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(widgets=list(widgets), labels=False)
        self.margins = (0, 0, 0, 0)
        layout: Any = self.native.layout()
        for widget in widgets:
            layout.removeWidget(widget.native)
        layout.addWidget(ScrollArea([widget.native for widget in widgets]))
