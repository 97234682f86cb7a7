"""What a training would be like, before it begins: its recipe, and how much there is to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..degrade import Crappifier
from ..models import Task
from ..training.recipe import Recipe
from .collection import items_of, scale_between
from .compose import Wish, compose
from .data_summary import DataSummary, summarize

NAME = "outlook"


class Outlook(NamedTuple):
    """The recipe that would be trained, and what of the pictures it would learn from."""

    recipe: Recipe
    summary: DataSummary


def outlook(
    images: Any,
    *,
    task: Task = "upscale",
    base: str | None = None,
    recipe: str = "quick",
    crappifier: str | Path | Crappifier | None = None,
    crappy: Any = None,
    patch: int | None = None,
    skip: Sequence[int] = (),
    overrides: Sequence[str] = (),
) -> Outlook:
    """Return what `finetune` would do by the same keywords; nothing is written, and no pixel is read.

    Raises
    ------
    DecrappifyError
        As `finetune`, as far as that doesn't take looking at pixels.
    """
    items, worse = items_of(images), [] if crappy is None else items_of(crappy)
    composed = compose(Wish(task, base, recipe, crappifier, patch, 0, skip, overrides), scale_between(items, worse))
    summary = summarize(items, patch=patch, preferred=composed.preferred, multiple=composed.multiple)
    return Outlook(composed.recipe(NAME, None, summary), summary)
