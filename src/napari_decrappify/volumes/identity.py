"""What tells an image from what it was: a run goes on only with the pixels that it was begun with."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileReadError
from ..files import real
from ..jobs import Job, Progress
from .reading import METADATA, ComputedPart, Volume, region_shape

AT_ONCE = 2**22
"""Pixels that are looked at between two steps."""


def digest_of(volume: Volume) -> Job[str]:
    """Return a digest that is another after any pixel was changed.

    Of an image in memory, or one that is computed, it is of all pixels, which are read for it. Of one in files it is of
    their names, sizes and times of writing.

    Raises
    ------
    FileReadError
        If the files can't be listed.
    """
    if isinstance(volume.stored, ComputedPart | np.ndarray):
        return (yield from _of_pixels(volume))
    return _of_files(real(volume.path) / getattr(volume.stored, "path", ""))


def _of_pixels(volume: Volume) -> Job[str]:
    array = volume.stored
    whole = array.shape if array.ndim < 2 else region_shape(array.shape, volume.chunks, AT_ONCE, planes={})
    total = math.prod(-(-n // part) for n, part in zip(array.shape, whole, strict=True))
    digest = hashlib.sha256()
    for number, place in enumerate(_places(array.shape, whole)):
        yield Progress(number, total, f"what the image is: part {number + 1} of {total}")
        digest.update(np.ascontiguousarray(array[place]).tobytes())
    return digest.hexdigest()[:16]


def _places(shape: tuple[int, ...], part: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    along = [[slice(start, start + n) for start in range(0, size, n)] for size, n in zip(shape, part, strict=True)]
    return itertools.product(*along)


def _of_files(path: Path) -> str:
    try:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        found = [(one.relative_to(path).as_posix(), one.stat()) for one in files if one.name not in METADATA]
    except OSError as error:
        raise FileReadError(f"the files of {path}", error.strerror or str(error)) from error
    listed: list[Any] = [(name, info.st_size, info.st_mtime_ns) for name, info in found]
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]
