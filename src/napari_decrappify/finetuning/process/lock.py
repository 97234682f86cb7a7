"""One training at a time: a lock that the system takes from a process which ends, however it does.

A file beside the lock names the run that holds it, for those who wait; it decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from ...errors import FileWriteError


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, told from a later one of the same number by when it began."""

    pid: int
    began: float

    @classmethod
    def current(cls) -> ProcessIdentity:
        """Return this process."""
        return cls(os.getpid(), psutil.Process().create_time())

    @property
    def alive(self) -> bool:
        """Whether that process still runs."""
        try:
            process = psutil.Process(self.pid)
            dead = process.status() == psutil.STATUS_ZOMBIE
            return not dead and abs(process.create_time() - self.began) < 1
        except psutil.Error:
            return False


class TrainingLock:
    """The lock of a folder of runs, which one training holds at a time.

    Parameters
    ----------
    folder : Path
        Where the runs are.
    """

    def __init__(self, folder: Path) -> None:
        self._name = folder / ".training.txt"
        self._lock = FileLock(folder / ".training.lock", thread_local=False)  # a job may be closed by another thread

    def acquire(self, run: str) -> str | None:
        """Acquire the lock for a run; return None, or the name of the run that holds it, "" if that isn't known.

        Raises
        ------
        FileWriteError
            If there can be no lock in the folder.
        """
        if self._lock.is_locked:  # by this very object, which could acquire it twice
            return self._holder()
        try:
            self._name.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
            self._name.write_text(run, encoding="utf-8")
        except Timeout:
            return self._holder()
        except (OSError, NotImplementedError) as error:
            self._lock.release()
            raise FileWriteError(f"to lock {self._name.parent}", str(error)) from error
        return None

    @contextmanager
    def released_at_end(self) -> Iterator[None]:
        """Release the lock at the end."""
        try:
            yield
        finally:
            with suppress(OSError):  # the name alone decides nothing
                self._name.unlink(missing_ok=True)
            self._lock.release()

    def _holder(self) -> str:
        try:
            return self._name.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""
