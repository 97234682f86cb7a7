"""The training process: ``python -m napari_decrappify.finetuning.process.child RUN_FOLDER``.

It writes a line for each thing that happens (`events`), and obeys the `commands` that it reads, a word a line. When
the process that started it is gone, its input ends: then it saves a checkpoint and ends too, unless it was asked to go
on alone.
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
from typing import Literal, TextIO, TypeAlias

from ...errors import DecrappifyError
from ...jobs import Job, Progress
from ...processes import end_without_a_last_look
from ...training.running.events import Learned
from ..result import Finetuned
from ..run import Run, RunState, open_run
from ..saving import finish
from ..session import session
from .commands import END, Command, Phase
from .events import Message, Paused, encode

NICE = 10
SILENCE = 0.2
"""Seconds between two lines about steps; what must not be missed is said at once."""
Heard: TypeAlias = Command | Literal["nothing", "end of input"]


def main(folder: str) -> int:
    """Train a run to its end, as it is commanded; return the exit code."""
    end_without_a_last_look()
    output = _output_of_its_own()
    if hasattr(os, "nice"):
        os.nice(NICE)
    commands: queue.SimpleQueue[Heard] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: commands.put(Command.INTERRUPT))
    try:
        run = open_run(Path(folder))
        _write(output, _train(run, session(run), commands, output))
    except DecrappifyError as error:
        _write(output, error)
        return 1
    return 0


def _train(run: Run, job: Job[Finetuned], commands: queue.SimpleQueue[Heard], output: TextIO) -> RunState:
    """Go through a job; return how it ended."""
    reporter, alone = Reporter(output), False
    for step in job:
        reporter.report(step)
        command = _next(commands)
        if command == Command.PAUSE:
            reporter.report(Progress(step.done, step.total, "Paused", Paused()))
            while command not in (*Phase.PAUSED.commands, "end of input"):
                command = commands.get()
        alone |= command == Command.DETACH
        if command in END or (command == "end of input" and not alone):
            job.close()
            return _end(run, command)
    return RunState.FINISHED


def _end(run: Run, command: Heard) -> RunState:
    if command == Command.STOP:
        finish(run)
        return RunState.FINISHED
    if command == Command.DISCARD:
        run.discard()
        return RunState.DISCARDED
    return RunState.UNFINISHED


class Reporter:
    """Writes steps, not more of them than a person can follow."""

    def __init__(self, output: TextIO) -> None:
        self._output, self._last = output, 0.0

    def report(self, step: Progress) -> None:
        """Write a step, unless it says little and another such was written just now."""
        if type(step.payload) in (NoneType, Learned):
            now = time.monotonic()
            if now - self._last < SILENCE:
                return
            self._last = now
        _write(self._output, step)


def _write(output: TextIO, message: Message) -> None:
    """Write a line; that nobody reads it any more shows by the input, which ends too."""
    with suppress(BrokenPipeError):
        output.write(encode(message) + "\n")
        output.flush()


def _next(commands: queue.SimpleQueue[Heard]) -> Heard:
    try:
        return commands.get_nowait()
    except queue.Empty:
        return "nothing"


def _listen(commands: queue.SimpleQueue[Heard]) -> None:
    """Read commands, without a buffer: its lock would keep the interpreter from ending while this thread waits."""
    with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as source:
        for line in source:
            with suppress(ValueError):  # no command
                commands.put(Command(line.decode("utf-8", "replace").strip()))
    commands.put("end of input")


def _output_of_its_own() -> TextIO:
    """Return standard output for our lines alone; what libraries print goes to the log."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return output


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
