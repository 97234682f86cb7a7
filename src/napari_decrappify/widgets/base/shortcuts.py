"""Keys that do what a dock's buttons do, while the dock has the focus."""

from __future__ import annotations

from collections.abc import Callable

from magicgui.widgets import Widget
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]  # mypy reads what qtpy does for Qt 5

RUN, PREVIEW, NEXT_VIEW = "Ctrl+Return", "Ctrl+Shift+Return", "Ctrl+Space"


def add_shortcut(dock: Widget, key: str, act: Callable[[], object]) -> None:
    """Let a key do something; `act` is a bound method, as Qt keeps it."""
    shortcut = QShortcut(QKeySequence(key), dock.native)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(act)
