"""The mark that all pictures of a batch share: solved from some of them before the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..apply.marks.mark import SolvedMark
from ..apply.shared_marks.pictures import MOST
from ..apply.tasks import solve_mark
from ..errors import InvalidImageError
from ..files import BatchItem, ImageFile, read_image
from ..jobs import Job
from .masks import Mask
from .results import axes_of

NOTHING_SHARED = "Nothing is the same in all pictures: they stay as they are."


def shared_mark(items: Sequence[BatchItem], mask: Mask | None, nonfinite: Any, max_pixels: int) -> Job[SolvedMark]:
    """Solve the mark of pictures from some of them, in the mask if there is one.

    Raises
    ------
    InvalidImageError
        For pictures of different sizes, or too few.
    """
    stack, axes = _pictures(items, max_pixels)
    return (yield from solve_mark.job(stack, mask, nonfinite=nonfinite, **axes))


def _pictures(items: Sequence[BatchItem], max_pixels: int) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    """Return some of the pictures, evenly spread, as one stack, and what their files know of its last axis."""
    chosen = [items[round(i)] for i in np.linspace(0, len(items) - 1, min(len(items), MOST))] if items else []
    images = [read_image(item.source, max_pixels=max_pixels) for item in chosen]
    for item, image in zip(chosen, images, strict=True):
        _check_alike(chosen[0], images[0], item, image)
    stack = np.stack([image.array for image in images]) if images else np.empty(0)
    return stack, {"rgb": axes_of(images[0], {}).get("rgb")} if images else {}


def _check_alike(first: BatchItem, one: ImageFile, item: BatchItem, other: ImageFile) -> None:
    """Raise `InvalidImageError` for pictures that can't be under one mark."""
    if (one.array.shape, one.array.dtype) != (other.array.shape, other.array.dtype):
        raise InvalidImageError(
            f"pictures of one size and kind under a shared mark: {one.array.shape} {one.array.dtype}, as {first.name}",
            f"{other.array.shape} {other.array.dtype} in {item.name}",
            "Put those that belong together into a folder of their own.",
        )
