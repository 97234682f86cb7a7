"""Which picture goes where: the tree of a folder, mirrored."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import FileReadError, TargetExistsError
from .image_file import SUFFIXES
from .walk import picture_files


@dataclass(frozen=True)
class Errand:
    """One image file and where its result goes.

    Parameters
    ----------
    source, target : Path
        The files.
    name : str
        The source's path inside the folder that was given, or its bare name.
    in_folder : bool
        Whether a folder was given, not the file itself.
    shared_stem : bool
        Whether another result differs only in its suffix, so that what belongs to this one is named by all of its name.
    """

    source: Path
    target: Path
    name: str
    in_folder: bool = False
    shared_stem: bool = False

    def beside(self, ending: str) -> Path:
        """Return the path of something that belongs to the target: ``beside(".steps.json")``."""
        return self.target.with_name((self.target.name if self.shared_stem else self.target.stem) + ending)


def mirrored(
    folder: Path,
    target: Path,
    suffix: str | None = None,
    suffixes: Collection[str] = tuple(SUFFIXES),
    *,
    failed: list[FileReadError],
) -> list[Errand]:
    """Return an errand for each picture below a folder, into the same tree below another one.

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
    ends = zip(names, _renamed(names, suffix) if suffix else names, strict=True)
    return [Errand(folder / name, target / end, name.as_posix(), True) for name, end in ends]


def told_apart(errands: Sequence[Errand]) -> list[Errand]:
    """Return the errands, those marked of which two results share folder and stem."""
    stems = Counter(errand.target.with_suffix("") for errand in errands)
    return [replace(errand, shared_stem=stems[errand.target.with_suffix("")] > 1) for errand in errands]


def check_free(path: Path, force: bool) -> None:
    """Raise `TargetExistsError` where something would be replaced that may not be."""
    if not force and is_there(path):
        raise TargetExistsError(f"no file at {path} yet", "one that exists", "Pass --force to replace it.")


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


def _renamed(names: Sequence[Path], suffix: str) -> list[Path]:
    """Give each name the new suffix; where two would meet, after the old one, which makes all of them different."""
    new = {name: name.with_suffix(suffix) for name in names}
    while True:
        count = Counter(new.values())
        meeting = [name for name in names if count[new[name]] > 1 and new[name] == name.with_suffix(suffix)]
        if not meeting:
            return [new[name] for name in names]
        new |= {name: name.with_name(name.name + suffix) for name in meeting}
