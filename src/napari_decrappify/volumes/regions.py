"""A lazy array written into a level region by region: which are missing, and how one is made."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .target import Level

CHUNK = 512
"""Largest side of a chunk along Y and X, where regions can be cut so."""

Graph = dict[Any, Any]
Place = tuple[slice, ...]


@dataclass(frozen=True)
class Regions:
    """The blocks of a lazy array, each of which is computed and written at once.

    Attributes
    ----------
    array : dask array
        Of the shape of `level`; its blocks consist of whole chunks.
    level : Level
        Where it is written to.
    """

    array: Any
    level: Level

    def missing(self) -> list[tuple[int, ...]]:
        """Return the blocks of which a chunk or all are missing."""
        there = self.level.written()
        blocks = np.ndindex(*self.array.numblocks)
        return [block for block in blocks if not there.issuperset(self.level.names(self.place(block)))]

    def place(self, block: tuple[int, ...]) -> Place:
        """Return where a block lies."""
        return _place(self.array.chunks, block)

    def tasks(self, blocks: list[tuple[int, ...]]) -> Iterator[tuple[Graph, Any]]:
        """Yield for each block a graph that makes and writes it, and its key."""
        from dask.array.optimization import optimize
        from dask.optimization import cull
        from dask.utils import ensure_dict

        written = self.array.map_blocks(
            _write_block, dtype=bool, chunks=tuple((1,) * n for n in self.array.numblocks),
            meta=np.empty((0,) * self.array.ndim, bool), cut=self.array.chunks, level=self.level,
        )  # fmt: skip
        graph = ensure_dict(written.__dask_graph__())
        for block in blocks:
            key = (written.name, *block)
            needed, _ = cull(graph, [key])  # type: ignore[no-untyped-call]
            yield dict(optimize(needed, [key])), key  # type: ignore[no-untyped-call]


def level_for(array: Any, path: str) -> Level:
    """Return a level whose chunks make up the blocks of an array: one plane, and 512 pixels a side, or near that."""
    leading = (1,) * (array.ndim - 2)
    return Level(path, array.shape, (*leading, *(_side(sizes) for sizes in array.chunks[-2:])))


def _side(sizes: tuple[int, ...]) -> int:
    edges = list(itertools.accumulate(sizes))
    step = math.gcd(*edges[:-1])  # 0 for a single block
    if step <= CHUNK:
        return step or min(CHUNK, edges[-1])
    parts = next((n for n in range(-(-step // CHUNK), step // (CHUNK // 2) + 1) if step % n == 0), 1)
    return step // parts


def _place(cut: tuple[tuple[int, ...], ...], block: tuple[int, ...]) -> Place:
    starts = [sum(sizes[:at]) for sizes, at in zip(cut, block, strict=True)]
    return tuple(slice(a, a + sizes[at]) for a, sizes, at in zip(starts, cut, block, strict=True))


def _write_block(
    block: Any, *, cut: tuple[tuple[int, ...], ...], level: Level, block_id: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    level.open()[_place(cut, block_id)] = block
    return np.ones((1,) * block.ndim, bool)
