"""The mark that ``--mark`` names, or that all pictures of a batch share: solved from some of them before the first."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..apply.shared_marks.file import load_mark, save_mark
from ..apply.shared_marks.pictures import MOST
from ..apply.tasks import solve_mark
from ..errors import InvalidImageError, InvalidParameterError
from ..files import BatchItem, ImageFile, check_free, read_image
from .batch import batch_items
from .console import Console
from .results import axes_of

Mask = npt.NDArray[np.bool_]


def with_mark(
    arguments: argparse.Namespace, keywords: dict[str, Any], mask: Mask | None, ending: str, console: Console
) -> dict[str, Any]:
    """Return a call's keywords with the mark that was read or solved, instead of where to find it.

    Raises
    ------
    InvalidParameterError
        For ``--save-mark`` where none is solved, or ``--shared`` together with ``--mark``.
    InvalidImageError
        For pictures of different sizes.
    """
    shared = keywords.get("shared", False)
    if arguments.save_mark is not None and not shared:
        raise InvalidParameterError("--shared with --save-mark", "a batch whose pictures share no mark")
    if not shared:
        return {**keywords, "mark": load_mark(keywords["mark"])} if "mark" in keywords else keywords
    if "mark" in keywords:
        raise InvalidParameterError("--shared or --mark", "both")
    if arguments.save_mark is not None:
        check_free(arguments.save_mark, arguments.force)
    items, _ = batch_items(arguments.inputs, arguments.output, arguments.format, ending)
    stack, axes = _pictures(items, arguments.max_pixels)
    with console.progress("the mark") as progress:
        mark = solve_mark(stack, mask, nonfinite=keywords.get("nonfinite", "raise"), progress=progress, **axes)
    if not mark.coverage.any():
        console.note("Nothing is the same in all pictures: they stay as they are.")
    if arguments.save_mark is not None:
        save_mark(arguments.save_mark, mark)
        console.note(f"the mark -> {arguments.save_mark}")
    return {name: value for name, value in keywords.items() if name != "shared"} | {"mark": mark}


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
