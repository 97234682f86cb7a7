"""The model that a training goes on from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..atomic import atomic_path
from ..bounds import expanded, is_file
from ..errors import FileReadError, InvalidParameterError, ModelNotFoundError
from ..models import (
    ModelCard,
    Task,
    catalogue,
    default_model,
    read_card,
)
from ..models.store import SUFFIX
from ..type_checks import shown

NOTHING = "nothing"
FINDER = "mark-finder"
START = f"start{SUFFIX}"


@dataclass(frozen=True)
class Base:
    """A model file and its card."""

    path: Path
    card: ModelCard

    @property
    def finds(self) -> bool:
        """Whether it only finds marks, and leaves the image as it is."""
        return self.card.architecture == FINDER

    def copy_to(self, folder: Path) -> Path:
        """Copy the file into a run folder, so that it is there even if the user deletes the model."""
        with atomic_path(folder / START) as temporary:
            try:
                shutil.copyfile(self.path, temporary)
            except FileNotFoundError as error:
                raise FileReadError(f"the model file {self.path}", "none: it has been deleted") from error
        return folder / START


def chosen_base(task: Task, name: str | None, scale: int | None, *, photos: bool = True) -> Base | None:
    """Return the base that is meant; None for "nothing".

    Parameters
    ----------
    task : str
        What it must be for.
    name : str or None
        A name of `list_models`, the path of a model file, "nothing", or None for the task's default model.
    scale : int or None
        Enlargement that it must have; None leaves it open.
    photos : bool
        Whether the default model is that of photos, as `models.default_model` has it.

    Raises
    ------
    ModelNotFoundError
        If there is none of that name, or none for the task.
    InvalidParameterError
        If it is for another task or scale.
    """
    if name == NOTHING:
        return None
    base = _of_name(_default(task, scale, photos) if name is None else name)
    if base.card.task != task:
        raise InvalidParameterError(f"a base model for {task}", f"{base.card.name}, which is for {base.card.task}")
    if scale not in (None, base.card.scale):
        got = f"{base.card.name}, which enlarges {base.card.scale} times"
        raise InvalidParameterError(f"a base model that enlarges {scale} times, as the pairs need", got)
    return base


def _default(task: Task, scale: int | None, photos: bool) -> str:
    try:
        return default_model(task, scale, photo=photos).name
    except ModelNotFoundError as error:
        raise ModelNotFoundError(error.expected, error.got, f"Pass base={NOTHING!r} to begin with none.") from error


def _of_name(name: str) -> Base:
    entries = {entry.name: entry for entry in reversed(catalogue())}
    if name in entries:
        entry = entries[name]
        if entry.card is None:
            raise entry.problem or ModelNotFoundError("a model", name)
        return Base(entry.path, entry.card)
    path = expanded(name)
    if path.suffix == SUFFIX and is_file(path):
        return Base(path, read_card(path))
    there = ", ".join(name for name, entry in entries.items() if entry.card is not None) or "none"
    raise ModelNotFoundError(
        "the name of a model, a path of its file, or 'nothing'", f"{shown(name)}; there are: {there}"
    )
