"""The training of a run in this process: wait for the lock, train, keep the best."""

from __future__ import annotations

import time

from ..errors import DivergedError
from ..jobs import Job, Progress
from .process.events import Waiting
from .process.lock import TrainingLock
from .result import Finetuned
from .run import Run, RunState
from .saving import keep
from .trainer import recording_failure, trained

POLL = 0.3


def session(run: Run) -> Job[Finetuned]:
    """Train a run, from where it stands, to its end; closed before, it saves a checkpoint and stays "unfinished".

    Yields
    ------
    Progress
        One a step; payloads as `finetune` says.

    Raises
    ------
    DecrappifyError
        What the pictures, the device or the training raise; the run is "failed" then, or "unfinished" where the disk
        is full, and can be resumed either way.
    """
    lock = TrainingLock(run.folder.parent)
    with recording_failure(run):
        yield from _acquired(lock, run)
        with lock.released_at_end():
            run.set_state(RunState.RUNNING)
            note = yield from _trained(run)
            return keep(run, note)


def _acquired(lock: TrainingLock, run: Run) -> Job[None]:
    run.set_state(RunState.WAITING)
    while (other := lock.acquire(run.folder.name)) is not None:
        yield Progress(0, 1, f"Waiting for {other or 'another training'} to end", Waiting(other))
        time.sleep(POLL)


def _trained(run: Run) -> Job[str]:
    """Train to the end; return a sentence if the end came early."""
    try:
        yield from trained(run)
    except DivergedError as error:
        if not run.best.exists():
            raise
        return f"The training went astray ({error}), and was rolled back to its best moment."
    return ""
