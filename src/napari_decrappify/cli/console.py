"""The one place where the command line writes to its reader."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from ..errors import FileWriteError
from ..jobs import Progress, ProgressCallback

PROGRAM = "napari-decrappify"
UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
"""Kinds of characters that would steer a terminal or end a line, and bytes that aren't text."""


class Console:
    """Results go to standard output; progress and errors to standard error.

    Of the processes that ``torchrun`` starts the first one speaks for all; errors are their own.

    Parameters
    ----------
    quiet : bool
        Say nothing but results and errors.
    bars : bool, optional
        Whether to draw progress bars; None draws them where standard error is a terminal.
    """

    def __init__(self, quiet: bool = False, bars: bool | None = None) -> None:
        self._speaks = os.environ.get("RANK", "0") == "0"
        self._quiet = quiet or not self._speaks
        self._teller = None if sys.stderr is None else _Teller(sys.stderr)
        terminal = self._teller is not None and (sys.stderr.isatty() if bars is None else bars)
        self._bars = terminal and not self._quiet

    def result(self, text: str) -> None:
        """Write what was asked for."""
        if self._speaks and sys.stdout is not None:
            try:
                sys.stdout.write(f"{_encodable(text, sys.stdout)}\n")
                sys.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                raise FileWriteError("a standard output that can be written", error.strerror or str(error)) from error

    def note(self, text: str) -> None:
        """Write what a person may like to know, in one line, above a bar that is drawn."""
        if not self._quiet:
            self._tell(text)

    def error(self, message: object, kind: str = "error") -> None:
        """Write an error, or what `kind` says it is, in one line."""
        self._tell(f"{PROGRAM}: {kind}: {' '.join(str(message).split())}")

    def _tell(self, text: str) -> None:
        if self._teller is None:
            return
        if self._bars:
            from tqdm import tqdm

            tqdm.write(_line(text), file=self._teller)
        else:
            self._teller.write(f"{_line(text)}\n")

    @contextmanager
    def progress(self, title: str) -> Iterator[ProgressCallback | None]:
        """Yield what to call with every `Progress`, to draw it as a bar."""
        if not self._bars:
            yield None
            return
        from tqdm import tqdm

        with tqdm(desc=_line(title), total=0, leave=False, file=self._teller, dynamic_ncols=True) as bar:

            def draw(step: Progress) -> None:
                bar.total = step.total
                bar.set_postfix_str(_line(step.note), refresh=False)
                bar.update(step.done - bar.n)

            yield draw


class _Teller:
    """Standard error to which all can be written: that nobody can read it is no reason to end the work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(_encodable(text, self._stream))

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _line(text: str) -> str:
    """Return a text as one line: names of files may hold line ends, what steers a terminal, or no text at all."""
    return "".join(_escaped(c) if unicodedata.category(c) in UNSHOWN else c for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _encodable(text: str, stream: TextIO) -> str:
    """Return text with the characters escaped that a stream's encoding doesn't have."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
