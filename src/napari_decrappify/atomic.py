"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import DecrappifyError, FileWriteError


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `target` to write to; on success it becomes `target`, on any error it is removed.

    The temporary name keeps the suffix of `target`, for writers that choose a format by it. The folder is made if
    it is missing.

    Raises
    ------
    FileWriteError
        If the folder or the file can't be written: disk full, read-only, no permission.
    """
    target = Path(target)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except DecrappifyError:
        raise
    except OSError as error:
        raise FileWriteError(
            f"to write {target}", error.strerror or str(error), "Free some space or choose another folder."
        ) from error
    finally:
        if temporary.exists():
            temporary.unlink()
