"""The calls that train further: from pictures and a base to a better model for such pictures."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from ..bounds import expanded
from ..degrade import Crappifier
from ..errors import InvalidParameterError, TrainingError
from ..jobs import (
    Call,
    Job,
    Progress,
    ProgressCallback,
)
from ..parameters import Doc
from ..tasks import Task, finetuned_tasks
from ..training.data.pictures import ArrayPictures
from ..training.train import (
    DeviceName,
    Fonts,
    Overrides,
    PrecisionName,
)
from .base import Base
from .data.collection import open_item, open_items, write_items
from .data.noise import noise_warnings
from .data.pieces import Watched, watched_pieces
from .estimate import TrainingEstimate, estimate_training
from .process.events import Prepared
from .request import FinetuneRequest
from .result import Finetuned
from .run import Run, open_run, runs_folder
from .run_spec import RunSpec
from .saving import check_name, free_name
from .session import session

InChild = Annotated[
    bool,
    Doc("Train in a process of its own at low priority, as a window needs it.", label="In a process of its own"),
]


@Call
def finetune(
    images: Any,
    *,
    task: Annotated[Task, Doc("What the model is for.", choices=finetuned_tasks())] = "upscale",
    base: Annotated[
        str | None, Doc("Model to go on from; the task's default one if left out; 'nothing' begins from scratch.")
    ] = None,
    recipe: Annotated[
        str,
        Doc(
            "How it is trained: quick, feature, gan, nogan, watermark-gan, infill, neighbor2neighbor, noise2void, or a "
            "file."
        ),
    ] = "quick",
    crappifier: Annotated[
        str | Path | Crappifier | None,
        Doc("What makes the pictures worse: a preset, or the .json file of a composition; what the base learned from."),
    ] = None,
    crappy: Annotated[Any, Doc("The crappy side of given pairs, instead of a crappifier.")] = None,
    minutes: Annotated[float, Doc("The time that it may take.", minimum=0.01, maximum=100_000)] = 5.0,
    name: Annotated[str | None, Doc("Of the new model; from base and recipe if left out.")] = None,
    holdout: Annotated[
        float, Doc("Share of the pictures that is only judged, never learned from.", minimum=0, maximum=0.9)
    ] = 0.2,
    watched: Annotated[
        Watched, Doc("Places to see repaired at each evaluation: (picture, y, x, height, width), in pixels.")
    ] = (),
    patch: Annotated[
        int | None, Doc("Side of the pieces that it learns from, in pixels; a multiple of 16.", minimum=16)
    ] = None,
    skip: Annotated[Sequence[int], Doc("Stages of the recipe to leave out, from 0.")] = (),
    overrides: Overrides = (),
    seed: Annotated[int, Doc("Every draw follows from it.", minimum=0)] = 0,
    fonts: Fonts = None,
    names: Sequence[str] = (),
    out: Annotated[str | Path | None, Doc("Run folder; a new one among the user's runs if left out.")] = None,
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
    child: InChild = False,
    progress: ProgressCallback | None = None,
) -> Job[Finetuned]:
    """Train a model further on one's own pictures.

    Some pictures are held out. On them the base is judged before the first step, and the model ever so often after
    that; the best moment is kept, and if none beat the base, the base stays the model to use. The clock says when: the
    first time within ten seconds and six times or more within `minutes`, but later and fewer where judging would take
    more than a third of the time. ``overrides=["evaluation.every=50"]`` counts steps instead.

    Parameters
    ----------
    images : ndarray, dask array, path, or sequence of them
        Clean pictures, or noisy ones for such recipes: arrays (Y, X), (Y, X, 3) or stacks of such planes, of any
        supported dtype; folders, files, .npy or zarr. Arrays are copied into the run folder, so that it can be resumed
        after a crash.
    task : str
        What the model is for.
    base : str, optional
        A name of `list_models`, or the path of a model file. Its net is kept. By default the model that the task runs
        on such images by default: to restore, "restore" for 8-bit ones in colour and for files, else "denoise", as for
        "neighbor2neighbor".
    recipe : str
        A name of `finetuning.recipe_names(task)`, or the path of a TOML file of that form: "quick" for fidelity,
        "feature" for looks, "gan", "nogan" and "watermark-gan" with a critic, "infill". "neighbor2neighbor" needs
        no clean pictures: `images` are noisy ones, from which it learns to take noise away that differs from pixel to
        pixel, by foretelling pixels from those beside them (Huang et al., 2021). "noise2void" (Krull et al., 2019)
        guesses hidden ones, which suits smooth objects; "noise2void-rows" and "noise2void-columns" are for noise that
        goes on along lines (Broaddus et al., 2020). All are judged by noisy pixels of held-out pictures.
    crappifier : str, Path or Crappifier, optional
        What the model will repair is what this does: what isn't in it isn't repaired. For a watermark of one's own:
        ``Crappifier((StampPicture.of(logo),))``.
    crappy : like `images`, optional
        For each of `images` the same, worse; for an upscaler a whole number of times smaller.
    minutes : float
        The schedule is fitted into it. It is time of training; waiting for another training doesn't count.
    name : str, optional
        Letters, digits, dots, dashes and underscores, in lower case.
    holdout : float
        Of a single picture, the lower part of that share is held out. With 0 it is judged on what it learned from.
    watched : sequence of tuple of int
        Rectangles of `images`, whose planes are counted from 0, one image after the other: at each evaluation they are
        made worse and repaired, for `Run.watched` to show. The figures don't count them. Of a large one the middle,
        512 pixels a side, is shown.
    patch : int, optional
        What suits the recipe by default, less where the pictures are smaller.
    skip, overrides : sequence
        Stages to leave out; ``"dotted.key=value"`` changes to the recipe, as for `train`. Stages count from 0 in both,
        as in the whole recipe.
    seed : int
        With `overrides` that end the stages by steps, and count the steps between evaluations, the same seed gives
        the same model on a CPU, interrupted and resumed or not. By the clock, rates and the best moment depend on it.
    fonts : path, optional
        Font files for crappifiers that write.
    names : sequence of str
        What the images are called, for the model's card.
    out : path, optional
        It must not exist yet, or be empty.
    device, precision : str
        Where and how to compute.
    child : bool
        Train in a process of its own. It ends, with a checkpoint, when this one does.
    progress : callable, optional
        Receives a `Progress` a step. Payloads: `Prepared` before the first step, with the run and its controls;
        `Waiting` while another training holds the lock; `Placed`, where it computes; `Begun` where a stage begins;
        `Learned` with the figures of a step; `Evaluated` with figures, preview and warnings; `Paused`.

    Returns
    -------
    Finetuned
        Name, path and card of the model to use; the history; whether it is better than the base.

    Raises
    ------
    InvalidImageError
        For no pictures, NaN, constant ones, grey and colour ones together, or such as are smaller than a patch.
    ModelNotFoundError, InvalidParameterError, RecipeError
        For a base, crappifier, recipe or name that can't be, or that don't fit together.
    TrainingError, FileReadError, FileWriteError
        For a foreign run folder, pictures that have gone, a full disk. The run can be resumed then.
    """
    request = FinetuneRequest(
        images, crappy, task, base, recipe, crappifier, patch, seed, tuple(skip), tuple(overrides)
    )
    seen = estimate_training(request)
    start = seen.composed.base
    chosen = check_name(name) if name else free_name(f"{start.card.name if start else task}-{recipe}")
    folder = _new_folder(out, chosen)
    asked = {"names": tuple(names), "minutes": minutes, "holdout": holdout, "device": device, "precision": precision}
    asked |= {"fonts": None if fonts is None else str(fonts), "watched": tuple(watched)}
    try:
        spec = yield from _written_spec(folder, chosen, seen, asked)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    run = Run(folder, spec)
    of_noise = noise_warnings(open_items(run.clean)) if spec.recipe.loss.alone else ()
    return (yield from _started(run, child, (*seen.summary.warnings, *of_noise)))


@Call
def resume(
    run: Annotated[str | Path | Run, Doc("A run of `runs()`, or its folder.")],
    *,
    child: InChild = False,
    progress: ProgressCallback | None = None,
) -> Job[Finetuned]:
    """Go on with a run that was interrupted, from its last checkpoint, within what is left of its time.

    Parameters
    ----------
    run : Run or path
        One that is "prepared", "unfinished" or "failed", or that was stopped before its time; what comes of that is one
        more model.
    child, progress
        As for `finetune`.

    Raises
    ------
    TrainingError
        If it is going on, or over.
    """
    found = run if isinstance(run, Run) else open_run(run)
    if not found.resumable:
        raise TrainingError("a run that can go on", f"{found.folder.name}, which is {found.state}")
    return (yield from _started(found, child, ()))


def _started(run: Run, child: bool, warnings: tuple[str, ...]) -> Job[Finetuned]:
    if child:
        from .process.process import TrainingProcess

        process = TrainingProcess(run)
        yield Progress(0, 1, "Starting", Prepared(run, process, warnings))
        return (yield from process.job())
    yield Progress(0, 1, "Starting", Prepared(run, None, warnings))
    return (yield from session(run))


def _new_folder(out: str | Path | None, name: str) -> Path:
    if out is None:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        return runs_folder() / f"{stamp}-{name}"
    folder = expanded(out).absolute()
    if folder.exists() and any(folder.iterdir()):
        raise TrainingError("a new run folder", f"{folder}, which isn't empty", "To go on with a run, use resume.")
    return folder


def _written_spec(folder: Path, name: str, seen: TrainingEstimate, asked: dict[str, Any]) -> Job[RunSpec]:
    """Copy base and pictures into the run folder, and write down what is to be done with them."""
    clean = yield from write_items(folder, seen.clean, "clean")
    crappy = yield from write_items(folder, seen.crappy, "crappy")
    pictures = open_items(*([folder / file for file in side] for side in (clean, crappy)))
    watched_pieces(pictures, asked["watched"])
    composed = seen.composed
    start = None if composed.base is None else composed.base.copy_to(folder)
    spec = RunSpec(
        name=name,
        task=composed.request.task,
        base=_name_of(composed.base),
        recipe_name=composed.request.recipe,
        recipe=composed.recipe(_plain(name), start, seen.summary),
        clean=tuple(clean),
        crappy=tuple(crappy),
        intensities=_intensities(folder, clean),
        pictures=len(pictures),
        patches=seen.summary.patches,
        created=datetime.now(UTC).isoformat(),
        **asked,
    )
    spec.write(folder)
    return spec


def _name_of(base: Base | None) -> str | None:
    return None if base is None else base.path.stem


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9._-]", "-", name.lower()).lstrip("._-")
    if not plain:
        raise InvalidParameterError("a model name with letters or digits", repr(name))
    return plain


def _intensities(folder: Path, clean: Sequence[str]) -> tuple[tuple[float, float], ...]:
    opened = [open_item(folder / name) for name in clean if name.startswith("data/")]
    scales = [scale for one in opened if isinstance(one, ArrayPictures) for scale in one.intensities]
    return tuple((scale.low, scale.high) for scale in scales)
