"""Tasks spread over worker processes, none of which takes the others with it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Generic, TypeVar

from ..errors import DecrappifyError, WorkerError
from .worker import Worker

T = TypeVar("T")
R = TypeVar("R")


def spread(
    function: Callable[[T], R], tasks: Iterable[T], processes: int
) -> Generator[tuple[T, R | DecrappifyError], None, None]:
    """Yield each task with its answer as it is done, by several processes.

    Parameters
    ----------
    function : callable
        Takes a task. It and the tasks come from modules: not from a script or a notebook itself.
    tasks : iterable
        What to do.
    processes : int
        How many workers.

    Yields
    ------
    (task, answer)
        What the function returned, or the `DecrappifyError` that it raised: a `WorkerError` if the process died
        of it; another then does the next. Closing the generator ends all.

    Raises
    ------
    InvalidParameterError
        For a function or a task that can't be sent to another process.
    """
    seats = [_Seat(function) for _ in range(processes)]
    free: queue.SimpleQueue[_Seat[T, R]] = queue.SimpleQueue()
    for seat in seats:
        free.put(seat)
    threads = ThreadPoolExecutor(processes)
    try:
        futures = {threads.submit(_at_a_free_seat, free, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for seat in seats:
            seat.dismiss()
        threads.shutdown()
        for seat in seats:
            seat.close()


class _Seat(Generic[T, R]):
    """The place of a worker; when one dies, the next task gets another."""

    def __init__(self, function: Callable[[T], R]) -> None:
        self._function = function
        self._worker: Worker[R] | None = None

    def do(self, task: T) -> R | DecrappifyError:
        try:
            self._worker = self._worker or Worker(self._function)
            self._worker.ask(task)
            return self._answer(self._worker)
        except WorkerError as error:
            self.close()
            return error

    def _answer(self, worker: Worker[R]) -> R | DecrappifyError:
        try:
            return worker.answer()
        except WorkerError:
            raise
        except DecrappifyError as error:
            return error

    def dismiss(self) -> None:
        if self._worker is not None:
            self._worker.dismiss()

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
        self._worker = None


def _at_a_free_seat(free: queue.SimpleQueue[_Seat[T, R]], task: T) -> R | DecrappifyError:
    seat = free.get()
    try:
        return seat.do(task)
    finally:
        free.put(seat)
