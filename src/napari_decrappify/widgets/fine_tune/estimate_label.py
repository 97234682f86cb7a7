"""What the fine-tuning dock says before a training: what it would learn from, or what is wrong with that."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QTimer

from ...errors import DecrappifyError
from ...finetuning.estimate import estimate_training
from ...finetuning.request import FinetuneRequest
from ..base.fields import Text
from ..jobs.background import Background

PATIENCE = 400  # milliseconds without a change before anything is found out


class TrainingEstimateLabel(Text):
    """A text about the training that would be started, found out in a thread.

    Parameters
    ----------
    request : callable
        Returns what `estimate_training` takes.
    obstacle : callable
        Returns why nothing can be started now, or an empty text.
    """

    def __init__(self, request: Callable[[], FinetuneRequest], obstacle: Callable[[], str]) -> None:
        self._request, self._obstacle = request, obstacle
        super().__init__(name="estimate_text", tooltip="What it would learn from, and how long that takes here.")
        self._background = Background(self, self._on_state)
        self._timer = QTimer(self.native)
        self._timer.setInterval(PATIENCE)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def refresh(self) -> None:
        """Say at once what is in the way and, when no further change comes, what would be learned from."""
        self.value = self._obstacle() or self.value
        self._timer.start()

    def _look(self) -> None:
        if self._obstacle():
            return
        if self._background.busy:
            self._timer.start()
            return
        try:
            request = self._request()
        except DecrappifyError as error:
            self.value = str(error)
            return
        self._background.do(lambda: estimate_text(request), self._show)

    def _show(self, text: str) -> None:
        if not self._obstacle():
            self.value = text

    def _on_state(self, busy: bool, problem: str) -> None:
        if problem:
            self.value = problem


def estimate_text(request: FinetuneRequest) -> str:
    """Say how many pictures and patches there are to learn from and what is to be known of them, or what is wrong."""
    try:
        summary = estimate_training(request).summary
    except DecrappifyError as error:
        return str(error)
    pictures, patches = (_counted(*one) for one in ((summary.pictures, "picture"), (summary.patches, "patch")))
    return " ".join([f"{pictures}, {patches} of {summary.patch} pixels.", *summary.warnings])


def _counted(number: int, name: str) -> str:
    plural = {"picture": "pictures", "patch": "patches"}
    return f"{number} {name if number == 1 else plural[name]}"
