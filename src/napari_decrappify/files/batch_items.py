"""Which picture goes where: the tree of a folder, mirrored."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import FileReadError, TargetExistsError
from .image_file import READABLE, as_written
from .walk import picture_files


@dataclass(frozen=True)
class BatchItem:
    """One image file and where its result goes.

    Parameters
    ----------
    source, target : Path
        The files.
    name : str
        The source's path inside the folder that was given, or its bare name.
    in_folder : bool
        Whether a folder was given, not the file itself.
    stem : str
        What the names of all that belongs to the target begin with; that of the target itself if empty.
    """

    source: Path
    target: Path
    name: str
    in_folder: bool = False
    stem: str = ""

    def beside(self, ending: str) -> Path:
        """Return the path of something that belongs to the target: ``beside(".steps.json")``."""
        return self.target.with_name((self.stem or self.target.stem) + ending)


def mirrored(
    folder: Path,
    target: Path,
    suffix: str | None = None,
    suffixes: Collection[str] = READABLE,
    *,
    failed: list[FileReadError],
) -> list[BatchItem]:
    """Return an item for each picture below a folder, into the same tree below another one.

    Parameters
    ----------
    folder, target : Path
        What lies in the target already is no source, should it be inside the folder.
    suffix : str, optional
        The format of every result; None keeps each as it is. Two sources that would get one name keep their own
        suffix before it.
    suffixes : collection of str
        As for `picture_files`.
    failed : list of FileReadError
        Receives an error for each folder that can't be listed.
    """
    try:
        files = picture_files(folder, suffixes, failed=failed)
    except FileReadError as error:
        failed.append(error)
        return []
    inside = real(target)
    names = [path.relative_to(folder) for path in files if inside not in real(path).parents]
    ends = _apart([_renamed(name, suffix or as_written(name).suffix) for name in names])
    return [
        BatchItem(folder / name, target / end, name.as_posix(), True) for name, end in zip(names, ends, strict=True)
    ]


def with_distinct_stems(items: Sequence[BatchItem]) -> list[BatchItem]:
    """Return the items with stems that differ also where results of one folder differ only in their suffix."""
    stems = _apart([(item.target.with_suffix(""), item.target) for item in items])
    return [replace(item, stem=stem.name) for item, stem in zip(items, stems, strict=True)]


def check_free(path: Path, force: bool) -> None:
    """Raise `TargetExistsError` where something would be replaced that may not be."""
    if not force and is_there(path):
        raise TargetExistsError(
            f"no file at {path} yet", "one that exists", "Pass --force, or force=True, to replace it."
        )


def is_there(path: Path) -> bool:
    """Whether something is there, as far as one can know: what can't be looked at isn't."""
    try:
        return path.exists()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder is there, as far as one can know."""
    try:
        return path.is_dir()
    except OSError:
        return False


def real(path: Path) -> Path:
    """Return the absolute path without links; unlike `Path.resolve` it has one for links that go round in a circle."""
    return Path(os.path.realpath(path))


def _renamed(name: Path, suffix: str) -> tuple[Path, Path]:
    """Return a name with the suffix instead of its own, and one with both."""
    return name.with_suffix(suffix), name.with_name(name.name + suffix)


def _apart(names: Sequence[tuple[Path, Path]]) -> list[Path]:
    """Return the first name of each pair; where two would meet, the second ones, which are all different."""
    chosen = [short for short, _ in names]
    while True:
        count = Counter(chosen)
        apart = [long if count[now] > 1 else now for now, (_, long) in zip(chosen, names, strict=True)]
        if apart == chosen:
            return chosen
        chosen = apart
