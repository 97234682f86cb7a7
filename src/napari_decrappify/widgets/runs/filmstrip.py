"""The filmstrip of a run: the same held-out patches, or the place that is watched, at each evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from magicgui.widgets import CheckBox, ComboBox, Container, Slider, Widget
from napari.layers import Image
from PIL import Image as Picture
from qtpy.QtWidgets import QLabel

from ...finetuning import Preview, read_preview
from ..base.fields import Text
from ..fine_tune.layer_pairs import OWN_LAYER
from ..fine_tune.pair_examples import pixmap
from ..jobs.background import Background

WIDTH, TALLEST, GAP = 342, 100, 3  # pixels
SIDES = ("input", "output", "target")
HELD_OUT, WATCHED = "held out", "watched"
EMPTY = "Pictures of held-out patches show up here after the first evaluation."


class Filmstrip(Container[Widget]):
    """A slider over the previews of a run, which follows the newest while it stands at the end.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Gets the layers, if they are wanted.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._of: dict[str, Mapping[int, Path]] = {HELD_OUT: {}, WATCHED: {}}
        self._paths: list[tuple[int, Path]] = []
        self._shown: Path | None = None
        self.picture = QLabel()
        self.note = Text(name="note")
        self.note.value = EMPTY
        self.at = Slider(
            name="at",
            label="Moment",
            value=0,
            min=0,
            max=1,
            readout=False,
            tooltip="An earlier or later evaluation; at its end it follows the newest.",
        )
        self.as_layers = CheckBox(
            name="as_layers",
            text="as layers",
            tooltip="Show input, output and target as three layers beside your own, which follow the slider.",
        )
        self.which = ComboBox(
            name="which",
            label="Of",
            choices=[HELD_OUT, WATCHED],
            visible=False,
            tooltip="Pieces of held-out pictures, or the place that you wanted to watch.",
        )
        row = Container[Widget](widgets=[self.at, self.which, self.as_layers], layout="horizontal", labels=False)
        super().__init__(widgets=[self.note, row], labels=False, name="filmstrip")
        for part in (self, row):
            part.margins = (0, 0, 0, 0)
        self.native.layout().insertWidget(0, self.picture)
        self.picture.setFixedHeight(0)
        self._background = Background(self, self._on_state)
        self.at.changed.connect(self._show)
        self.which.changed.connect(self._on_which)
        self.as_layers.changed.connect(self._on_as_layers)

    @property
    def busy(self) -> bool:
        """Whether a picture is being read."""
        return self._background.busy

    @property
    def layers(self) -> list[Image]:
        """The layers that it has added, as far as they are there: input, output, target."""
        return [layer for layer in self._viewer.layers if OWN_LAYER in layer.metadata]

    def follow(self, previews: Mapping[int, Path], watched: Mapping[int, Path]) -> None:
        """Take up the previews of a run, by step: of held-out pictures, and of what is watched, if anything is."""
        self._of = {HELD_OUT: previews, WATCHED: watched}
        self.which.visible = bool(watched)
        if not watched:
            self.which.value = HELD_OUT
        self._redraw()

    def _redraw(self) -> None:
        paths = sorted(self._of[str(self.which.value)].items())
        if paths == self._paths:
            return
        another = paths[:1] != self._paths[:1]
        at_end = another or self.at.value >= self.at.max or not self._paths
        self._paths = paths
        with self.at.changed.blocked():
            self.at.max = max(len(paths) - 1, 1)
            self.at.value = self.at.max if at_end else min(self.at.value, self.at.max)
        self.at.enabled = len(paths) > 1
        self._show()

    def _show(self) -> None:
        """Read the picture that the slider stands at."""
        if not self._paths:
            self._draw(None)
            return
        step, path = self._paths[min(self.at.value, len(self._paths) - 1)]
        if path != self._shown and not self.busy:
            self._background.do(lambda: (path, read_preview(path)), lambda read: self._on_read(step, *read))

    def _on_read(self, step: int, path: Path, preview: Preview) -> None:
        self._shown = path
        self._draw(preview, step)
        if self.as_layers.value:
            self._lay_out(preview)
        self._show()  # the slider may have moved meanwhile

    def _draw(self, preview: Preview | None, step: int = 0) -> None:
        if preview is None:
            self._shown = None
            self.picture.setFixedHeight(0)
            self.note.value = EMPTY
            return
        drawn = beside_each_other(preview)
        self.picture.setFixedHeight(drawn.shape[0])
        self.picture.setPixmap(pixmap(drawn))
        self.note.value = f"{str(self.which.value).capitalize()}, at step {step}: input | output | target"

    def _on_which(self) -> None:
        self._clear_away()
        self._redraw()

    def _clear_away(self) -> None:
        for layer in self.layers:
            self._viewer.layers.remove(layer)

    def _on_as_layers(self, wanted: bool) -> None:
        if not wanted:
            self._clear_away()
        elif self._shown is not None:
            self._shown = None
            self._show()

    def _lay_out(self, preview: Preview) -> None:
        """Show a preview in layers to the right of all others, in the first image's pixels."""
        pictures = dict(zip(SIDES, (preview.input, preview.output, preview.target), strict=True))
        there = {layer.metadata[OWN_LAYER]: layer for layer in self.layers}
        if set(there) == set(SIDES):
            for side, layer in there.items():
                if not np.array_equal(layer.data, pictures[side]):  # mostly only the output has changed
                    layer.data = pictures[side]
            return
        self._clear_away()
        self._add(pictures)

    def _add(self, pictures: Mapping[str, npt.NDArray[np.uint8]]) -> None:
        layers = self._viewer.layers
        selected, extent = set(layers.selection), layers.extent.world
        top, right = (float(extent[0][-2]), float(extent[1][-1])) if len(layers) else (0.0, 0.0)
        like = next((layer for layer in layers if isinstance(layer, Image)), None)
        scale, units = (like.scale[-2:], like.units[-2:]) if like is not None else ((1.0, 1.0), None)
        columns = pictures["input"].shape[1]
        for number, (side, picture) in enumerate(pictures.items()):
            x = right + scale[1] * (columns * (number + 0.05 * (number + 1)))
            place: dict[str, Any] = {"scale": scale, "units": units, "translate": (top, x)}
            layers.append(
                Image(picture, name=f"{self.which.value}: {side}", rgb=True, metadata={OWN_LAYER: side}, **place)
            )
        layers.selection.clear()
        layers.selection.update(selected)
        self._viewer.reset_view()

    def _on_state(self, busy: bool, problem: str) -> None:
        if problem:
            self.note.value = problem


def beside_each_other(preview: Preview) -> npt.NDArray[np.uint8]:
    """Return a preview's upper part as one picture as wide as the dock: input, output, target."""
    side = (WIDTH - 2 * GAP) // 3
    drawn = np.full((TALLEST, WIDTH, 4), 0, np.uint8)
    for number, picture in enumerate((preview.input, preview.output, preview.target)):
        width = picture.shape[1]
        part = Picture.fromarray(picture[: width * TALLEST // side])
        height = min(round(part.height * side / width), TALLEST)
        x = number * (side + GAP)
        drawn[:height, x : x + side, :3] = np.asarray(part.resize((side, height), Picture.Resampling.BILINEAR))
        drawn[:height, x : x + side, 3] = 255
    return drawn
