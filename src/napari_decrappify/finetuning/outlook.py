"""What a training would be like, before it begins: its recipe, and how much there is to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..training.recipe import Recipe
from .collection import items_of, scale_between
from .compose import Composed, compose
from .data_summary import DataSummary, summarize
from .wish import Wish

NAME = "outlook"


@dataclass(frozen=True)
class Outlook:
    """What comes of a wish.

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


def outlook(wish: Wish) -> Outlook:
    """Return what `finetune` would do with these wishes; nothing is written, and no pixel is read.

    Raises
    ------
    DecrappifyError
        As `finetune`, as far as that doesn't take looking at pixels.
    """
    clean, crappy = items_of(wish.images), [] if wish.crappy is None else items_of(wish.crappy)
    composed = compose(wish, scale_between(clean, crappy))
    summary = summarize(clean, patch=wish.patch, preferred=composed.preferred, multiple=composed.multiple)
    return Outlook(clean, crappy, composed, composed.recipe(NAME, None, summary), summary)
