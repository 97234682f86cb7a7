"""What a dock says before it runs: which model on which device, how long it takes, how much memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qtpy.QtCore import QTimer
from superqt.utils import create_worker  # see `_background`

from ...apply.engine.estimate import Estimate, EstimateRequest
from ...errors import DecrappifyError
from ...jobs import Job
from ..jobs.activity import LoadingBar
from ..jobs.background import UnexpectedError, with_typed_errors
from ..jobs.job_queue import JOB_QUEUE, QueuedJob
from ..jobs.warm_up import loaded
from .fields import Text

PATIENCE = 300  # milliseconds without a change before anything is worked out
MINUTE, HOUR = 60, 3600
FORECAST = "What would run with these settings, where, for how long and in how much memory: measured on this machine."
UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


class EstimateLabel(Text):
    """A line of text about the job that a dock would run, worked out in a thread when no other job runs.

    The first one of all loads torch, while the user looks at the dock; the first run finds it there.

    Parameters
    ----------
    prepare : callable
        Returns the job; called on the GUI thread.
    obstacle : callable
        Returns why nothing can run now, or an empty text.
    model : callable
        Returns the name of the model that would run.
    """

    def __init__(
        self,
        prepare: Callable[[], Job[Any]],
        obstacle: Callable[[], str],
        model: Callable[[], str],
    ) -> None:
        self._prepare, self._obstacle, self._model = prepare, obstacle, model
        self._queued = QueuedJob(lambda: None, lambda _: None)
        self._worker: Any = None
        self._loading_bar = LoadingBar()
        self._asked = 0
        self.open = True  # until Qt destroys the dock
        super().__init__(name="estimate_label", tooltip=FORECAST)
        self._timer = QTimer(self.native)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self._work_out)
        self.native.destroyed.connect(self._on_destroyed)

    def refresh(self, *_: Any) -> None:
        """Say what would run now; how long it takes follows when no further change comes."""
        if not self.open:
            return
        self._asked += 1
        if self._obstacle():
            self.value = ""
        else:
            if not loaded():
                self.value = f"{self._model()}; how long it takes shows in a moment."
                self._loading_bar.begin()
            self._timer.start()

    def show_estimate(self, estimate: Estimate) -> None:
        """Say what a run takes."""
        self.value = in_words(estimate)

    def _work_out(self) -> None:
        if not self._queued.started:
            JOB_QUEUE.remove(self._queued)
        if self._obstacle():
            self._loading_bar.end()
            return
        try:
            steps = with_typed_errors(estimate_of(self._prepare()))
        except DecrappifyError as error:
            self._loading_bar.end()
            self.value = str(error)
            return
        self._queued = QueuedJob(lambda: self._begin(steps), self._on_ahead, counts=False)
        JOB_QUEUE.add(self._queued)

    def _begin(self, steps: Job[Estimate]) -> None:
        queued, asked = self._queued, self._asked
        self._worker = create_worker(
            relay,
            steps,
            _start_thread=False,
            _connect={
                "returned": lambda estimate: self._answer(asked, lambda: self.show_estimate(estimate)),
                "errored": lambda error: self._answer(asked, lambda: setattr(self, "value", str(error))),
                "aborted": steps.close,
                "finished": [self._loading_bar.end, lambda: JOB_QUEUE.remove(queued)],
            },
        )
        self._worker.start()

    def _answer(self, asked: int, show: Callable[[], None]) -> None:
        """Show an answer, unless it is to an older question."""
        if self.open and asked == self._asked:
            show()

    def _on_ahead(self, jobs: int) -> None:
        if self.open and jobs:
            self.value = f"{self._model()}; how long it takes shows when the other job has ended."

    def _on_destroyed(self) -> None:
        self.open = False
        self._loading_bar.end()
        if self._worker is not None:
            self._worker.quit()
        if self._queued in JOB_QUEUE and not self._queued.started:
            QTimer.singleShot(0, lambda: JOB_QUEUE.remove(self._queued))


def relay(steps: Job[Any]) -> Job[Any]:
    """Do a job that can be closed from outside when the worker around it stops."""
    return (yield from steps)


def estimate_of(job: Job[Any]) -> Job[Estimate]:
    """Do a job up to where it says what is about to run, leave it there, and return what that takes."""
    try:
        for step in job:
            yield step
            if isinstance(step.payload, EstimateRequest):
                return step.payload.estimate()
    finally:
        job.close()
    raise UnexpectedError("a job that says what it runs", "one that doesn't")


def with_estimate(job: Job[Any]) -> Job[Any]:
    """Do a job, and add to its steps what it takes as soon as that can be known."""
    try:
        while True:
            step = next(job)
            if isinstance(step.payload, EstimateRequest):
                yield replace(step, note="Measuring the speed", payload=None)
                step = replace(step, payload=step.payload.estimate())
            yield step
    except StopIteration as end:
        return end.value
    finally:
        job.close()


def in_words(estimate: Estimate) -> str:
    """Say an estimate in words."""
    where = f"{estimate.model} on {estimate.device} in {estimate.precision}"
    most, texture = "at most" if estimate.at_most else "about", ", more for texture" if estimate.textured else ""
    return f"{where}: {most} {duration(estimate.seconds)}{texture}, {size(estimate.memory)}."


def duration(seconds: float) -> str:
    """Say a duration with no more digits than an estimate has."""
    if seconds < 1.5:
        return "a second"
    if seconds < 2 * MINUTE:
        return f"{_rounded(seconds)} s"
    return f"{_rounded(seconds / MINUTE)} min" if seconds < 2 * HOUR else f"{_rounded(seconds / HOUR)} h"


def size(count: int) -> str:
    """Say a number of bytes with two digits."""
    unit, name = next(((unit, name) for unit, name in UNITS if count >= unit), UNITS[-1])
    return f"{_rounded(count / unit)} {name} of memory"


def _rounded(number: float) -> str:
    return f"{float(f'{number:.2g}'):g}"
