"""What a training would learn from, to look at before it begins: pieces of the pictures, crappy and clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..degrade import Crappifier
from ..models import Task
from ..training.pairs import Pairs
from ..training.recipe_crappifier import chosen_crappifier
from ..training.recipe_data import DataConfig
from .collection import items_of, open_items, scale_between
from .compose import Wish, compose
from .data_summary import summarize


@dataclass(frozen=True)
class Example:
    """One pair as the net sees it: 8-bit, (Y, X, 3).

    Parameters
    ----------
    input : ndarray
        Worse; smaller for an upscaler.
    target : ndarray
        Clean.
    mask : ndarray
        (Y, X), bool, of the size of `input`: what was written over.
    """

    input: npt.NDArray[np.uint8]
    target: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_]


def examples(
    images: Any,
    *,
    task: Task = "upscale",
    base: str | None = None,
    recipe: str = "quick",
    crappifier: str | Path | Crappifier | None = None,
    crappy: Any = None,
    patch: int | None = None,
    seed: int = 0,
    fonts: str | Path | None = None,
    count: int = 6,
) -> list[Example]:
    """Return the first pairs that `finetune` would learn from, by the same keywords; what isn't in them isn't repaired.

    Parameters
    ----------
    images, task, base, recipe, crappifier, crappy, patch, seed, fonts
        As for `finetune`.
    count : int
        How many.

    Raises
    ------
    DecrappifyError
        As `finetune`, but for constant images.
    """
    items, pairs = items_of(images), [] if crappy is None else items_of(crappy)
    composed = compose(Wish(task, base, recipe, crappifier, patch, seed, (), ()), scale_between(items, pairs))
    summary = summarize(items, patch=patch, preferred=composed.preferred, multiple=composed.multiple)
    data = DataConfig.model_validate({**composed.tables["data"], "patch": summary.patch})
    made = Pairs(open_items(items, pairs), chosen_crappifier(data, fonts), data, seed)
    return [Example(*_bytes(made.pair(0, number))) for number in range(count)]


def _bytes(pair: Sequence[npt.NDArray[Any]]) -> tuple[Any, ...]:
    crappy, clean, mask = pair
    return (*(one if one.dtype == np.uint8 else np.rint(one * 255).astype(np.uint8) for one in (crappy, clean)), mask)
