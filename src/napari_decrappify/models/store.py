"""The models there are: those that come with the package, and the user's own.

A model goes by the name of its file without the suffix: who renames the file renames the model. Names are written
into records and scripts, so a file whose name is none that a card may have is listed with the advice to rename it, and
never loaded. A bundled name always means the bundled model, so that a script does the same everywhere; a user's file
of that name is listed with the same advice, and can still be loaded by its path.
"""

from __future__ import annotations

import difflib
import functools
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import platformdirs

from ..bounds import expanded, is_file
from ..errors import (
    DecrappifyError,
    InvalidParameterError,
    ModelFileError,
    ModelNotFoundError,
)
from ..parameters import checked
from ..tasks import Task, task_named
from ..type_checks import shown
from .card import LONGEST_NAME, ModelCard, is_model_name
from .file import Model, load_model_file, read_card

if TYPE_CHECKING:
    from torch import Tensor

    from ..nets import Generator

SUFFIX = ".safetensors"
CACHED = 4
REMEMBERED = 256
Origin: TypeAlias = Literal["bundled", "user"]


@dataclass(frozen=True)
class Entry:
    """A file of the store: its card, or the problem that it has."""

    name: str
    path: Path
    origin: Origin
    card: ModelCard | None = None
    problem: DecrappifyError | None = None


def bundled_folder() -> Path:
    """Return the folder of the models that come with the package."""
    return Path(__file__).parent / "bundled"


def user_folder() -> Path:
    """Return the folder of the user's own models.

    The environment variable DECRAPPIFY_MODELS names it, or DECRAPPIFY_HOME the folder whose "models" it is.
    """
    chosen, home = (os.environ.get(name) for name in ("DECRAPPIFY_MODELS", "DECRAPPIFY_HOME"))
    if chosen:
        return Path(chosen).expanduser()
    base = Path(home).expanduser() if home else platformdirs.user_data_path("napari-decrappify", appauthor=False)
    return base / "models"


def user_model_path(name: str) -> Path:
    """Return where a user's model of this name is kept, whether it exists or not.

    Raises
    ------
    InvalidParameterError
        If a bundled model has that name, or if it is none that a card may have.
    """
    _check_name(name)
    if is_file(bundled_folder() / f"{name}{SUFFIX}"):
        raise InvalidParameterError("a name that no bundled model has", repr(name))
    return user_folder() / f"{name}{SUFFIX}"


def catalogue() -> list[Entry]:
    """Return every model file of the store, bundled ones first, damaged ones with their problem."""
    bundled = [_entry(path, "bundled") for path in _files(bundled_folder())]
    taken = {entry.name for entry in bundled}
    return bundled + [_entry(path, "user", path.stem in taken) for path in _files(user_folder())]


@checked
def list_models(task: Task | None = None) -> list[ModelCard]:
    """Return the cards of the models that can be loaded by name, bundled ones first.

    Parameters
    ----------
    task : str, optional
        Only those for this task.

    Raises
    ------
    InvalidParameterError
        For a task that there isn't.
    """
    task = None if task is None else task_named(task).name
    cards = [entry.card for entry in catalogue() if entry.card is not None]
    return [card for card in cards if task in (None, card.task)]


@checked
def load_model(name_or_path: str | Path, device: str = "cpu") -> Model:
    """Load a model by its name in the store, or by the path of its file.

    The few models used last are kept in memory, until their files change.

    Parameters
    ----------
    name_or_path : str or Path
        A name of `list_models`, or a path: a `Path`, or a string with a separator or ending in ".safetensors".
    device : str
        Where the weights go, as `torch.device` takes it.

    Raises
    ------
    ModelNotFoundError
        If there is none of that name; the message lists those there are and the closest one.
    InvalidParameterError
        If its file has a name that no model can have.
    ModelFileError, FileReadError
        If its file is damaged or unreadable.
    """
    path = _path_of(name_or_path)
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        raise ModelNotFoundError("the path of a model file", f"{shown(str(path))} ({error})") from error
    return _load(path.absolute(), state.st_mtime_ns, state.st_size, str(device))


