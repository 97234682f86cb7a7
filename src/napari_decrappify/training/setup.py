"""What a training, or a search for its learning rate, begins with: recipe, pairs, nets and evaluator."""

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
from .evaluation.repair_evaluation import Evaluation
from .evaluation.sample_evaluation import SampleEvaluation
from .recipes.crappifier import chosen_crappifier
from .recipes.files import load_recipe
from .recipes.recipe import Recipe
from .running.context import TrainingContext, build_context
from .running.distributed import ProcessGroup

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


def prepare_pairs(
    recipe: Recipe, data: PictureSource, crappy: PictureSource | None, fonts: str | Path | None, held_out: float
) -> tuple[Pairs, Pictures]:
    """Return training pairs of all pictures that are large enough but a share, and the pictures of that share."""
    pictures = large_enough(open_pictures(data, crappy), least_side(recipe))
    training, held = split(pictures, held_out, recipe.seed)
    return Pairs(training, chosen_crappifier(recipe.data, fonts), recipe.data, recipe.seed), held


def prepare_context(recipe: Recipe, process_group: ProcessGroup, precision: str) -> TrainingContext:
    """Return the nets of a recipe, to learn in the precision of that name."""
    return build_context(recipe, process_group, training_precision(precision, process_group.device))


def prepare_evaluator(
    context: TrainingContext, pairs: Pairs, held: Pictures, watched: Pictures | None = None
) -> Evaluator:
    """Return who judges the nets on held-out pictures: by what they repair, or by what they make from noise.

    What they make of watched pictures is only shown.
    """
    recipe, pictures = context.recipe, resized(held, context.recipe.data.resize)
    if context.generator.noise:
        return Evaluator(context, SampleEvaluation(recipe, pictures))
    return Evaluator(context, Evaluation(recipe, pictures, pairs.crappifier), _shown(recipe, pairs.crappifier, watched))


def _shown(recipe: Recipe, crappifier: Crappifier, watched: Pictures | None) -> Evaluation | None:
    if watched is None:
        return None
    all_of_them = {"pictures": len(watched), "gallery": len(watched), "size": WATCHED_SIDE}
    evaluation = recipe.evaluation.model_copy(update=all_of_them)
    return Evaluation(recipe.model_copy(update={"evaluation": evaluation}), watched, crappifier)


def training_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the number format of a training: as for applying a model, and float16 on CUDA, with scaled losses."""
    if name != "fp16":
        return choose_precision(name, device)
    if device.type != "cuda":
        raise InvalidParameterError("precision fp16 on a CUDA device only", str(device), "Use precision='auto'.")
    return torch.float16
