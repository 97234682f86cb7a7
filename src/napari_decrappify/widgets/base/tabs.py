"""Tabs whose pages scroll, so that a dock fits onto a small screen."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget


class Tabs(QTabWidget):
    """Pages by their titles; they scroll up and down only."""

    def add(self, title: str, content: QWidget) -> None:
        """Add a page."""
        area, whole = QScrollArea(), QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)
        layout.addStretch(1)
        area.setWidget(whole)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self.addTab(area, title)
