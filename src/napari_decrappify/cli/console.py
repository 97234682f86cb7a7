"""The one place where the command line writes to its reader."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ..errors import FileWarning
from ..jobs import Progress, ProgressCallback

PROGRAM = "napari-decrappify"


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
        self._bars = not self._quiet and (sys.stderr.isatty() if bars is None else bars)

    def result(self, text: str) -> None:
        """Write what was asked for."""
        if self._speaks:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Write what a person may like to know, above a bar that is drawn."""
        if self._bars:
            from tqdm import tqdm

            tqdm.write(text, file=sys.stderr)
        elif not self._quiet:
            sys.stderr.write(f"{text}\n")

    def error(self, message: object) -> None:
        """Write an error, in one line."""
        line = " ".join(str(message).split())
        sys.stderr.write(f"{PROGRAM}: error: {line}\n")

    @contextmanager
    def noting_warnings(self) -> Iterator[None]:
        """Write what files had to leave out as notes, each of them once."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", FileWarning)
            others = warnings.showwarning

            def show(
                message: Warning | str,
                category: type[Warning],
                filename: str,
                lineno: int,
                file: TextIO | None = None,
                line: str | None = None,
            ) -> None:
                if issubclass(category, FileWarning):
                    self.note(str(message))
                else:
                    others(message, category, filename, lineno, file, line)

            warnings.showwarning = show
            yield

    @contextmanager
    def progress(self, title: str) -> Iterator[ProgressCallback | None]:
        """Yield what to call with every `Progress`, to draw it as a bar."""
        if not self._bars:
            yield None
            return
        from tqdm import tqdm

        with tqdm(desc=title, total=0, leave=False, file=sys.stderr, dynamic_ncols=True) as bar:

            def draw(step: Progress) -> None:
                bar.total = step.total
                bar.set_postfix_str(step.note, refresh=False)
                bar.update(step.done - bar.n)

            yield draw
