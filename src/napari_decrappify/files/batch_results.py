"""What becomes of many pictures: each is done, skipped or failed, and none ends the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..errors import (
    DecrappifyError,
    DeviceError,
    FileReadError,
    TargetExistsError,
)
from ..jobs import Job
from ..processes import spread
from .batch_items import BatchItem

MOST_PROCESSES = 60
"""A machine with more cores is no faster at it: one process tells the others what to do."""

FAILURES = (DecrappifyError, OSError, MemoryError)
"""What an item may fail of; anything else is a fault of ours, and ends the batch."""

Outcome = tuple[BatchItem, DecrappifyError | None]


@dataclass
class Report:
    """What became of the pictures.

    Parameters
    ----------
    done : list of Path
        The files written.
    failed : list of (Path, str)
        The sources that couldn't be read, worked on or written, and why.
    skipped : list of (Path, str)
        The sources whose result was there already.
    """

    done: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, item: BatchItem, error: DecrappifyError | None) -> None:
        """Add an outcome."""
        if error is None:
            self.done.append(item.target)
        elif isinstance(error, TargetExistsError):
            self.skipped.append((item.source, str(error)))
        else:
            self.failed.append((item.source, str(error)))

    def summary(self, total: int) -> str:
        """Return how many of how many are done, skipped and failed, in words."""
        rest = [f"{len(those)} {what}" for those, what in ((self.skipped, "skipped"), (self.failed, "failed")) if those]
        return ", ".join([f"{len(self.done)} of {total} images done", *rest])


def outcomes(
    work: Callable[[BatchItem], object], items: Sequence[BatchItem], processes: int | None
) -> Generator[Outcome, None, None]:
    """Do the work for each item and yield what became of it; closing the generator ends all.

    Parameters
    ----------
    work : callable
        Writes a result or raises why not; with more than one process, what a worker process can import.
    items : sequence of BatchItem
        What to do.
    processes : int, optional
        1 works in this process; None takes as many as there are cores, at most 60 and one for each item.
    """
    attempt = partial(_attempt, work)
    count = min(processes or os.cpu_count() or 1, len(items), MOST_PROCESSES)
    if count < 2:
        yield from ((item, attempt(item)) for item in items)
        return
    with closing(spread(attempt, items, count)) as answers:
        yield from answers


def attempted(item: BatchItem, job: Job[object]) -> Job[DecrappifyError | None]:
    """Do the job for an item step by step, and return what went wrong, if anything did."""
    try:
        yield from job
    except FAILURES as error:
        return _typed(item, error)
    return None


def _attempt(work: Callable[[BatchItem], object], item: BatchItem) -> DecrappifyError | None:
    try:
        work(item)
    except FAILURES as error:
        return _typed(item, error)
    return None


def _typed(item: BatchItem, error: Exception) -> DecrappifyError:
    """Return what went wrong with an item as an error of ours."""
    if isinstance(error, DecrappifyError):
        return error
    if isinstance(error, OSError):
        return FileReadError(f"files that can be used for {item.source}", error.strerror or str(error))
    return DeviceError(f"enough memory for {item.source}", "none left", "Fewer processes need less.")
