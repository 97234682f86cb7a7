"""The picture files below a folder: the one walk of trainings, batches and benchmarks."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from ..errors import FileReadError
from .image_file import READABLE

FOREIGN = ("__MACOSX",)
"""Folders that other programs leave beside pictures; all that begins with a dot is left out, too."""


def picture_files(
    folder: str | os.PathLike[str],
    suffixes: Collection[str] = READABLE,
    *,
    failed: list[FileReadError] | None = None,
) -> list[Path]:
    """Return the files below a folder that are pictures by their names, sorted.

    Hidden files and folders (``._a.jpg``, ``.ipynb_checkpoints``, our own temporaries of `atomic_path`) and
    ``__MACOSX`` are left out; links to folders aren't followed. The folder itself may have any name.

    Parameters
    ----------
    folder : path
        Searched with its sub-folders.
    suffixes : collection of str
        The endings of pictures' names, in lower case; names may have them in any case.
    failed : list of FileReadError, optional
        Receives an error for each sub-folder that can't be listed; without it, the first is raised.

    Raises
    ------
    FileReadError
        For a folder that can't be listed.
    """
    root = Path(folder)
    found = []
    for at, folders, names in os.walk(root, onerror=lambda error: _cannot_list(root, error, failed)):
        folders[:] = [name for name in folders if not _left_out(name)]
        found += [Path(at, name) for name in names if not _left_out(name)]
    return sorted(path for path in found if path.suffix.lower() in suffixes and _may_be_file(path))


def _left_out(name: str) -> bool:
    return name.startswith(".") or name in FOREIGN


def _may_be_file(path: Path) -> bool:
    """Whether it is a file; so is what can't be looked at, since reading it says why."""
    try:
        return path.is_file()
    except OSError:
        return True


def _cannot_list(root: Path, error: OSError, failed: list[FileReadError] | None) -> None:
    problem = FileReadError(f"a folder of pictures at {error.filename}", error.strerror or str(error))
    if failed is None or Path(error.filename) == root:
        raise problem from error
    failed.append(problem)
