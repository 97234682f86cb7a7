"""What a training would be like, before it begins: its recipe, and how much there is to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..training.recipes.recipe import Recipe
from .compose import Composed, compose
from .data.collection import items_of, scale_between
from .data.summary import DataSummary, summarize
from .request import FinetuneRequest

NAME = "estimate"


@dataclass(frozen=True)
class TrainingEstimate:
    """What a request would lead to.

    Parameters
    ----------
    clean, crappy : list
        Arrays and paths one by one; `crappy` is empty where a crappifier makes that side.
    composed : Composed
        The base, and what the recipe is made from.
    recipe : Recipe
        As it would be trained, but for its name and the place of the base.
    summary : DataSummary
        What of the pictures it would learn from.
    """

    clean: list[Any]
    crappy: list[Any]
    composed: Composed
    recipe: Recipe
    summary: DataSummary


def estimate_training(request: FinetuneRequest) -> TrainingEstimate:
    """Return what `finetune` would do with this request; nothing is written, and no pixel is read.

    Raises
    ------
    DecrappifyError
        As `finetune`, as far as that doesn't take looking at pixels.
    """
    clean, crappy = items_of(request.images), [] if request.crappy is None else items_of(request.crappy)
    composed = compose(request, scale_between(clean, crappy))
    summary = summarize(clean, patch=request.patch, preferred=composed.preferred, multiple=composed.multiple)
    return TrainingEstimate(clean, crappy, composed, composed.recipe(NAME, None, summary), summary)
