"""A training that goes on beside the window: a thread listens to its process, the window asks what is new.

It takes no thread of Qt's pool, where the other docks' jobs would wait for it.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from typing import Literal, TypeAlias

import psutil

from ...errors import DecrappifyError, StoppedError
from ...finetuning import (
    Controls,
    Finetuned,
    Paused,
    Placed,
    Prepared,
    Run,
    Waiting,
)
from ...jobs import Job, Progress
from ...training.running.events import (
    Begun,
    Evaluated,
    Learned,
    LeftOut,
    Parted,
)

Phase: TypeAlias = Literal["preparing", "waiting", "running", "pausing", "paused", "ending", "ended"]
KEPT = 4000
"""Steps whose figures are kept for the curves."""
SPAN = 20
"""Steps over which the speed is an average."""
GOING = (Begun, Learned, Evaluated, LeftOut, Parted, Placed)


class Training:
    """A job of `finetune` or `resume` with ``child=True``, as the window sees it.

    Parameters
    ----------
    job : Job
        Not started yet.
    """

    def __init__(self, job: Job[Finetuned]) -> None:
        self.run: Run | None = None
        self.phase: Phase = "preparing"
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
        return self.phase == "ended"

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
                self.phase = "ended"

    def pause(self) -> None:
        """Rest after this step."""
        self._ask("pausing", "pause")

    def go_on(self) -> None:
        """Train again."""
        self._ask("running", "go_on")

    def stop(self) -> None:
        """End now and keep the best."""
        self._ask("ending", "stop")

    def discard(self) -> None:
        """End now and keep nothing but the curves."""
        self._ask("ending", "discard")

    def detach(self) -> None:
        """Go on without the window."""
        self._ask("ending", "detach")

    def leave(self) -> None:
        """End with a checkpoint, or not begin."""
        self.phase = "ending"
        self._unwanted.set()
        if self._controls is not None:
            self._controls.leave()

    def _ask(self, phase: Phase, command: str) -> None:
        if self._controls is not None and not self.over:
            self.phase = phase
            getattr(self._controls, command)()

    def _take_in(self, step: Progress) -> None:
        self.step, payload = step, step.payload
        if isinstance(payload, Prepared):
            self.run, self._controls, self.warnings = payload.run, payload.controls, list(payload.warnings)
        elif isinstance(payload, Waiting):
            self._now("waiting")
        elif isinstance(payload, Paused):
            self._now("paused", "pausing")
        elif isinstance(payload, GOING):
            self._now("running")
        if isinstance(payload, Learned):
            self.learned.append(payload)
        elif isinstance(payload, Begun):
            self.stage = payload.stage
        elif isinstance(payload, Placed):
            self.placed = payload
        elif isinstance(payload, Evaluated | LeftOut | Parted):
            self.warnings += payload.warnings

    def _now(self, phase: Phase, *but_from: Phase) -> None:
        """Enter a phase, unless something else has been asked for since."""
        if self.phase in ("preparing", "waiting", "running", *but_from):
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
