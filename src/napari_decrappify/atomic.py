"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import DecrappifyError, FileWriteError

STEM, SUFFIX = 20, 16
"""Characters of each that a temporary name keeps: at most 160 bytes then, of the 255 that file systems hold."""


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `target` to write to; on success it becomes `target`, on any error it is removed.

    The temporary name keeps the suffix of `target`, for writers that choose a format by it, and is short: it fits where
    the target's own does. The folder is made if it is missing.

    Raises
    ------
    FileWriteError
        If the folder or the file can't be written: disk full, read-only, no permission, a name that no file can have.
    """
    target = Path(target)
    temporary = _temporary(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except DecrappifyError:
        raise
    except OSError as error:
        long = error.errno == errno.ENAMETOOLONG
        advice = "Choose a shorter name." if long else "Free some space or choose another folder."
        raise FileWriteError(f"to write {target}", error.strerror or str(error), advice) from error
    finally:
        with suppress(OSError):  # what can't be removed, or even looked at, has been told by another error
            temporary.unlink(missing_ok=True)


def _temporary(target: Path) -> Path:
    """Return a name beside the target; refuse what the system would answer as it does a programmer, not a person."""
    try:
        possible = target.name not in ("", "..") and b"\0" not in os.fsencode(target)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise FileWriteError("the name of a file to write", repr(str(target)))
    return target.with_name(f".{target.stem[:STEM]}.{secrets.token_hex(4)}.part{target.suffix[:SUFFIX]}")
