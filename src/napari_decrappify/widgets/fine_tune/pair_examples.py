"""A grid of clean and crappy patches in the dock: what a model would learn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from magicgui.widgets import Container, PushButton, Widget
from PIL import Image as Picture
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QLabel

from ...errors import DecrappifyError
from ...finetuning import Example
from ..base.fields import Text
from ..jobs.background import Background

SIDE, GAP, ACROSS = 80, 3, 2  # pixels of a patch and between two, and pairs beside each other
COUNT = 4
SAYS = "Clean | crappy: it learns the way back from right to left. What is not in here will not be repaired."


class PairExamples(Container[Widget]):
    """A button, and four pairs.

    Parameters
    ----------
    request : callable
        Called on the GUI thread: returns what makes the pairs, in another thread, from their number and a seed; its
        errors are shown.
    """

    def __init__(self, request: Callable[[], Callable[[int, int], list[Example]]]) -> None:
        self._request = request
        self._seed = 0
        self.button = PushButton(
            text="Show pairs",
            name="button",
            tooltip="Show some of the pairs that it would learn from; again for others.",
        )
        self.note = Text(name="note")
        super().__init__(widgets=[self.button, self.note], labels=False, name="examples")
        self.margins = (0, 0, 0, 0)
        self.picture = QLabel()
        self.picture.setVisible(False)
        self.native.layout().insertWidget(1, self.picture)
        self._background = Background(self, self._on_state)
        self.button.changed.connect(self.show_some)

    @property
    def busy(self) -> bool:
        """Whether pairs are being made."""
        return self._background.busy

    def show_some(self) -> None:
        """Make pairs, and show them when they are there."""
        self._seed += 1
        seed = self._seed
        try:
            make = self._request()
        except DecrappifyError as error:
            self._on_state(False, str(error))
            return
        self._background.do(lambda: grid(make(COUNT, seed)), self._show)

    def discard(self) -> None:
        """Hide pairs that are no longer what would be learned from."""
        self.picture.setVisible(False)
        self.note.value = ""

    def _show(self, drawn: npt.NDArray[np.uint8]) -> None:
        self.picture.setPixmap(pixmap(drawn))
        self.picture.setVisible(True)
        self.note.value = SAYS

    def _on_state(self, busy: bool, problem: str) -> None:
        self.button.enabled = not busy
        self.note.value = problem


def grid(pairs: list[Example]) -> npt.NDArray[np.uint8]:
    """Draw pairs beside and below each other, (Y, X, 4): clean left, crappy right; what is between is transparent."""
    rows = -(-len(pairs) // ACROSS)
    step, pair = SIDE + GAP, 2 * SIDE + 3 * GAP
    drawn = np.zeros((rows * step - GAP, ACROSS * pair - 2 * GAP, 4), np.uint8)
    for number, one in enumerate(pairs):
        y, x = number // ACROSS * step, number % ACROSS * pair
        for side, patch in enumerate((one.target, one.input)):
            left = x + side * (SIDE + 1)
            drawn[y : y + SIDE, left : left + SIDE, :3] = _sized(patch)
            drawn[y : y + SIDE, left : left + SIDE, 3] = 255
    return drawn


def pixmap(drawn: npt.NDArray[np.uint8]) -> QPixmap:
    """Return an 8-bit RGB or RGBA picture as Qt has it."""
    height, width, channels = drawn.shape
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    return QPixmap.fromImage(QImage(drawn.tobytes(), width, height, channels * width, kind).copy())


def _sized(patch: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    how = Picture.Resampling.NEAREST if patch.shape[0] < SIDE else Picture.Resampling.BOX
    return np.asarray(Picture.fromarray(patch).resize((SIDE, SIDE), how))
