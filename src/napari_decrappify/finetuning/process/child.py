"""The training process: ``python -m napari_decrappify.finetuning.process.child RUN_FOLDER``.

It writes a line for each thing that happens, and obeys the commands that it reads, a word a line. When the process
that started it is gone, its input ends: then it saves a checkpoint and ends too, unless it was told to go on alone.
A signal to terminate makes it save a checkpoint and end, too.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import TextIO

from ...errors import DecrappifyError
from ...jobs import Job, Progress
from ...training.running.events import Learned
from ..result import Finetuned
from ..run import Run, open_run
from ..saving import finish
from ..session import session
from .events import Paused
from .protocol import end_line, error_line, progress_line

NICE = 10
SILENCE = 0.2
"""Seconds between two lines about steps; what must not be missed is said at once."""
LEAVE, GONE = "leave", "gone"


def main(folder: str) -> int:
    """Train a run to its end, as it is commanded; return the exit code."""
    lines = _lines_of_my_own()
    if hasattr(os, "nice"):
        os.nice(NICE)
    commands: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: commands.put(LEAVE))
    try:
        run = open_run(Path(folder))
        _write(lines, end_line(_obey(run, session(run), commands, lines)))
    except DecrappifyError as error:
        _write(lines, error_line(error))
        return 1
    return 0


def _obey(run: Run, job: Job[Finetuned], commands: queue.SimpleQueue[str], lines: TextIO) -> str:
    """Go through a job; return how it ended."""
    teller, alone = Teller(lines), False
    for step in job:
        teller.tell(step)
        command = _next(commands)
        if command == "pause":
            teller.tell(Progress(step.done, step.total, "Paused", Paused()))
            while command not in ("go-on", "stop", "discard", LEAVE, GONE):
                command = commands.get()
        alone |= command == "detach"
        if command in ("stop", "discard", LEAVE) or (command == GONE and not alone):
            job.close()
            return _end(run, command)
    return "finished"


def _end(run: Run, command: str) -> str:
    if command == "stop":
        finish(run)
        return "finished"
    if command == "discard":
        run.discard()
        return "discarded"
    return "unfinished"


class Teller:
    """Writes steps, not more of them than a person can follow."""

    def __init__(self, lines: TextIO) -> None:
        self._lines, self._last = lines, 0.0

    def tell(self, step: Progress) -> None:
        """Write a step, unless it says little and another such was written just now."""
        if type(step.payload) in (NoneType, Learned):
            now = time.monotonic()
            if now - self._last < SILENCE:
                return
            self._last = now
        _write(self._lines, progress_line(step))


def _write(lines: TextIO, line: str) -> None:
    """Write a line; that nobody reads it any more is told by the input, which ends too."""
    with suppress(BrokenPipeError):
        lines.write(line + "\n")
        lines.flush()


def _next(commands: queue.SimpleQueue[str]) -> str:
    try:
        return commands.get_nowait()
    except queue.Empty:
        return ""


def _listen(commands: queue.SimpleQueue[str]) -> None:
    """Read commands, without a buffer: its lock would keep the interpreter from ending while this thread waits."""
    with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source:
        for line in source:
            commands.put(line.decode("utf-8", "replace").strip())
    commands.put(GONE)


def _lines_of_my_own() -> TextIO:
    """Return standard output for our lines alone; what libraries print goes to the log."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
