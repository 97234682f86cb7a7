"""Chunks with halos: of an array on disk each is read at once with its halo, and nothing else of its neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Sizes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class OnDisk:
    """An array on disk, which any thread may read part by part.

    Attributes
    ----------
    array : array
        A zarr array or its like: shape, dtype, and pixels where it is indexed.
    """

    array: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of its axes."""
        return tuple(self.array.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of its pixels."""
        dtype: np.dtype[Any] = self.array.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """Number of its axes."""
        return len(self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        return np.asarray(self.array[index])


def with_halos(array: Any, sizes: Sizes, depth: Mapping[int, int]) -> Any:
    """Return a dask array cut into chunks of these sizes, with so many pixels of their neighbours along some axes."""
    import dask.array

    on_disk = _on_disk(array)
    if on_disk is None:
        cut = array.rechunk(sizes)
        return dask.array.overlap.overlap(cut, depth=depth, boundary="none", allow_rechunk=False)  # type: ignore[no-untyped-call]
    spans = [_spans(lengths, depth.get(axis, 0)) for axis, lengths in enumerate(sizes)]
    return dask.array.map_blocks(  # type: ignore[no-untyped-call]
        _read, on_disk=on_disk, spans=spans, dtype=array.dtype, meta=np.empty((0,) * array.ndim, array.dtype),
        chunks=tuple(tuple(part.stop - part.start for part in along) for along in spans),
    )  # fmt: skip


def _on_disk(array: Any) -> OnDisk | None:
    """Return what a dask array reads, if it is an `OnDisk` and nothing has been done to it yet."""
    name = f"original-{array.name}"
    layer = array.dask.layers.get(name, {})
    found = layer.get(name)
    stored = getattr(found, "value", found)
    return stored if isinstance(stored, OnDisk) else None


def _spans(sizes: tuple[int, ...], depth: int) -> list[slice]:
    edges = [0, *itertools.accumulate(sizes)]
    return [slice(max(0, a - depth), min(edges[-1], b + depth)) for a, b in itertools.pairwise(edges)]


def _read(*, on_disk: OnDisk, spans: list[list[slice]], block_id: tuple[int, ...]) -> npt.NDArray[Any]:
    return on_disk[tuple(along[at] for along, at in zip(spans, block_id, strict=True))]
