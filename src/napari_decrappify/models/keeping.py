"""The user's own models come and go: import, export, delete. Nothing is taken that doesn't run."""

from __future__ import annotations

import functools
import hashlib
import shutil
from pathlib import Path

from ..atomic import atomic_path
from ..bounds import expanded
from ..errors import (
    FileReadError,
    FileWriteError,
    InvalidParameterError,
    ModelNotFoundError,
)
from ..tasks import Task
from .card import ModelCard
from .header import KEY, read_header
from .store import (
    SUFFIX,
    Entry,
    catalogue,
    tried,
    user_model_path,
)

PICKLES = (".pth", ".pt", ".ckpt")
"""Suffixes of other projects' files of weights; they write .safetensors too."""


def import_model(
    file: str | Path,
    name: str | None = None,
    *,
    replace: bool = False,
    task: Task | None = None,
    license: str | None = None,
) -> ModelCard:
    """Take a model into the user's folder, after having loaded and run it.

    One of another project is recognised by spandrel (the extra "foreign"), and written as a model file with a card.
    Nothing in its file is run: pickles that hold more than tensors are refused. How far its net sees, and whether it
    may run in bfloat16, is measured, which takes seconds for small nets and minutes for large ones.

    Parameters
    ----------
    file : path
        A model file, or weights of another project: .pth, .pt, .ckpt or .safetensors.
    name : str, optional
        What the model is to be called; the file's name without its suffix by default.
    replace : bool
        Whether it may take the place of a model of one's own that has this name.
    task : str, optional
        What a model of another project is for, where that isn't what its architecture is usually for.
    license : str, optional
        The licence of a model of another project, for its card; "unknown" if left out.

    Returns
    -------
    ModelCard
        With the new name.

    Raises
    ------
    ModelNotFoundError, ModelFileError, FileReadError
        If there is no such file, or if it is damaged, no model, or doesn't run.
    PluginError
        If it is of another project and spandrel isn't installed.
    InvalidParameterError
        If a model has that name, or if it is none that a card may have; if the model can't be for the task, or has a
        card already that says what it is for.
    FileWriteError
        If the user's folder can't be written.
    """
    path = expanded(file)
    target = user_model_path(path.stem if name is None else name)
    _check_free(target, replace, "a name that no model of yours has", target.stem, "Choose another name.")
    if is_foreign(path):
        from .foreign import convert

        return convert(path, target, task, license)
    if (task, license) != (None, None):
        raise InvalidParameterError("task and license for a model without a card", f"{path}, which has one")
    card = tried(path)
    _copy(path, target)
    return card.model_copy(update={"name": target.stem})


def is_foreign(path: Path) -> bool:
    """Tell whether a file is of another project, by its suffix or, for .safetensors, by having no card of ours.

    Raises
    ------
    ModelNotFoundError, FileReadError, ModelFileError
        If there is no such file, or it is a damaged one.
    """
    if path.suffix.lower() in PICKLES:
        if not path.exists():
            raise ModelNotFoundError("the path of a model file", f"{path}, which doesn't exist")
        return True
    return path.suffix == SUFFIX and KEY not in read_header(path).metadata


def export_model(name: str, file: str | Path, *, replace: bool = False) -> Path:
    """Copy a model of the store to a file.

    Parameters
    ----------
    name : str
        Of a model, bundled or own.
    file : path
        Where to; in a folder it keeps its name.
    replace : bool
        Whether a file that is there may be overwritten.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ModelNotFoundError, FileReadError
        If there is no such model, or if its file can't be read.
    InvalidParameterError
        If there is such a file already.
    FileWriteError
        If it can't be written.
    """
    source, target = entry_named(name).path, expanded(file)
    if target.is_dir():
        target /= source.name
    elif target.suffix != SUFFIX:
        target = target.with_name(target.name + SUFFIX)
    _check_free(target, replace, "the name of a new file", str(target), "Choose another one.")
    _copy(source, target)
    return target


def delete_model(name: str) -> Path:
    """Delete one of the user's own models, whole or damaged.

    Returns
    -------
    Path
        The file that was deleted.

    Raises
    ------
    ModelNotFoundError
        If there is no such model.
    InvalidParameterError
        If it came with the package.
    FileWriteError
        If the file can't be removed.
    """
    own = [entry for entry in catalogue() if entry.name == name and entry.origin == "user"]
    entry = own[0] if own else entry_named(name)
    if not own:
        raise InvalidParameterError("one of your own models", f"{name!r}, which came with napari-decrappify")
    try:
        entry.path.unlink()
    except OSError as error:
        raise FileWriteError(f"to delete {entry.path}", error.strerror or str(error)) from error
    return entry.path


def entry_named(name: str) -> Entry:
    """Return the entry of a model by its name, damaged ones too; a bundled one comes before one's own.

    Raises
    ------
    ModelNotFoundError
        If there is none.
    """
    entries = catalogue()
    for entry in entries:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries) or "none"
    raise ModelNotFoundError("the name of a model", f"{name!r}; models there are: {known}")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, as records name models; read once for each state of the file."""
    try:
        state = path.stat()
        return _sha256(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise FileReadError(f"a readable model file {path}", error.strerror or str(error)) from error


def _check_free(target: Path, replace: bool, expected: str, got: str, advice: str) -> None:
    if target.exists() and not replace:
        raise InvalidParameterError(expected, f"{got!r}, which is there", advice)


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, mtime_ns: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
