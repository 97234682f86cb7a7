"""A training that goes on beside the window: a thread listens to its process, the window asks what is new.

It takes no thread of Qt's pool, where the other docks' jobs would wait for it.
"""

from __future__ import annotations

import queue
import threading
from collections import deque

import psutil

from ...errors import DecrappifyError, StoppedError
from ...finetuning import (
    Command,
    Controls,
    Finetuned,
    Phase,
    Placed,
    Prepared,
    Run,
)
from ...finetuning.process.events import phase_of
from ...jobs import Job, Progress
from ...training.running.events import (
    Begun,
    Evaluated,
    Learned,
    LeftOut,
    Parted,
)

ASKED = frozenset({Phase.PAUSING, Phase.PAUSED, Phase.ENDING, Phase.ENDED})
"""Phases that what the process says doesn't end: something was asked of it."""
KEPT = 4000
"""Steps whose figures are kept for the curves."""
SPAN = 20
"""Steps over which the speed is an average."""


class Training(Controls):
    """A job of `finetune` or `resume` with ``child=True``, as the window sees it: what it does, and how to command it.

    Parameters
    ----------
    job : Job
        Not started yet.
    """

    def __init__(self, job: Job[Finetuned]) -> None:
        self.run: Run | None = None
        self.phase = Phase.PREPARING
        self.step = Progress(0, 1, "Preparing")
        self.stage = 0
        self.placed: Placed | None = None
        self.learned: deque[Learned] = deque(maxlen=KEPT)
        self.warnings: list[str] = []
        self.result: Finetuned | None = None
        self.error: DecrappifyError | None = None
        self._controls: Controls | None = None
        self._said: queue.SimpleQueue[Progress | Finetuned | DecrappifyError | None] = queue.SimpleQueue()
        self._unwanted = threading.Event()
        threading.Thread(target=self._listen, args=(job,), name="fine-tuning", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether it has ended, and all that it said has been heard."""
        return self.phase == Phase.ENDED

    @property
    def judged(self) -> bool:
        """Whether it has a best moment, which could be kept."""
        return self.run is not None and self.run.best.exists()

    @property
    def patches_a_second(self) -> float | None:
        """How fast it learns; None before there is a figure."""
        last = list(self.learned)[-SPAN:]
        if self.run is None or len(last) < 2 or last[-1].seconds <= last[0].seconds:
            return None
        steps = (last[-1].step - last[0].step) / (last[-1].seconds - last[0].seconds)
        return steps * self.run.spec.recipe.data.batch

    @property
    def pid(self) -> int | None:
        """The number of its process; None while it has none."""
        return None if self._controls is None else self._controls.pid

    def memory(self) -> int | None:
        """Return how many bytes its process has in memory; None where it isn't known."""
        try:
            return None if self.pid is None else int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return None

    def hear(self) -> list[object]:
        """Take in what it has said since the last time; return the payloads."""
        heard: list[object] = []
        while True:
            try:
                said = self._said.get_nowait()
            except queue.Empty:
                return heard
            if isinstance(said, Progress):
                self._take_in(said)
                heard.append(said.payload)
            elif isinstance(said, Finetuned):
                self.result = said
            elif isinstance(said, DecrappifyError):
                self.error = None if isinstance(said, StoppedError) else said
            else:
                self.phase = Phase.ENDED

    def send(self, command: Command) -> None:
        """Ask for something; it can be interrupted even before its process begins."""
        if self.over:
            return
        if command == Command.INTERRUPT:
            self._unwanted.set()
        elif self._controls is None:
            return
        self.phase = command.phase
        if self._controls is not None:
            self._controls.send(command)

    def _take_in(self, step: Progress) -> None:
        self.step, payload = step, step.payload
        if isinstance(payload, Prepared):
            self.run, self._controls, self.warnings = payload.run, payload.controls, list(payload.warnings)
        elif (phase := phase_of(payload)) is not None:
            self._enter(phase)
        if isinstance(payload, Learned):
            self.learned.append(payload)
        elif isinstance(payload, Begun):
            self.stage = payload.stage
        elif isinstance(payload, Placed):
            self.placed = payload
        elif isinstance(payload, Evaluated | LeftOut | Parted):
            self.warnings += payload.warnings

    def _enter(self, phase: Phase) -> None:
        """Enter a phase, unless something else has been asked for since."""
        if self.phase not in ASKED or (self.phase, phase) == (Phase.PAUSING, Phase.PAUSED):
            self.phase = phase

    def _listen(self, job: Job[Finetuned]) -> None:
        """Go through the job, in a thread of its own."""
        try:
            while not self._unwanted.is_set():
                self._said.put(next(job))
        except StopIteration as end:
            self._said.put(end.value)
        except DecrappifyError as error:
            self._said.put(error)
        finally:
            job.close()
            self._said.put(None)
