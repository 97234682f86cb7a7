"""The mark that a run solved, shown to be corrected: its coverage in a layer, its colour and opacity in fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.types import FileDialogMode
from magicgui.widgets import ComboBox, Container, FileEdit, FloatSlider, LineEdit, PushButton, Widget
from napari.layers import Image

from ..apply.marks.mark import SolvedMark
from ..apply.shared_marks.file import load_mark, save_mark
from ..errors import InvalidParameterError

if TYPE_CHECKING:
    import napari.viewer

AS_SOLVED = "as solved"
AGAIN = "Take the mark off again, as it stands here and in its layer: no net runs."
SAVE = "Keep the mark in a PNG file, for other pictures: on those of another size it is found."


class SolvedMarkFields(Container[Widget]):
    """The fields of the last mark that was solved; not shown before there is one.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Gets a layer with the coverage, 1 where the mark is strongest.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.viewer = viewer
        self._solved: SolvedMark | None = None
        self.coverage = ComboBox(
            name="coverage", label="Coverage", choices=self._layers, tooltip="Paint in this layer to correct it."
        )
        self.color = LineEdit(
            name="color", label="Mark's colour", tooltip="One number for each channel, 0 to 1, with commas between."
        )
        self.opacity = FloatSlider(
            name="opacity",
            label="Mark's opacity",
            min=0,
            max=1,
            step=0.005,
            tooltip="How much the mark covers; 1 covers all.",
        )
        self.again = PushButton(name="again_mark", text="Again with this mark", tooltip=AGAIN)
        self.file = FileEdit(
            name="file", label="Save mark to", mode=FileDialogMode.OPTIONAL_FILE, filter="*.png", tooltip=SAVE
        )
        self.save = PushButton(name="save_mark", text="Save", tooltip=SAVE)
        widgets: list[Widget] = [self.coverage, self.color, self.opacity, self.again, self.file, self.save]
        super().__init__(widgets=widgets, name="solved_mark", visible=False)
        self.margins = (0, 0, 0, 0)

    def show_mark(self, url: str, like: Image) -> None:
        """Show the mark of a record, its coverage over the planes of a layer."""
        mark = load_mark(url)
        self._solved = mark
        yx = slice(-2, None)
        place: dict[str, Any] = {"scale": like.scale[yx], "translate": like.translate[yx]}
        layer = Image(mark.coverage, name="coverage of the mark", contrast_limits=(0, 1), visible=False, **place)
        self.viewer.add_layer(layer)
        self.coverage.reset_choices()
        self.coverage.value = layer
        plain = mark.color.ndim == 1
        self.color.value = ", ".join(f"{part:.4g}" for part in mark.color) if plain else AS_SOLVED
        self.opacity.value = mark.opacity
        self.visible = True

    def mark(self) -> SolvedMark:
        """Return the mark as it stands in the fields and in its layer.

        Raises
        ------
        InvalidParameterError
            For a colour that can't be read, or a layer that is gone or of another size.
        """
        solved, layer = self._solved, self.coverage.value
        if solved is None or layer is None or np.shape(layer.data) != solved.coverage.shape:
            raise InvalidParameterError("the layer with the mark's coverage", "none of its size", "Run it again.")
        coverage = np.clip(np.asarray(layer.data, np.float32), 0, 1)
        return SolvedMark(coverage, self._color(solved), float(self.opacity.value), solved.residual)

    def write(self) -> None:
        """Keep the mark in the file that is chosen."""
        path = Path(str(self.file.value))
        if not path.name:
            raise InvalidParameterError("a file to save the mark to", "none", "Choose one first.")
        save_mark(path.with_suffix(".png"), self.mark())

    def _color(self, solved: SolvedMark) -> Any:
        if self.color.value.strip() == AS_SOLVED:
            return solved.color
        try:
            color = np.array([float(part) for part in self.color.value.split(",")], np.float32)
        except ValueError as error:
            raise InvalidParameterError("numbers with commas between as the mark's colour", self.color.value) from error
        if len(color) != solved.color.shape[-1] or not np.isfinite(color).all():
            raise InvalidParameterError(f"a colour of {solved.color.shape[-1]} numbers", self.color.value)
        return color

    def _layers(self, *_: Any) -> list[Image]:
        known = None if self._solved is None else self._solved.coverage.shape
        there = [layer for layer in reversed(self.viewer.layers) if isinstance(layer, Image) and not layer.rgb]
        return [layer for layer in there if np.shape(layer.data) == known]
