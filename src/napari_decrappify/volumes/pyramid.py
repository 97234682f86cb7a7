"""The coarser levels of a volume, each from the one before: means over 2 x 2 pixels."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .regions import CHUNK, Regions
from .target import Level


def levels_of(yx: tuple[int, int]) -> int:
    """Return how many levels there are, the finest counted: as many as it takes to get down to one chunk."""
    return 1 + max(0, math.ceil(math.log2(max(yx) / CHUNK)))


def halved(fine: Level, path: str, pixels: int) -> Regions:
    """Return the next level of one that is written, in regions of about so many of its pixels."""
    import dask.array

    source = fine.open()
    side = max(1, round(math.sqrt(pixels) / (2 * CHUNK))) * 2 * CHUNK
    wide = dask.array.from_array(source, chunks=((1,) * (source.ndim - 2)) + (side, side), inline_array=True)  # type: ignore[no-untyped-call]
    sizes = tuple(tuple(-(-n // 2) for n in part) for part in wide.chunks[-2:])
    small = wide.map_blocks(means, chunks=(*wide.chunks[:-2], *sizes), dtype=source.dtype)
    chunks = (*(1,) * (small.ndim - 2), *(min(CHUNK, n) for n in small.shape[-2:]))
    return Regions(small, Level(str(Path(path)), small.shape, chunks))


def means(planes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return (..., Y, X) planes at half their size; of an odd last row or column, the means of what there is."""
    kind = np.float64 if planes.dtype.itemsize > 2 else np.float32
    if any(n % 2 for n in planes.shape[-2:]):
        missing = [(0, 0)] * (planes.ndim - 2) + [(0, n % 2) for n in planes.shape[-2:]]
        planes = np.pad(planes, missing, mode="edge")
    rows = np.add(planes[..., ::2, :], planes[..., 1::2, :], dtype=kind)
    mean: npt.NDArray[Any] = rows[..., ::2] + rows[..., 1::2]
    mean *= 0.25
    if planes.dtype.kind in "ui":
        np.rint(mean, out=mean)
    return mean.astype(planes.dtype)
