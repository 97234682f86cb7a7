"""What a training would learn from, counted and checked before anything is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InvalidImageError
from ...intensity import check_dtype
from ...planes import layout_of
from .collection import LEAST, items_of, open_item

SMALLEST = LEAST
"""Side of the smallest patch that is worth learning from."""
FEW_PICTURES = 3
FEW_PATCHES = 50


@dataclass(frozen=True)
class DataSummary:
    """Pictures and patches.

    Parameters
    ----------
    pictures : int
        Planes of stacks count one by one.
    patches : int
        Squares of `patch` pixels that fit beside each other into all of them.
    patch : int
        The side that patches would have.
    smallest : int
        The shortest side of all pictures, in pixels. Thumbnails in a folder of larger pictures don't count.
    warnings : tuple of str
        What a person should know before starting, in whole sentences.
    """

    pictures: int
    patches: int
    patch: int
    smallest: int
    warnings: tuple[str, ...] = ()


def summarize(images: Any, *, patch: int | None = None, preferred: int = 96, multiple: int = 16) -> DataSummary:
    """Check images by their shapes and dtypes, and count what can be learned from.

    No pixel is read: NaN and constant images are found when the run is prepared.

    Parameters
    ----------
    images : array, path, or sequence of them
        As for `finetune`.
    patch : int, optional
        Side of a patch; `preferred`, or what the smallest picture allows, by default.
    preferred, multiple : int
        What a patch would be of itself, and of what it is a multiple.

    Raises
    ------
    InvalidImageError
        For no images, an array that is no image, grey and colour arrays together, or pictures smaller than a patch.
    TrainingError, FileReadError
        For a folder without pictures or a file that can't be read.
    """
    shapes = [shape for item in _checked(items_of(images)) for shape in _shapes(item)]
    smallest = min(min(shape) for shape in shapes)
    side = chosen_patch(smallest, patch, preferred, multiple)
    patches = sum((y // side) * (x // side) for y, x in shapes)
    return DataSummary(len(shapes), patches, side, smallest, tuple(_warnings(len(shapes), patches, side)))


def chosen_patch(smallest: int, wanted: int | None, preferred: int, multiple: int) -> int:
    """Return the side of a patch that fits into the smallest picture, a multiple of `multiple`."""
    least = math.ceil(SMALLEST / multiple) * multiple
    side = min(preferred, smallest) // multiple * multiple if wanted is None else wanted
    if side % multiple or side < least:
        advice = "" if wanted is None else "Choose another patch size."
        got = f"{smallest} pixels as the shortest side" if wanted is None else f"patch={wanted}"
        raise InvalidImageError(
            f"pictures, and a patch, of {least} pixels or more, in steps of {multiple}", got, advice
        )
    if side > smallest:
        raise InvalidImageError(f"pictures of at least a patch, {side} pixels", f"one with a side of {smallest}")
    return side


def _checked(items: Sequence[Any]) -> Sequence[Any]:
    kinds = {}
    for number, item in enumerate(items):
        if not isinstance(item, str | Path):
            check_dtype(item.dtype)
            kinds[layout_of(item.shape).rgb] = number
    if len(kinds) > 1:
        got = f"image {kinds[True]} in colour and image {kinds[False]} without"
        raise InvalidImageError("images of one kind, all colour or all grey", got, "Train on them one after the other.")
    return items


def _shapes(item: Any) -> list[tuple[int, int]]:
    """Return height and width of the pictures of an item; thumbnails in a folder of others are left out."""
    if isinstance(item, str | Path):
        pictures = open_item(item)
        shapes = [pictures.shape(index) for index in range(len(pictures))]
        return [shape for shape in shapes if min(shape) >= SMALLEST] or shapes
    layout = layout_of(item.shape)
    return [layout.yx] * math.prod(layout.leading)


def _warnings(pictures: int, patches: int, side: int) -> list[str]:
    found = []
    if pictures == 1:
        found.append("There is only one picture: its lower part is kept for judging, and the rest is learned from.")
    elif pictures < FEW_PICTURES:
        found.append(f"There are only {pictures} pictures: the figures on held-out pictures say little.")
    if patches < FEW_PATCHES:
        found.append(f"There are only {patches} patches of {side} pixels: the model may learn them by heart.")
    return found
