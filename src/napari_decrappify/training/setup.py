"""How a training is opened, to learn, to be judged, or to search for its learning rate."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ..apply.engine.device import choose_precision
from ..degrade import Crappifier
from ..errors import InvalidParameterError, RecipeError
from ..models import load_model
from .data.pairs import Pairs
from .data.pictures import (
    Pictures,
    PictureSource,
    open_pictures,
    split,
)
from .data.resized_pictures import resized
from .data.size_filter import large_enough, least_side
from .evaluation.evaluator import Evaluator
from .evaluation.repair_evaluation import RepairEvaluation
from .evaluation.sample_evaluation import SampleEvaluation
from .recipes.crappifier import chosen_crappifier, chosen_scenery
from .recipes.files import load_recipe
from .recipes.recipe import Recipe
from .running.context import TrainingContext, build_context
from .running.distributed import ProcessGroup
from .running.recorder import Recorder
from .running.run_folder import RunFolder
from .running.trainer import Trainer

WATCHED_SIDE = 512


def chosen_recipe(recipe: str | Path | Recipe, overrides: Sequence[str], start: str | None) -> Recipe:
    """Return the recipe that is meant; with `start`, or one in the recipe, a model's net and weights are its generator.

    Where the recipe doesn't say what counts as damage, the model's rule goes on too.

    Raises
    ------
    RecipeError
        If the model is for another task.
    """
    if isinstance(recipe, Recipe) and overrides:
        raise InvalidParameterError("overrides of a recipe by name or path only", f"some of {recipe.name}, a Recipe")
    chosen = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, overrides)
    start = start or chosen.generator.start
    if start is None:
        return chosen
    card = load_model(start).card
    if card.task != chosen.task:
        raise RecipeError(f"a model for {chosen.task} to go on with, as {chosen.name} is", f"{start}, for {card.task}")
    net = {"architecture": card.architecture, "options": card.options, "start": start}
    rule = {name: one for name, one in card.damage_fields.items() if name not in chosen.card.model_fields_set}
    parts = {"generator": chosen.generator.model_copy(update=net), "card": chosen.card.model_copy(update=rule)}
    return chosen.model_copy(update=parts)


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Release at the end what has been left of nets: they and their modules refer to each other."""
    try:
        yield
    finally:
        gc.collect()
        torch.cuda.empty_cache()


class TrainingSetup:
    """A training that is opened: pairs, where and how precisely it computes, and from these its nets and its trainer.

    `train`, fine-tuning and `find_learning_rate` begin with it.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    pictures, held_out : Pictures
        What it learns from, and what it is judged on.
    process_group : ProcessGroup
        The processes that train together.
    precision : str
        auto, fp32, bf16 or fp16.
    fonts : path, optional
        Folder of font files for degradations that draw text.

    Attributes
    ----------
    pairs : Pairs
        What it learns from, with the recipe's crappifier.
    precision : torch.dtype
        That nets compute in.

    Raises
    ------
    InvalidParameterError, DeviceError
        For a precision that the device doesn't have.
    """

    def __init__(
        self,
        recipe: Recipe,
        pictures: Pictures,
        held_out: Pictures,
        process_group: ProcessGroup,
        precision: str,
        fonts: str | Path | None = None,
    ) -> None:
        self.recipe, self.process_group, self._held_out = recipe, process_group, held_out
        data = recipe.data
        made = chosen_crappifier(data, fonts), data, recipe.seed, chosen_scenery(data, fonts)
        self.pairs = Pairs(pictures, *made)
        self.precision = training_precision(precision, process_group.device)

    def build_context(self) -> TrainingContext:
        """Build the nets, as they are before the first step."""
        return build_context(self.recipe, self.process_group, self.precision)

    def open_trainer(self, run: RunFolder, minutes: float | None, watched: Pictures | None = None) -> Trainer:
        """Return what trains the nets from where a run folder stands; it alone holds them.

        Parameters
        ----------
        run : RunFolder
            Where it writes; nets, optimisers and place come from its last checkpoint, if it has one.
        minutes : float, optional
            Time budget.
        watched : Pictures, optional
            What the nets make of these is drawn at each evaluation, and doesn't count.
        """
        context = self.build_context()
        evaluator = _evaluator(context, self.pairs.crappifier, self._held_out, watched)
        return Trainer(context, run, Recorder(context, run, evaluator), self.pairs, minutes)


def open_training(
    recipe: Recipe,
    data: PictureSource,
    process_group: ProcessGroup,
    precision: str,
    *,
    crappy: PictureSource | None = None,
    val: str | Path | None = None,
    fonts: str | Path | None = None,
) -> TrainingSetup:
    """Open a training on pictures that are large enough; without `val`, the recipe's share of them is held out."""
    pictures = large_enough(open_pictures(data, crappy), least_side(recipe))
    training, held_out = split(pictures, 0.0 if val else recipe.data.held_out, recipe.seed)
    judged = open_pictures(val) if val else held_out
    return TrainingSetup(recipe, training, judged, process_group, precision, fonts)


def _evaluator(
    context: TrainingContext, crappifier: Crappifier, held_out: Pictures, watched: Pictures | None
) -> Evaluator:
    """Return what judges the nets on held-out pictures: by what they repair, or by what they make from noise."""
    recipe, pictures = context.recipe, resized(held_out, context.recipe.data.resize)
    if context.generator.noise:
        return Evaluator(context, SampleEvaluation(recipe, pictures))
    return Evaluator(context, RepairEvaluation(recipe, pictures, crappifier), _shown(recipe, crappifier, watched))


def _shown(recipe: Recipe, crappifier: Crappifier, watched: Pictures | None) -> RepairEvaluation | None:
    if watched is None:
        return None
    all_of_them = {"pictures": len(watched), "gallery": len(watched), "size": WATCHED_SIDE}
    evaluation = recipe.evaluation.model_copy(update=all_of_them)
    return RepairEvaluation(recipe.model_copy(update={"evaluation": evaluation}), watched, crappifier)


def training_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the number format of a training: as for applying a model, and float16 on CUDA, with scaled losses."""
    if name != "fp16":
        return choose_precision(name, device)
    if device.type != "cuda":
        raise InvalidParameterError("precision fp16 on a CUDA device only", str(device), "Use precision='auto'.")
    return torch.float16
