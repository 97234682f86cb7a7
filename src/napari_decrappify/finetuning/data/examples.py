"""What a training would learn from, to look at before it begins: pieces of the pictures, crappy and clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...training.data.pairs import Pairs
from ...training.recipes.crappifier import chosen_crappifier, chosen_scenery
from ..estimate import estimate_training
from ..request import FinetuneRequest
from .collection import open_items


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


def examples(request: FinetuneRequest, *, fonts: str | Path | None = None, count: int = 6) -> list[Example]:
    """Return the first pairs that `finetune` would learn from; what isn't in them isn't repaired.

    Parameters
    ----------
    request : FinetuneRequest
        What would be asked of `finetune`.
    fonts : path, optional
        Font files for crappifiers that write.
    count : int
        How many.

    Raises
    ------
    DecrappifyError
        As `finetune`, but for constant images.
    """
    seen = estimate_training(request)
    data = seen.recipe.data
    how = chosen_crappifier(data, fonts), data, request.seed, chosen_scenery(data, fonts)
    made = Pairs(open_items(seen.clean, seen.crappy), *how)
    return [Example(*_bytes(made.pair(0, number))) for number in range(count)]


def _bytes(pair: Sequence[npt.NDArray[Any]]) -> tuple[Any, ...]:
    crappy, clean, mask, _ = pair
    return (*(one if one.dtype == np.uint8 else np.rint(one * 255).astype(np.uint8) for one in (crappy, clean)), mask)
