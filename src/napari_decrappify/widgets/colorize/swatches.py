"""Buttons that show a colour."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, PushButton
from psygnal import Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog

from .palette import Color

SIDE = 24  # pixels
NONE = "border: 1px dashed gray;"


class Swatch(PushButton):
    """A button that shows a colour, or none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.native.setText("")  # an empty text is replaced by the name
        self.max_width = self.min_width = SIDE
        self.color: Color | None = None
        self.show_color(None)

    def show_color(self, color: Color | None) -> None:
        """Show a colour; without one the button can't be pressed."""
        self.color, self.enabled = color, color is not None
        style = NONE if color is None else f"background-color: rgb{color}; border: 1px solid gray;"
        self.native.setStyleSheet(f"QPushButton {{ {style} }}")


class Swatches(Container):  # type: ignore[type-arg]
    """A colour that is picked in a dialog, and some that are suggested.

    Parameters
    ----------
    color : (int, int, int)
        The first one.
    suggestions : int
        How many can be suggested.
    """

    picked = Signal(tuple)

    def __init__(self, color: Color, suggestions: int) -> None:
        self.own = Swatch(name="own", tooltip="The colour that you paint with: press to choose it.")
        self.suggested = [
            Swatch(
                name=f"suggestion_{number}", tooltip="A colour that the model takes for likely: press to paint with it."
            )
            for number in range(suggestions)
        ]
        super().__init__(widgets=[self.own, *self.suggested], layout="horizontal", labels=False, name="colors")
        self.margins = (0, 0, 0, 0)
        self.own.show_color(color)
        self.own.changed.connect(self._choose)
        for swatch in self.suggested:
            swatch.changed.connect(lambda _=None, swatch=swatch: self.pick(swatch.color))

    def pick(self, color: Color | None) -> None:
        """Take up a colour."""
        if color is not None:
            self.own.show_color(color)
            self.picked.emit(color)

    def suggest(self, colors: list[Color]) -> None:
        """Show suggestions; fewer than there are places leave the rest empty."""
        for number, swatch in enumerate(self.suggested):
            swatch.show_color(colors[number] if number < len(colors) else None)

    def _choose(self) -> None:
        red, green, blue = self.own.color or (0, 0, 0)
        chosen = QColorDialog.getColor(QColor(red, green, blue), self.native)
        if chosen.isValid():
            self.pick((chosen.red(), chosen.green(), chosen.blue()))
