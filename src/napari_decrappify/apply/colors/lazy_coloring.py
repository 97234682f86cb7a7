"""Lazy colouring: each plane reduced chunk by chunk, its colours found as a whole, then painted chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...jobs import run_to_end
from ..engine.blending import Pixels
from ..engine.engine import PlaneWork, engine_of
from ..engine.tiling import Box
from ..lazy import (
    ONE_AT_A_TIME,
    Chunks,
    cut_axis,
    meta_of,
    part_of,
)
from ..source import Array, Key
from ..tasks.request import TaskRequest
from .coloring import (
    TINTS,
    SmallPlane,
    painted,
    reduced,
    reduction,
)
from .finish import Finish
from .hints import Hints, PlaneHints


def lazily_colored(request: TaskRequest, evenness: float = 0.0, hints: Hints | None = None) -> tuple[Any, Any | None]:
    """Return the coloured image and, if it is to be told, its uncertainty, as dask arrays.

    Each plane is read twice: for the net to see all of it, from where hints spread too, and to be painted.
    """
    import dask.array

    factor, chunks = reduction(request.layout.yx), _chunks_for(request)
    image = chunks.overlapped(request.image)
    tints = _tints(image, chunks, factor, Finish(chunks.run_context, evenness), hints)
    blocks = dask.array.map_blocks(  # type: ignore[no-untyped-call]
        _painted_block,
        image,
        tints,
        chunks=(*chunks.sizes, (1,)),
        dtype=object,
        meta=meta_of(image.ndim, object),
        cut=chunks,
        factor=factor,
        hints=hints,
    )
    layout = request.layout
    result = part_of(blocks, 0, chunks.sizes, request.image.shape[-1] if layout.rgb else 3, image.dtype)
    uncertainty = part_of(blocks, 1, chunks.sizes, 0, np.float32) if chunks.run_context.uncertainty else None
    return result, uncertainty


def _chunks_for(request: TaskRequest) -> Chunks:
    """Choose chunks near the image's own that begin at multiples of what a plane is reduced by."""
    image, y = request.image, len(request.layout.leading)
    factor = reduction(request.layout.yx)
    along = (cut_axis(image.shape[axis], max(image.chunks[axis]), 0, factor) for axis in (y, y + 1))
    run_context = request.engine.run_context
    return Chunks(request.layout, (*image.chunks[:y], *along), (0, 0), run_context, request.ranges, request.nonfinite)


def _tints(image: Any, chunks: Chunks, factor: int, finish: Finish, hints: Hints | None) -> Any:
    """Return the tints of each reduced plane, (..., y, x, 7), one chunk a plane."""
    leading, y = chunks.sizes[:-2], len(chunks.sizes) - 2
    small = [tuple(-(-n // factor) for n in sizes) for sizes in chunks.sizes[y:]]
    float32 = {"dtype": np.float32, "meta": meta_of(image.ndim, np.float32)}
    lumas = image.map_blocks(_reduced_block, chunks=(*leading, *small, (1,)), cut=chunks, factor=factor, **float32)
    whole = lumas.rechunk({y: -1, y + 1: -1})
    sizes = (*whole.chunks[:-1], (TINTS,))
    return whole.map_blocks(
        _tints_block, chunks=sizes, cut=chunks, factor=factor, finish=finish, hints=hints, **float32
    )


def _reduced_block(block: Array, *, cut: Chunks, factor: int, block_id: tuple[int, ...]) -> Array:
    source, core = cut.source(block, block_id), cut.core(block_id)
    return _stacked([reduced(source, plane, core, factor)[..., None] for plane in source.planes()], block)


def _tints_block(
    block: Pixels, *, cut: Chunks, factor: int, finish: Finish, hints: Hints | None, block_id: tuple[int, ...]
) -> Array:
    (y, x), first = block.shape[-3:-1], cut.first(block_id)

    def tints(plane: Key) -> Pixels:
        small = SmallPlane(block[plane][..., 0])
        run_to_end(engine_of(cut.run_context).planes((y, x), Box(0, y, 0, x), [PlaneWork(small.read, small.write)]))
        small.settle(finish, factor, _hints_of(hints, plane, first))
        return small.tints(factor)

    with ONE_AT_A_TIME:
        return _stacked([tints(plane) for plane in np.ndindex(*block.shape[:-3])], block)


def _painted_block(
    block: Array, tints: Pixels, *, cut: Chunks, factor: int, hints: Hints | None, block_id: tuple[int, ...]
) -> tuple[Array, Array]:
    source, core, place = cut.source(block, block_id), cut.core(block_id), cut.place(block_id)
    made = [
        painted(source, plane, core, tints[plane], place, factor, _hints_of(hints, plane, source.first))
        for plane in source.planes()
    ]
    images, spreads = zip(*made, strict=True)
    return _stacked(images, block), _stacked([spread[..., None] for spread in spreads], block)


def _hints_of(hints: Hints | None, plane: Key, first: Key) -> PlaneHints | None:
    """Return the hints of a plane of a chunk, by where the chunk begins."""
    return None if hints is None else hints.of(tuple(a + b for a, b in zip(plane, first, strict=True)))


def _stacked(planes: Sequence[Array], block: Array) -> Array:
    """Return planes as an array with the leading axes of a block."""
    made: Array = np.stack(planes).reshape(*block.shape[:-3], *planes[0].shape)
    return made.astype(planes[0].dtype, copy=False)  # in its byte order, which stacking loses
