"""Feeding the trainer: worker processes make the batches ahead of time, and end with it however it ends."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import count, cycle
from typing import Protocol

from ...errors import InvalidParameterError, TrainingError, WorkerError
from ...processes import Worker
from ..recipes.data import DataConfig
from .pairs import Batch

AHEAD = 3
CORES_A_WORKER = 4
MOST_WORKERS = 8
LOCAL_WORLD = "LOCAL_WORLD_SIZE"


class BatchSource(Protocol):
    """What makes batches, each a pure function of the step; it is pickled to the workers."""

    @property
    def config(self) -> DataConfig:
        """Its `workers` says how many processes make batches."""

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return the part of a step's batch that is for process `rank` of `world`."""


def batches(pairs: BatchSource, first_step: int, rank: int = 0, world: int = 1) -> Generator[Batch, None, None]:
    """Yield the batches of `first_step` and on, made ahead by worker processes if the machine has cores for them.

    Closing the generator ends its workers at once. They also end by themselves if this process is killed. They don't
    run the script that trains: where pairs need what only that script defines, they are made in this process.

    Parameters
    ----------
    pairs : BatchSource
        What to make, such as `Pairs`; `pairs.config.workers` says how many processes do: see `worker_count`.
    first_step : int
        Where to begin.
    rank, world : int
        Which process of a distributed training this is, of how many: see `Pairs.batch`.

    Raises
    ------
    DecrappifyError
        What making a batch raised, in a worker too.
    TrainingError
        If a worker dies.
    """
    with _prefetching(pairs, first_step, rank, world) as workers:
        if not workers:
            yield from (pairs.batch(step, rank, world) for step in count(first_step))
        for worker in cycle(workers):
            yield worker.receive()


def worker_count(wanted: int | None, world: int = 1) -> int:
    """Return how many processes make pairs.

    Parameters
    ----------
    wanted : int, optional
        Taken as it is. By default one for every four cores, at least one and at most eight; none on a single core.
    world : int
        Training processes that share the cores; where ``torchrun`` says how many of them run here, that counts.
    """
    if wanted is not None:
        return wanted
    cores = _cores() // int(os.environ.get(LOCAL_WORLD, world))
    return min(max(1, cores // CORES_A_WORKER), MOST_WORKERS) if cores > 1 else 0


@contextmanager
def _prefetching(pairs: BatchSource, first_step: int, rank: int, world: int) -> Iterator[list[_PrefetchWorker]]:
    """Give the processes that make batches, none where they can't have the pairs; end them all at once."""
    workers: list[_PrefetchWorker] = []
    try:
        wanted = worker_count(pairs.config.workers, world)
        with suppress(InvalidParameterError):
            for number in range(wanted):
                workers.append(_PrefetchWorker(pairs, count(first_step + number, wanted), rank, world))
        yield workers
    finally:
        for worker in workers:
            worker.dismiss()
        for worker in workers:
            worker.close()


class _PrefetchWorker:
    """A process that makes the batches of its steps, up to three ahead of what was received."""

    def __init__(self, pairs: BatchSource, steps: Iterator[int], rank: int, world: int) -> None:
        self._worker, self._steps, self._part = Worker(pairs.batch), steps, (rank, world)
        for _ in range(AHEAD):
            self._ask()

    def receive(self) -> Batch:
        """Wait for the next batch."""
        try:
            batch = self._worker.answer()
        except WorkerError as error:
            advice = "If it ran out of memory, set data.workers=0."
            raise TrainingError("the processes that make pairs to live", error.got, advice) from error
        self._ask()
        return batch

    def dismiss(self) -> None:
        """Tell the process to end."""
        self._worker.dismiss()

    def close(self) -> None:
        """Wait until it has."""
        self._worker.close()

    def _ask(self) -> None:
        self._worker.ask(next(self._steps), *self._part)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
