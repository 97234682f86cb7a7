"""Whose turn it is: one training at a time, by a lock file that names the process which holds it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..bounds import parse_json, read_text
from ..errors import FileWriteError

FRESH = 10.0
"""Seconds that a lock file without a name in it is believed: its writer may be about to write it."""


@dataclass(frozen=True)
class Holder:
    """A process, told from a later one of the same number by when it began."""

    pid: int
    began: float

    @classmethod
    def me(cls) -> Holder:
        """Return this process."""
        return cls(os.getpid(), psutil.Process().create_time())

    @property
    def lives(self) -> bool:
        """Whether that process still runs."""
        try:
            process = psutil.Process(self.pid)
            dead = process.status() == psutil.STATUS_ZOMBIE
            return not dead and abs(process.create_time() - self.began) < 1
        except psutil.Error:
            return False


class Turn:
    """The lock of a folder of runs.

    Parameters
    ----------
    folder : Path
        Where the runs are.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / ".training.json"

    def take(self, run: str) -> str | None:
        """Take the turn for a run; return None, or the name of the run whose turn it is."""
        held = self._holder()
        if held is not None:
            return held
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.unlink(missing_ok=True)
            with self._file.open("x", encoding="utf-8") as file:
                json.dump({"run": run, "pid": Holder.me().pid, "began": Holder.me().began}, file)
        except FileExistsError:
            return self._holder() or ""
        except OSError as error:
            raise FileWriteError(f"to write {self._file}", error.strerror or str(error)) from error
        return None

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Give the turn back at the end."""
        try:
            yield
        finally:
            self._file.unlink(missing_ok=True)

    def _holder(self) -> str | None:
        """Return the run of the lock; None where there is none, or its process has gone."""
        try:
            written = parse_json(read_text(self._file))
            holder = Holder(int(written["pid"]), float(written["began"]))
            return str(written["run"]) if holder.lives else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return "" if self._age() < FRESH else None

    def _age(self) -> float:
        try:
            return time.time() - self._file.stat().st_mtime
        except OSError:
            return FRESH
