"""A training in a process of its own, seen from the one that started it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ...errors import DecrappifyError, StoppedError, TrainingError
from ...jobs import Job, Progress
from ..result import Finetuned
from ..run import Run, RunState
from ..saving import outcome
from .commands import Command, Controls
from .events import decode

LOG = "log.txt"
PATIENCE = 60.0
BELOW_NORMAL = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)


class TrainingProcess(Controls):
    """The child process of a run: `Controls` from any thread, `job` in one.

    It has a low priority, and no window library in it. It ends, with a checkpoint, when this process ends however it
    ends, since its input does; but not after `detach`.

    Parameters
    ----------
    run : Run
        What to train; the process starts with the job.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._process: subprocess.Popen[str] | None = None
        self._early: list[Command] = []

    def job(self) -> Job[Finetuned]:
        """Start the process, and yield what it says until it ends; closed before, the process ends with a checkpoint.

        Between two steps it blocks: run it in a worker thread.

        Raises
        ------
        DecrappifyError
            What the training raised; `TrainingError` if the process died, with the end of its log.
        """
        end = None
        with self._started() as lines:
            for line in lines:
                message = decode(line)
                if isinstance(message, Progress):
                    yield message
                elif isinstance(message, DecrappifyError):
                    raise message
                elif message is not None:
                    end = message
                    break
        return self._result(end)

    @property
    def pid(self) -> int | None:
        """The number of the process; None before it starts."""
        return None if self._process is None else self._process.pid

    def send(self, command: Command) -> None:
        """Ask for something: at once, or as soon as the process starts."""
        if self._process is None:
            self._early.append(command)
        elif self._process.poll() is None and self._process.stdin is not None:
            try:
                self._process.stdin.write(command + "\n")
                self._process.stdin.flush()
            except (OSError, ValueError):
                return  # it has ended by itself meanwhile

    @contextmanager
    def _started(self) -> Iterator[IO[str]]:
        command = [sys.executable, "-m", f"{__package__}.child", str(self.run.folder)]
        with (self.run.folder / LOG).open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                creationflags=BELOW_NORMAL,
                start_new_session=True,
            )
        self._process = process
        for early in self._early:
            self.send(early)
        try:
            if process.stdout is not None:
                yield process.stdout
        finally:
            self._end(process)

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Let the process end by itself, which it does when its input does; be sure that it does."""
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def _result(self, end: RunState | None) -> Finetuned:
        if end == RunState.FINISHED:
            return outcome(self.run)
        if end is not None:
            raise StoppedError("a training that ends with a result", f"{end}, as it was asked to be")
        code = None if self._process is None else self._process.returncode
        tail = _tail(self.run.folder / LOG)
        raise TrainingError("a training process that ends by itself", f"exit code {code}", f"Its last words: {tail}")


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "none"
    return lines[-1] if lines else "none"
