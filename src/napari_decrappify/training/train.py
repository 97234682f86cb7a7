"""The call that trains: from a recipe and pictures to a model file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy.typing as npt

from ..jobs import Call, Job, ProgressCallback
from ..parameters import Doc
from .recipes.recipe import Recipe
from .running.events import TrainingResult
from .running.run_folder import RunFolder

RecipeChoice: TypeAlias = Annotated[
    str | Path | Recipe, Doc("Name of a recipe in the package, or path of a TOML file.")
]
TrainingPictures: TypeAlias = Annotated[
    str | Path | Sequence[npt.NDArray[Any]], Doc("Folder of clean pictures (or arrays).")
]
CrappyPictures: TypeAlias = Annotated[
    str | Path | Sequence[npt.NDArray[Any]] | None,
    Doc("Folder of the crappy side of given pairs (or arrays), instead of the recipe's crappifier."),
]
Fonts: TypeAlias = Annotated[str | Path | None, Doc("Folder of font files for degradations that draw text.")]
Start: TypeAlias = Annotated[str | None, Doc("Name or path of a model to go on with, instead of fresh weights.")]
Overrides: TypeAlias = Annotated[Sequence[str], Doc("Changes to the recipe, such as stages.0.steps=100.")]
DeviceName: TypeAlias = Annotated[str, Doc("auto, cpu, cuda or mps.")]
PrecisionName: TypeAlias = Annotated[
    str, Doc("auto, fp32, bf16, or fp16 on CUDA: auto takes bf16 where the processor has it.")
]


@Call
def train(
    recipe: RecipeChoice,
    data: TrainingPictures,
    out: Annotated[str | Path, Doc("Run folder: recipe, metrics, previews, checkpoints and the model.")],
    *,
    crappy: CrappyPictures = None,
    val: Annotated[str | Path | None, Doc("Folder of pictures to evaluate on, instead of a share of the data.")] = None,
    fonts: Fonts = None,
    start: Start = None,
    minutes: Annotated[float | None, Doc("Time budget; the schedule is fitted into it.", minimum=0.01)] = None,
    resume: Annotated[bool, Doc("Go on with the run in the folder.")] = False,
    overrides: Overrides = (),
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
    progress: ProgressCallback | None = None,
) -> Job[TrainingResult]:
    """Train a generator by a recipe, from pictures that need no labels.

    Under ``torchrun`` the processes share each batch, and the first one writes the run folder.

    Parameters
    ----------
    recipe : str, Path or Recipe
        What to train: a name (``"upscale-x2"``), a TOML file, or a recipe.
    data : str, Path or sequence of ndarray
        Clean pictures: a folder, searched with its sub-folders, or arrays (Y, X), (Y, X, 3) or stacks of them, NumPy,
        memory-mapped or dask.
    out : str or Path
        The run folder. The model appears there as ``<recipe name>.safetensors`` at the end.
    crappy : str, Path or sequence of ndarray, optional
        What belongs to each of `data`, worse: given pairs. The recipe's crappifier isn't used then.
    val : str or Path, optional
        Pictures to evaluate on. By default a share of `data`, split by picture, is held out.
    fonts : str or Path, optional
        Font files (.ttf, .otf) for text; Pillow's default font otherwise.
    start : str, optional
        A model whose net and weights are the starting point; the recipe's own generator isn't built then.
    minutes : float, optional
        The most it may take. Each stage gets the share that its steps are of all; learning rates fall in time.
    resume : bool
        Go on from ``checkpoints/last.safetensors``: on a CPU the numbers are those of a run never stopped.
    overrides : sequence of str
        ``"dotted.key=value"``, see `load_recipe`.
    device, precision : str
        Where and how to compute.
    progress : callable, optional
        Receives a `Progress` a step; its payload is a `Begun` where a stage begins, an `Evaluated` after each
        evaluation, a `Parted` where memory has run out, a `LeftOut` where a picture turns out too small or broken and
        the training goes on without it, a `Learned` otherwise.

    Raises
    ------
    RecipeError, TrainingError, FileReadError, FileWriteError
        For a recipe that doesn't validate, a foreign run folder, no pictures, files whose heads say that they can't be
        read (before the first step, and all are named), broken ones if they are a tenth or more, a loss that is not
        finite.
    """
    from ..apply.engine.device import choose_device
    from .running.distributed import join_process_group
    from .setup import chosen_recipe, memory_given_back, open_training

    chosen = chosen_recipe(recipe, overrides, start)
    with memory_given_back(), join_process_group(choose_device(device)) as process_group:
        setup = open_training(chosen, data, process_group, precision, crappy=crappy, val=val, fonts=fonts)
        run = RunFolder(Path(out), chosen, resume, process_group.leads)
        return (yield from setup.open_trainer(run, minutes).run())
