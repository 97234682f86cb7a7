"""Tabs whose pages scroll, so that a dock fits onto a small screen."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QTabWidget, QWidget

from .scrolling import Column


class Tabs(QTabWidget):
    """Pages by their titles; they scroll up and down only."""

    def add(self, title: str, content: QWidget) -> None:
        """Add a page."""
        area = QScrollArea()
        area.setWidget(Column([content]))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self.addTab(area, title)
