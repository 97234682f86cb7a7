"""Feeding the trainer: worker processes make the batches ahead of time, and end with it however it ends."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing
from itertools import count, cycle
from multiprocessing.connection import Connection
from typing import Protocol

from ..errors import DecrappifyError, TrainingError
from .pairs import Batch
from .recipe_data import DataConfig

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

    Closing the generator ends its workers at once. They also end by themselves if this process is killed.

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
    workers = worker_count(pairs.config.workers, world)
    if workers == 0:
        yield from (pairs.batch(step, rank, world) for step in count(first_step))
        return
    with ExitStack() as stack:
        crew = [
            stack.enter_context(closing(_Worker(pairs, count(first_step + number, workers), rank, world)))
            for number in range(workers)
        ]
        for worker in cycle(crew):
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


class _Worker:
    """A process that makes every n-th batch, up to three ahead of what was received."""

    def __init__(self, pairs: BatchSource, steps: Iterable[int], rank: int, world: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(writer, pairs, steps, rank, world), daemon=True)
        try:
            self._process.start()
        finally:
            writer.close()

    def receive(self) -> Batch:
        """Wait for the next batch."""
        try:
            received: Batch | DecrappifyError = self._reader.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise TrainingError(
                "the processes that make pairs to live",
                f"one that ended with exit code {self._process.exitcode}",
                "If it ran out of memory, set data.workers=0. "
                "A script needs its usual if __name__ == '__main__' around the training.",
            ) from error
        if isinstance(received, DecrappifyError):
            raise received
        return received

    def close(self) -> None:
        """End the process now, whatever it is doing."""
        self._process.terminate()
        self._process.join()
        self._process.close()
        self._reader.close()


def _work(writer: Connection, pairs: BatchSource, steps: Iterable[int], rank: int, world: int) -> None:
    """Make batches for ever; the process that receives them ends it, also by vanishing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ready: queue.Queue[Batch | DecrappifyError] = queue.Queue(AHEAD - 1)
    sender = threading.Thread(target=_send, args=(writer, ready), daemon=True)
    sender.start()
    try:
        for step in steps:
            ready.put(pairs.batch(step, rank, world))
    except DecrappifyError as error:
        ready.put(error)
        sender.join()


def _send(writer: Connection, ready: queue.Queue[Batch | DecrappifyError]) -> None:
    """Send what is ready, an error last; end the process if nobody is there to receive."""
    made: Batch | DecrappifyError | None = None
    while not isinstance(made, DecrappifyError):
        made = ready.get()
        try:
            writer.send(made)
        except OSError:
            os._exit(0)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
