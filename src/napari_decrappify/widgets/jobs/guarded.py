"""Jobs that may fail in a thread: superqt's workers take a RuntimeError for the end of Qt, and never finish."""

from __future__ import annotations

from typing import Any

from ...errors import DecrappifyError
from ...jobs import Job


class UnexpectedError(DecrappifyError):
    """A RuntimeError inside a job."""


def guarded(job: Job[Any]) -> Job[Any]:
    """Do a job whose RuntimeErrors are raised as `UnexpectedError`."""
    try:
        return (yield from job)
    except RuntimeError as error:
        raise UnexpectedError("the job to finish", f"{type(error).__name__}: {error}") from error
