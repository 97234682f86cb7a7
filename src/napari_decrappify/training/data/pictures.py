"""Pictures to train on: opened from folders, files or arrays, and split into training and held-out ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ...errors import FileReadError
from .array_pictures import ArrayPictures
from .folder_pictures import FolderPictures
from .paired_pictures import PairedPictures, pair_up
from .picture_source import (
    Pictures,
    Plane,
    Section,
    Subset,
)

__all__ = [
    "ArrayPictures",
    "FolderPictures",
    "PairedPictures",
    "PictureSource",
    "Pictures",
    "Plane",
    "Subset",
    "chosen",
    "open_pictures",
    "split",
]

PictureSource: TypeAlias = str | os.PathLike[str] | Sequence[Any]
"""A folder, a picture file, a .npy file (memory-mapped), an array, or a sequence of arrays."""


def open_pictures(source: PictureSource, crappy: PictureSource | None = None) -> Pictures:
    """Return the pictures of a folder, a file or arrays, as pairs if their crappy versions are given too.

    Parameters
    ----------
    source : path, array or sequence of arrays
        Clean pictures. A folder is searched with its sub-folders; a .npy file is memory-mapped; arrays may be NumPy,
        memory-mapped or dask.
    crappy : path, array or sequence of arrays, optional
        The crappy version of each: in folders under the same relative path, the suffix aside; else in the same order.

    Raises
    ------
    TrainingError, FileReadError, InvalidImageError
        For no pictures, a file that can't be read, an array that is no image, or a picture without partner.
    """
    pictures = _opened(source)
    return pictures if crappy is None else pair_up(pictures, _opened(crappy))


def chosen(pictures: Pictures, indices: Sequence[int], without: str = "") -> Pictures:
    """Return some pictures of a collection; given pairs stay pairs. `without` says why others are left out."""
    if isinstance(pictures, PairedPictures):
        clean = Subset(pictures.clean, indices, without)
        return PairedPictures(clean, Subset(pictures.crappy, indices), pictures.scale)
    return Subset(pictures, indices, without)


def split(pictures: Pictures, held_out: float, seed: int) -> tuple[Pictures, Pictures]:
    """Split by picture into training and held-out ones, at least one each where there are two or more.

    The planes of a stack are neighbours and nearly equal, so they aren't shuffled apart: whole stacks are held out
    where one or more fit into the share; else one slab of neighbouring planes along a stack's longest leading axis,
    and the plane on each side of it is used for neither if that leaves half of the stack for training.

    Parameters
    ----------
    pictures : Pictures
        All of them.
    held_out : float
        Share of the pictures to hold out. With 0, or with a single picture, the training pictures are returned twice.
    seed : int
        What the draw is made from.
    """
    wanted = min(max(1, round(held_out * len(pictures))), len(pictures) - 1) if held_out else 0
    held, beside = _held_out(pictures.sections, wanted, np.random.default_rng(seed))
    kept = [index for index in range(len(pictures)) if index not in held and index not in beside]
    return chosen(pictures, kept), chosen(pictures, sorted(held) or kept)


def _opened(source: PictureSource) -> Pictures:
    if not isinstance(source, str | os.PathLike):
        return ArrayPictures([source] if hasattr(source, "shape") else source)
    path = Path(source)
    if path.suffix.lower() != ".npy":
        return FolderPictures(path)
    try:
        return ArrayPictures([np.load(path, mmap_mode="r")])
    except (OSError, ValueError, EOFError) as error:
        raise FileReadError("a .npy file of numbers", f"{path}: {error}") from error


def _held_out(sections: Sequence[Section], wanted: int, rng: np.random.Generator) -> tuple[set[int], set[int]]:
    """Return the indices held out, and those beside them that nobody uses."""
    stacks: dict[int, list[int]] = {}
    for index, (stack, _) in enumerate(sections):
        stacks.setdefault(stack, []).append(index)
    order = [list(stacks.values())[i] for i in rng.permutation(len(stacks))]
    held: set[int] = set()
    for members in order:
        if len(held) + len(members) <= wanted:
            held.update(members)
    return (held, set()) if held or not wanted else _slab(order[0], sections, wanted, rng)


def _slab(
    members: list[int], sections: Sequence[Section], wanted: int, rng: np.random.Generator
) -> tuple[set[int], set[int]]:
    places = sorted({sections[index][1] for index in members})
    length = min(max(1, round(wanted * len(places) / len(members))), len(places) - 1)
    start = int(rng.integers(len(places) - length + 1))
    gap = 1 if len(places) - length - 2 >= len(places) / 2 else 0
    held = set(places[start : start + length])
    near = set(places[max(0, start - gap) : start + length + gap]) - held
    return {i for i in members if sections[i][1] in held}, {i for i in members if sections[i][1] in near}
