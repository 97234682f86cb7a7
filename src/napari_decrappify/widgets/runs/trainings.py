"""The trainings that a dock has started: a clock asks each what is new, and tells the dock."""

from __future__ import annotations

from magicgui.widgets import Widget
from psygnal import Signal
from qtpy.QtCore import QTimer

from ...finetuning import Finetuned, Phase
from ...jobs import Job
from ..fine_tune.closing import Closing
from .training import Training

TICK = 150  # milliseconds


class Trainings:
    """Trainings that go on, or wait for another to end.

    `heard` is emitted with a training and the payloads that are new, `ended` with one that is over, `ticked` when all
    have been asked.

    Parameters
    ----------
    widget : Widget
        When its dock or window is closed, the user is asked what is to become of them.
    """

    heard = Signal(Training, list)
    ended = Signal(Training)
    ticked = Signal()

    def __init__(self, widget: Widget) -> None:
        self.all: list[Training] = []
        self.watched = False  # whether the clock goes on without any
        self._clock = QTimer(widget.native)
        self._clock.setInterval(TICK)
        self._clock.timeout.connect(self._on_tick)
        self._closing = Closing(widget.native, lambda: self.going)
        widget.native_parent_changed.connect(self._on_parent)
        widget.native.destroyed.connect(self.interrupt)

    @property
    def preparing(self) -> bool:
        """Whether the pictures of one are still being copied."""
        return any(training.run is None and not training.over for training in self.all)

    @property
    def going(self) -> list[Training]:
        """Those that go on, and haven't been asked to end."""
        return [training for training in self.all if training.phase not in (Phase.ENDING, Phase.ENDED)]

    def add(self, job: Job[Finetuned]) -> Training:
        """Start a training, and ask after it from now on."""
        training = Training(job)
        self.all.append(training)
        self._closing.guard()
        self.watch(self.watched)
        return training

    def watch(self, on: bool) -> None:
        """Let the clock go on even without any training here, or no longer."""
        self.watched = on
        if on or self.all:
            self._clock.start()

    def _on_tick(self) -> None:
        for training in list(self.all):
            self.heard.emit(training, training.hear())
        self.ticked.emit()
        for training in [training for training in self.all if training.over]:
            self.all.remove(training)
            self.ended.emit(training)
        if not self.all and not self.watched:
            self._clock.stop()

    def interrupt(self) -> None:
        """Let all that go on write a checkpoint and end."""
        for training in self.going:
            training.interrupt()

    def _on_parent(self, parent: object) -> None:
        """End them when the dock is closed, which may be long before it is destroyed."""
        if parent is None:
            self._closing.settle()
