"""Neighbouring planes lend what lies in the holes of a lazy stack, as dask asks for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from ..jobs import run_to_end
from ..planes import Layout
from .borrowing.borrowing import Borrowing
from .borrowing.loans import pay_in, remaining
from .borrowing.surroundings import REACH
from .lazy import ONE_AT_A_TIME, meta_of, part_of
from .source import Array, Ranges, Source
from .tasks.request import TaskRequest


@dataclass(frozen=True)
class Slabs:
    """How a lazy stack is cut: whole planes, with those within reach on both sides along an axis.

    Attributes
    ----------
    layout : Layout
        Of the whole image.
    sizes : tuple of tuple of int
        Lengths of the chunks along the leading axes, Y and X, without the planes beside.
    axis : int
        Along which planes lend.
    depth : int
        Planes beside; 0 where the axis is one chunk.
    ranges : Ranges
        Of the whole image.
    """

    layout: Layout
    sizes: tuple[tuple[int, ...], ...]
    axis: int
    depth: int
    ranges: Ranges

    def overlapped(self, array: Any) -> Any:
        """Return an array cut like this as a dask array, with a last axis for colours."""
        import dask.array

        wide = dask.array.asarray(array)  # type: ignore[no-untyped-call]
        wide = wide[..., None] if wide.ndim == len(self.sizes) else wide
        cut = wide.rechunk((*self.sizes, wide.shape[-1:]))
        return dask.array.overlap.overlap(cut, depth={self.axis: self.depth}, boundary="none", allow_rechunk=False)  # type: ignore[no-untyped-call]

    def core(self, block_id: tuple[int, ...]) -> slice:
        """Return what of a chunk isn't beside it, along the axis."""
        start = self.depth if block_id[self.axis] else 0
        return slice(start, start + self.sizes[self.axis][block_id[self.axis]])

    def source(self, block: Array, block_id: tuple[int, ...]) -> Source:
        """Return a chunk as a source."""
        first = [sum(sizes[:i]) for sizes, i in zip(self.sizes[:-2], block_id, strict=False)]
        first[self.axis] -= self.core(block_id).start
        array = block if self.layout.rgb else block[..., 0]
        layout = Layout(array.shape, self.layout.rgb, self.layout.channel_axis)
        return Source(array, layout, self.ranges, "raise", tuple(first))


def lazily_borrowed(request: TaskRequest, axis: int) -> TaskRequest:
    """Return a request for what neighbours don't know, its image and mask dask arrays cut as its image was."""
    image, layout = request.image, request.layout
    slabs = _slabs(request, axis)
    blocks = _blocks(image, request.mask, slabs)
    lent = part_of(blocks, 0, slabs.sizes, image.shape[-1] if layout.rgb else 0, image.dtype).rechunk(image.chunks)
    rest = part_of(blocks, 1, slabs.sizes, 0, bool).rechunk(image.chunks[: len(slabs.sizes)])
    return replace(request, image=lent, mask=rest)


def _slabs(request: TaskRequest, axis: int) -> Slabs:
    layout, chunks = request.layout, request.image.chunks
    leading = list(chunks[: len(layout.leading)])
    length = layout.leading[axis]
    depth = min(REACH, length)
    parts = max(1, length // max(depth, *chunks[axis]))
    edges = [length * part // parts for part in range(parts + 1)]
    leading[axis] = tuple(end - start for start, end in itertools.pairwise(edges))
    y, x = layout.yx
    return Slabs(layout, (*leading, (y,), (x,)), axis, depth if parts > 1 else 0, request.ranges)


def _blocks(image: Any, mask: Any, slabs: Slabs) -> Any:
    """Return a dask array whose chunks are pairs: an image with what was borrowed, and the mask of the rest."""
    import dask.array

    sizes = (*slabs.sizes, (1,))
    return dask.array.map_blocks(  # type: ignore[no-untyped-call]
        _lent_block, slabs.overlapped(image), slabs.overlapped(mask),
        chunks=sizes, dtype=object, meta=meta_of(len(sizes), object), slabs=slabs,
    )  # fmt: skip


def _lent_block(block: Array, mask: Array, *, slabs: Slabs, block_id: tuple[int, ...]) -> tuple[Array, Array]:
    source, marked, core = slabs.source(block, block_id), mask[..., 0], slabs.core(block_id)
    planes = [plane for plane in source.planes() if core.start <= plane[slabs.axis] < core.stop]
    with ONE_AT_A_TIME:
        loans = run_to_end(Borrowing(source, marked, slabs.axis).run(planes))
    result: Array = block.copy()
    pay_in(loans, source, result if slabs.layout.rgb else result[..., 0])
    inside = (slice(None),) * slabs.axis + (core,)
    return result[inside], remaining(marked, loans)[(*inside, ..., None)]
