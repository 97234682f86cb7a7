"""Jobs: long work as a generator that yields `Progress` and returns its result."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeAlias, TypeVar

from .parameters import check_arguments

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """One step of a job.

    Parameters
    ----------
    done, total : int
        Units of work finished, and in all (``total >= done``).
    note : str
        What is going on, for a person to read.
    payload : object, optional
        Data that came with the step, such as a training event.
    """

    done: int
    total: int
    note: str = ""
    payload: object = None


Job: TypeAlias = Generator[Progress, None, T]
ProgressCallback: TypeAlias = Callable[[Progress], object]


def run_to_end(job: Job[T], on_progress: ProgressCallback | None = None) -> T:
    """Drain a job and return its result.

    Parameters
    ----------
    job : Job
        The generator to drain. If `on_progress` raises, the job is closed, so that it cleans up.
    on_progress : callable, optional
        Called with every `Progress`.
    """
    try:
        while True:
            step = next(job)
            if on_progress is not None:
                on_progress(step)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        job.close()


def with_steps(job: Job[T], change: Callable[[Progress], Progress]) -> Job[T]:
    """Return a job that tells what `change` makes of each of its steps."""
    try:
        while True:
            yield change(next(job))
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        job.close()


def overheard(job: Job[T], listen: ProgressCallback) -> Job[T]:
    """Return a job that also calls `listen` with each of its steps."""

    def heard(step: Progress) -> Progress:
        listen(step)
        return step

    return with_steps(job, heard)


class Call(Generic[P, T]):
    """A job function made callable: ``call(...)`` runs it to the end, ``call.job(...)`` returns the job.

    The job function's own signature, annotated with `parameters.Doc`, is the one declaration of the parameters;
    they are checked before the job starts. A `progress` keyword, if it declares one, receives every `Progress`.
    """

    def __init__(self, function: Callable[P, Job[T]]) -> None:
        functools.update_wrapper(self, function)
        self._function = function

    def job(self, *args: P.args, **kwargs: P.kwargs) -> Job[T]:
        """Return the job, its parameters checked, not yet started."""
        bound = inspect.signature(self._function).bind(*args, **kwargs)
        check_arguments(self._function, bound.arguments)
        return self._function(*args, **kwargs)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the job to its end and return its result."""
        callback = kwargs.get("progress")
        return run_to_end(self.job(*args, **kwargs), callback if callable(callback) else None)
