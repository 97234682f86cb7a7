"""The call that trains: from a recipe and pictures to a model file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy.typing as npt
import torch

from ..apply.device import choose_device, choose_precision
from ..errors import InvalidParameterError, TrainingError
from ..jobs import Call, Job, ProgressCallback
from ..models import load_model
from ..parameters import Doc
from .distributed import joined_crew
from .evaluation import Evaluation
from .events import TrainingResult
from .jury import Jury
from .pairs import Pairs, find_crappifier
from .pictures import open_pictures, split
from .recipe import Recipe
from .recipe_files import load_recipe
from .recorder import Recorder
from .resized_pictures import resized
from .run_folder import RunFolder
from .sample_evaluation import SampleEvaluation
from .studio import open_studio
from .trainer import Trainer


@Call
def train(
    recipe: Annotated[str | Path | Recipe, Doc("Name of a recipe in the package, or path of a TOML file.")],
    data: Annotated[str | Path | Sequence[npt.NDArray[Any]], Doc("Folder of clean pictures (or arrays).")],
    out: Annotated[str | Path, Doc("Run folder: recipe, metrics, previews, checkpoints and the model.")],
    *,
    crappy: Annotated[
        str | Path | Sequence[npt.NDArray[Any]] | None,
        Doc("Folder of the crappy side of given pairs (or arrays), instead of the recipe's crappifier."),
    ] = None,
    val: Annotated[str | Path | None, Doc("Folder of pictures to evaluate on, instead of a share of the data.")] = None,
    fonts: Annotated[str | Path | None, Doc("Folder of font files for degradations that draw text.")] = None,
    start: Annotated[str | None, Doc("Name or path of a model to go on with, instead of fresh weights.")] = None,
    minutes: Annotated[float | None, Doc("Time budget; the schedule is fitted into it.", minimum=0.01)] = None,
    resume: Annotated[bool, Doc("Go on with the run in the folder.")] = False,
    overrides: Annotated[Sequence[str], Doc("Changes to the recipe, such as stages.0.steps=100.")] = (),
    device: Annotated[str, Doc("auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[
        str, Doc("auto, fp32, bf16, or fp16 on CUDA: auto takes bf16 where the processor has it.")
    ] = "auto",
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
        Receives a `Progress` a step; its payload is an `Evaluated` after each evaluation.

    Raises
    ------
    RecipeError, TrainingError, FileWriteError
        For a recipe that doesn't validate, a foreign run folder, no pictures, a loss that is not finite.
    """
    chosen = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, overrides)
    if start is not None:
        chosen = going_on_with(chosen, start)
    with joined_crew(choose_device(device)) as crew:
        training, held = split(open_pictures(data, crappy), 0.0 if val else chosen.data.held_out, chosen.seed)
        crappifier = find_crappifier(chosen.data.preset, font_files(fonts))
        pairs = Pairs(training, crappifier, chosen.data, chosen.seed)
        run = RunFolder(Path(out), chosen, resume, crew.leads)
        studio = open_studio(chosen, crew, training_precision(precision, crew.device))
        held = resized(open_pictures(val) if val else held, chosen.data.resize)
        noise = studio.generator.noise
        examination = SampleEvaluation(chosen, held) if noise else Evaluation(chosen, held, crappifier)
        recorder = Recorder(studio, run, Jury(studio, examination))
        return (yield from Trainer(studio, run, recorder, pairs, minutes).run())


def training_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the number format of a training: as for applying a model, and float16 on CUDA, with scaled losses."""
    if name != "fp16":
        return choose_precision(name, device)
    if device.type != "cuda":
        raise InvalidParameterError("precision fp16 on a CUDA device only", str(device), "Use precision='auto'.")
    return torch.float16


def going_on_with(recipe: Recipe, start: str) -> Recipe:
    """Return the recipe with a model's net and weights for its generator."""
    card = load_model(start).card
    generator = recipe.generator.model_copy(
        update={"architecture": card.architecture, "options": card.options, "start": start}
    )
    return recipe.model_copy(update={"generator": generator})


def font_files(folder: str | Path | None) -> list[str]:
    """Return the .ttf and .otf files below a folder, sorted; none without a folder."""
    if folder is None:
        return []
    found = sorted(str(p) for p in Path(folder).rglob("*") if p.suffix.lower() in (".ttf", ".otf"))
    if not found:
        raise TrainingError("a folder with .ttf or .otf files", f"{folder} with none")
    return found
