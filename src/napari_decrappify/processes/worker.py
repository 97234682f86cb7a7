"""A worker process, seen from the one that starts it.

`multiprocessing` starts a worker by importing the caller's ``__main__``, so that each worker runs a script that lacks
the usual guard once more. These workers know nothing of it: they read from a pipe what to do, and the pipe's end is
theirs too, however the process at its other side ended.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Generic, TypeVar, cast

from ..errors import DecrappifyError, WorkerError
from . import pipe
from .serving import PATIENCE

R = TypeVar("R")

SERVE = f"import sys; sys.path[:] = sys.argv[1:]; from {__package__}.serving import serve; serve()"
NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""On Windows; elsewhere a session. Ctrl-C is for the process that started the workers, which then closes them."""


class Worker(Generic[R]):
    """A process that calls one function again and again; close it, as with `contextlib.closing`.

    Parameters
    ----------
    function : callable
        Sent once. It, and all that it refers to, comes from modules: not from a script or a notebook itself.

    Raises
    ------
    InvalidParameterError
        For a function that can't be sent.
    WorkerError
        If no process can be started.
    """

    def __init__(self, function: Callable[..., R]) -> None:
        content = pipe.packed(function)
        command = [sys.executable, "-c", SERVE, *(place or str(Path.cwd()) for place in sys.path)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                creationflags=NEW_GROUP,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerError("another process to start", error.strerror or str(error)) from error
        self._requests, self._answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._send(content)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, *arguments: object) -> None:
        """Ask for a call with these arguments; the answers to several come in the order in which they were asked for.

        What is asked for ahead is made ahead, and kept in the worker until it is fetched.

        Raises
        ------
        InvalidParameterError
            For arguments that can't be sent.
        """
        self._send(pipe.packed(arguments))

    def answer(self) -> R:
        """Wait for the next answer; warnings that the function gave are given here.

        Raises
        ------
        DecrappifyError
            What the function raised.
        WorkerError
            If the process has ended: killed by the system, or by another kind of error, whose traceback it has shown.
        """
        try:
            answer, said = self._received()
        except (EOFError, OSError, ValueError) as error:
            self.close()
            code = self._process.returncode
            advice = "If it ran out of memory, take fewer processes."
            raise WorkerError("a worker process that lives", f"one that ended with exit code {code}", advice) from error
        for warning in said:
            warnings.warn_explicit(*warning)
        if isinstance(answer, DecrappifyError):
            raise answer
        return answer

    def dismiss(self) -> None:
        """Tell the process to end now: it leaves what it is at, and removes what is half done."""
        with suppress(OSError):
            self._requests.close()

    def close(self) -> None:
        """Dismiss the process and wait until it has ended; one that can't in five seconds is killed."""
        self.dismiss()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def _received(self) -> tuple[R | DecrappifyError, list[tuple[str, type[Warning], str, int]]]:
        received: tuple[Any, Any] = pickle.loads(pipe.read(self._answers))
        return received

    def _send(self, content: bytes) -> None:
        with suppress(OSError, ValueError):  # it has ended: the answer says so
            pipe.write(self._requests, content)
