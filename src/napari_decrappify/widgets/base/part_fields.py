"""Fields for what a crappifier's parts are made of beyond plain numbers and words: ranges, files, a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.types import FileDialogMode
from magicgui.widgets import CheckBox, FileEdit, FloatSpinBox, Label, SpinBox
from magicgui.widgets.bases import ValuedContainerWidget
from napari.utils.notifications import show_error
from qtpy.QtWidgets import QAbstractSpinBox, QSizePolicy

from ...degrade.operations.stamp import Png, StampPicture
from ...errors import DecrappifyError

NARROWEST, CHECK_WIDTH, DOTS_WIDTH = 40, 24, 32  # pixels
FONT_FILES = "*.ttf *.otf *.ttc"
PICTURE_FILES = "*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp"
FINEST = ((10, 3), (1000, 2))
"""Decimals of a number, by the largest that it may be; one where it may be larger."""


class RangeField(ValuedContainerWidget[tuple[float, float] | None]):
    """Two numbers, the lowest and the highest that is drawn; a check box leaves them out where that may be.

    Parameters
    ----------
    value : (low, high) or None
        What it shows first; None only where `optional`.
    min, max : float
        Bounds of both.
    whole : bool
        Whether they are whole numbers.
    optional : bool
        Whether there may be none.
    """

    def __init__(
        self,
        value: tuple[float, float] | None,
        *,
        min: float,
        max: float,
        whole: bool,
        optional: bool = False,
        **options: Any,
    ) -> None:
        tooltip = options.get("tooltip", "")
        low, high = value or (min, min)
        bounds: dict[str, Any] = {"min": min, "max": max, "tooltip": tooltip}
        self.low, self.high = (_number(end, whole, bounds) for end in (low, high))
        for box in (self.low, self.high):
            box.native.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
            box.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.native.setStyleSheet(f"min-width: {NARROWEST}px")  # napari's own style asks for more
        self.given = CheckBox(value=value is not None, text="", tooltip="Whether it is used.")
        self.given.max_width = CHECK_WIDTH
        first = [self.given] if optional else []
        parts = [*first, self.low, Label(value="to"), self.high]
        super().__init__(widgets=parts, layout="horizontal", labels=False, nullable=True, **options)
        self.margins = (0, 0, 0, 0)
        self._enable()
        self.low.changed.connect(self._on_low)
        self.high.changed.connect(self._on_high)
        self.given.changed.connect(self._on_given)

    def get_value(self) -> tuple[float, float] | None:
        """Return (low, high), or None where they are left out."""
        return (self.low.value, self.high.value) if self.given.value else None

    def set_value(self, value: tuple[float, float] | None) -> None:
        """Show a range, or leave it out."""
        self.given.value = value is not None
        if value is not None:
            self.high.value = max(self.high.value, value[1])
            self.low.value, self.high.value = value

    def _on_low(self) -> None:
        if self.low.value > self.high.value:
            self.high.value = self.low.value
        else:
            self.changed.emit(self.value)

    def _on_high(self) -> None:
        if self.low.value > self.high.value:
            self.low.value = self.high.value
        else:
            self.changed.emit(self.value)

    def _on_given(self) -> None:
        self._enable()
        self.changed.emit(self.value)

    def _enable(self) -> None:
        self.low.enabled = self.high.enabled = self.given.value


class FontsField(FileEdit):
    """Font files, as text."""

    def __init__(self, value: tuple[str, ...], **options: Any) -> None:
        paths = tuple(Path(one) for one in value)
        super().__init__(mode=FileDialogMode.EXISTING_FILES, filter=FONT_FILES, value=paths, **options)
        shorten(self, "Pillow's own")

    def get_value(self) -> tuple[str, ...]:  # type: ignore[override]
        """Return the paths; none is Pillow's own font."""
        return tuple(path.strip() for path in self.line_edit.value.split(",") if path.strip())


class PictureField(ValuedContainerWidget[Png]):
    """A picture that is kept inside of what it is a part of, chosen as a file; one that can't be read isn't taken."""

    def __init__(self, value: Png, **options: Any) -> None:
        self._png = value
        self.file = FileEdit(mode=FileDialogMode.EXISTING_FILE, filter=PICTURE_FILES, tooltip=options.get("tooltip"))
        super().__init__(widgets=[self.file], labels=False, **options)
        self.margins = (0, 0, 0, 0)
        shorten(self.file, "kept inside" if value else "none chosen")
        self.file.changed.connect(self._on_file)

    def get_value(self) -> Png:
        """Return the picture as text."""
        return self._png

    def set_value(self, value: Png) -> None:
        """Take another picture, as text."""
        self._png = value
        self.changed.emit(value)

    def _on_file(self) -> None:
        path = self.file.line_edit.value.strip()
        try:
            self.value = StampPicture.of(path).picture if path else Png("")
        except DecrappifyError as error:
            show_error(str(error))


def shorten(field: FileEdit, empty: str) -> None:
    """Make a field for files as narrow as a dock; `empty` shows where none is chosen."""
    field.choose_btn.text, field.choose_btn.max_width = "…", DOTS_WIDTH
    field.line_edit.min_width = NARROWEST
    field.line_edit.native.setPlaceholderText(empty)


def _number(value: float, whole: bool, options: dict[str, Any]) -> SpinBox | FloatSpinBox:
    if whole:
        return SpinBox(value=int(value), **{**options, "min": int(options["min"]), "max": int(options["max"])})
    decimals = next((places for largest, places in FINEST if options["max"] <= largest), 1)
    box = FloatSpinBox(value=value, step=10 ** (1 - decimals), **options)
    box.native.setDecimals(decimals)
    box.value = value
    return box