def default_model(task: Task, scale: int | None = None, *, photo: bool = True) -> ModelCard:
    """Return the card of the model that does a task where the caller names none.

    A bundled model comes before a user's, so that a script does the same everywhere. Then one that bears the task's
    plain name ("restore", "upscale-x4") comes before others, which are for special pictures or tastes, and a faithful
    one before one that adds texture; then one of just this scale before one that reaches it when it is applied again
    and again (x4 from twice x2).

    Parameters
    ----------
    task : str
        One of `tasks.TASKS`.
    scale : int, optional
        Enlargement that it must reach.
    photo : bool
        Whether it is for a photo, as `planes.is_photo` tells. To restore, "denoise" comes before "restore" where it
        isn't: what undoes JPEG and writing in photos makes micrographs worse.

    Raises
    ------
    InvalidParameterError
        For a task that there isn't.
    ModelNotFoundError
        If there is none for that task and scale.
    """
    task = task_named(task).name
    fitting = [
        (entry.origin != "bundled", _place(entry.card, photo), entry.card.fidelity is not None, times, entry.card)
        for entry in catalogue()
        if entry.card is not None and entry.card.task == task
        if (times := 1 if scale is None else repeats(entry.card.scale, scale))
    ]
    if fitting:
        return min(fitting, key=lambda rank: rank[:-1])[-1]
    wanted = f"a model for {task}" + (f" that enlarges {scale} times" if scale is not None else "")
    raise ModelNotFoundError(wanted, _what_there_is(), f"Train one, or put its file into {user_folder()}.")


def _place(card: ModelCard, photo: bool) -> int:
    """Return where a model stands among those that are the default by their names; all others stand behind them."""
    names = task_named(card.task).default_names(card.scale, photo=photo)
    return names.index(card.name) if card.name in names else len(names)


def repeats(scale: int, wanted: int) -> int:
    """Return how often a model of that scale must be applied to enlarge so many times; 0 if it can't."""
    times, reached = 1, scale
    while reached < wanted and scale > 1:
        times, reached = times + 1, reached * scale
    return times if reached == wanted else 0


def verify(name_or_path: str | Path) -> ModelCard:
    """Load a model past the cache and run it on a small picture.

    Raises
    ------
    ModelNotFoundError, ModelFileError, FileReadError
        If that fails, or if the output is of the wrong shape or not finite.
    InvalidParameterError
        If its file has a name that no model can have.
    """
    path = _path_of(name_or_path)
    return _named(tried(path), path)


def tried(path: Path) -> ModelCard:
    """Return the card in a model file, whatever the file is called, after having run it; raise as `verify` does."""
    import torch

    model = load_model_file(path)
    side = 2 * model.net.multiple
    with torch.inference_mode():
        image = model.net(_small_input(model.net, side)).image
    expected = (1, 3, side * model.card.scale, side * model.card.scale)
    if (not model.net.noise and tuple(image.shape) != expected) or not torch.isfinite(image).all():
        raise ModelFileError(f"finite output of shape {expected} from {path}", f"shape {tuple(image.shape)}, or NaN")
    return model.card


def _small_input(net: Generator, side: int) -> Tensor:
    """Return a picture of that side with all the channels that a net takes, or its noise."""
    import torch

    shape = (1, net.noise, 1, 1) if net.noise else (1, net.channels, side, side)
    return torch.linspace(0, 1, math.prod(shape)).reshape(shape)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def _entry(path: Path, origin: Origin, taken: bool = False) -> Entry:
    try:
        card = _read(path)
    except DecrappifyError as problem:
        return Entry(path.stem, path, origin, problem=problem)
    if taken:
        clash = InvalidParameterError("a name that no bundled model has", path.stem, f"Rename {path}.")
        return Entry(path.stem, path, origin, problem=clash)
    return Entry(path.stem, path, origin, card)


def _read(path: Path) -> ModelCard:
    """Return the card in a file, with the file's name, from memory as long as the file is the same."""
    try:
        state = path.stat()
    except OSError:
        return _named(read_card(path), path)  # says what is wrong
    return _remembered(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=REMEMBERED)
def _remembered(path: Path, mtime_ns: int, size: int) -> ModelCard:
    return _named(read_card(path), path)


def _check_name(name: str) -> None:
    if not is_model_name(name):
        expected = f"a model name: at most {LONGEST_NAME} letters, digits, dots, dashes and underscores (a-z, 0-9)"
        raise InvalidParameterError(expected, shown(name), "Give it another name.")


def _named(card: ModelCard, path: Path) -> ModelCard:
    """Return a card with the name of its file; raise `InvalidParameterError` if no model can have that."""
    _check_name(path.stem)
    return card.model_copy(update={"name": path.stem})


def _path_of(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(SUFFIX) or any(mark in text for mark in "/\\"):
        return expanded(name_or_path)
    entries = {entry.name: entry for entry in reversed(catalogue())}
    if text not in entries:
        close = difflib.get_close_matches(text, entries, 1)
        raise ModelNotFoundError(
            "the name of a model or the path of its file",
            f"{shown(text)}; {_what_there_is()}",
            f"Did you mean {close[0]!r}?" if close else "",
        )
    return entries[text].path


def _what_there_is() -> str:
    cards = list_models()
    return "models there are: " + (", ".join(f"{card.name} ({card.task} x{card.scale})" for card in cards) or "none")


@functools.lru_cache(maxsize=CACHED)
def _load(path: Path, mtime_ns: int, size: int, device: str) -> Model:
    model = load_model_file(path, device)
    return Model(_named(model.card, path), model.net, model.sha256, path)
