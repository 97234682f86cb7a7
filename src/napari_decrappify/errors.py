"""Typed errors that say what was expected, what came and what to do."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO


class DecrappifyError(Exception):
    """Base of every error that this package raises on purpose.

    Parameters
    ----------
    expected : str
        What the call needs, as a noun phrase ("a (Y, X) or (Y, X, 3) array").
    got : str
        What came instead.
    advice : str, optional
        A whole sentence: what the reader can do about it.
    """

    def __init__(self, expected: str, got: str, advice: str = "") -> None:
        self.expected, self.got, self.advice = expected, got, advice
        super().__init__(f"Expected {expected}, got {got}." + (f" {advice}" if advice else ""))

    def __reduce__(self) -> tuple[type[DecrappifyError], tuple[str, str, str]]:
        """Pickle by the three parts, so that errors cross process borders."""
        return type(self), (self.expected, self.got, self.advice)


class InvalidImageError(DecrappifyError, ValueError):
    """An array that can't be an image here: its dtype, shape, size or values."""


class InvalidMaskError(DecrappifyError, ValueError):
    """A mask whose shape or dtype doesn't fit its image."""


class InvalidParameterError(DecrappifyError, ValueError):
    """A parameter outside its range, or a name that isn't known."""


class ModelNotFoundError(DecrappifyError, LookupError):
    """No model of that name, or none that does the task."""


class DeviceError(DecrappifyError, RuntimeError):
    """A device or precision that this machine doesn't have, or too little memory even for the smallest tile."""


class ModelFileError(DecrappifyError, ValueError):
    """A model file that is truncated, edited, or of another format."""


class FileReadError(DecrappifyError, OSError):
    """A file that is missing, unreadable, truncated or no image."""


class FileWarning(UserWarning):
    """Something of a file that was left out on the way in or out, as the other side has no place for it."""


class FileWriteError(DecrappifyError, OSError):
    """A file or folder that can't be written: disk full, read-only, no permission."""


class PluginError(DecrappifyError, ImportError):
    """A part that another package adds, such as a net, which can't be imported or isn't one."""


class WorkerError(DecrappifyError, RuntimeError):
    """A worker process that can't start, or that died: killed by the system, out of memory."""


class RecipeError(DecrappifyError, ValueError):
    """A training recipe that is unknown or doesn't validate."""


class TrainingError(DecrappifyError, RuntimeError):
    """Training that can't start or can't go on: no pictures, a foreign run folder, NaN loss."""


class TargetExistsError(FileWriteError):
    """A result's file that is there already and may not be replaced: its picture is skipped."""


class DivergedError(TrainingError):
    """A training whose loss or gradient is NaN or infinite: the model as it was before is still good."""


class StoppedError(TrainingError):
    """A training that was told to end without a result: left to be resumed, or discarded."""


class QualityError(DecrappifyError, RuntimeError):
    """A result that isn't nearer to the original than what it was made from."""


@contextmanager
def noting_file_warnings(note: Callable[[str], object]) -> Iterator[None]:
    """Hand what files had to leave out to `note`; other warnings go where they went."""
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
                note(str(message))
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield
