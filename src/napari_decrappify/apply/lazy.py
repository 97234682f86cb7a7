"""Lazy arrays: the same work, chunk by chunk, when dask asks for it."""

from __future__ import annotations

import math
import operator
import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..intensity import NonFinite, check_finite
from ..jobs import run_to_end
from ..models import DamageRule
from ..planes import Layout
from .alpha import BLEEDING, REACH
from .engine.engine import engine_of
from .engine.run_context import RunContext
from .engine.tiling import Box, round_up
from .finding import grid_of, margin_of
from .halos import with_halos
from .marks.removal import Guess, MarkRemoval
from .masks import Mask
from .replacement import Replacement
from .source import Array, Ranges, Source
from .tasks.request import TaskRequest
from .texture.texturing import Texturing
from .transformation import Transformation

ONE_AT_A_TIME = threading.Lock()  # torch uses all cores by itself, and the tile size counts on the memory being free
HALOS_A_CHUNK = 4


@dataclass(frozen=True)
class Chunks:
    """How a lazy image is cut, and what each chunk needs to know.

    Attributes
    ----------
    layout : Layout
        Of the whole image.
    sizes : tuple of tuple of int
        Lengths of the chunks along the leading axes, Y and X, without halos.
    depth : tuple of int
        Halo along Y and X; 0 where an axis is one chunk.
    setting, ranges, nonfinite
        See `RunContext` and `Source`.
    """

    layout: Layout
    sizes: tuple[tuple[int, ...], ...]
    depth: tuple[int, int]
    run_context: RunContext
    ranges: Ranges
    nonfinite: NonFinite

    @property
    def axes(self) -> tuple[int, int]:
        """The axes Y and X."""
        y = len(self.layout.leading)
        return y, y + 1

    @property
    def scaled(self) -> tuple[tuple[int, ...], ...]:
        """Lengths of the chunks of the result."""
        fine = (tuple(self.run_context.factor * n for n in self.sizes[axis]) for axis in self.axes)
        return (*self.sizes[:-2], *fine)

    def overlapped(self, array: Any) -> Any:
        """Return an array cut like this as a dask array, each chunk with its halo, and with a last axis for colours."""
        import dask.array

        wide = dask.array.asarray(array)  # type: ignore[no-untyped-call]
        colors = wide.ndim > len(self.sizes)
        sizes = (*self.sizes, wide.shape[-1:]) if colors else self.sizes
        cut = with_halos(wide, sizes, dict(zip(self.axes, self.depth, strict=True)))
        return cut if colors else cut[..., None]

    def core(self, block_id: tuple[int, ...]) -> Box:
        """Return the box of a chunk that isn't halo."""
        spans = []
        for axis, depth in zip(self.axes, self.depth, strict=True):
            start = depth if block_id[axis] else 0
            spans += [start, start + self.sizes[axis][block_id[axis]]]
        return Box(*spans)

    def place(self, block_id: tuple[int, ...]) -> Box:
        """Return where a chunk lies in its plane, without its halo."""
        spans = []
        for axis in self.axes:
            start = sum(self.sizes[axis][: block_id[axis]])
            spans += [start, start + self.sizes[axis][block_id[axis]]]
        return Box(*spans)

    def first(self, block_id: tuple[int, ...]) -> tuple[int, ...]:
        """Return the index of a chunk's first plane."""
        return tuple(sum(sizes[:i]) for sizes, i in zip(self.sizes[:-2], block_id, strict=False))

    def source(self, block: Array, block_id: tuple[int, ...], hole: Mask | None = None) -> Source:
        """Return a chunk as a source, its values checked but for those in a hole."""
        first = self.first(block_id)
        core, place = self.core(block_id), self.place(block_id)
        array = block if self.layout.rgb else block[..., 0]
        if self.nonfinite == "raise":
            origin = (*first, place.y0 - core.y0, place.x0 - core.x0, 0)
            check_finite(array, origin[: array.ndim], hole)
        layout = Layout(array.shape, self.layout.rgb, self.layout.channel_axis)
        return Source(array, layout, self.ranges, self.nonfinite, first)


def chunks_for(request: TaskRequest, margin: int = 0, grid: int = 1) -> Chunks:
    """Choose chunks near the image's own whose halos are exact.

    `margin` is what is needed beyond the net's context; chunks start at multiples of `grid`.
    """
    image, layout, engine = request.image, request.layout, request.engine
    multiple = math.lcm(engine.net.multiple, grid)
    margin += BLEEDING if layout.alpha else 0
    depth = round_up(max(engine.context, REACH) + margin, multiple)
    y = len(layout.leading)
    along = [cut_axis(image.shape[axis], max(image.chunks[axis]), depth, multiple) for axis in (y, y + 1)]
    depths = tuple(depth if len(parts) > 1 else 0 for parts in along)
    sizes = (*image.chunks[:y], *along)
    return Chunks(layout, sizes, (depths[0], depths[1]), engine.run_context, request.ranges, request.nonfinite)


def lazily_transformed(request: TaskRequest) -> tuple[Any, Any | None]:
    """Return the transformed image and, if it is to be told, its uncertainty, as dask arrays."""
    chunks, image = chunks_for(request), request.image
    blocks = _mapped(_transformed_block, [image], chunks)
    result = part_of(blocks, 0, chunks.scaled, image.shape[-1] if request.layout.rgb else 0, image.dtype)
    uncertainty = part_of(blocks, 1, chunks.scaled, 0, np.float32) if chunks.run_context.uncertainty else None
    return result, uncertainty


def lazily_replaced(request: TaskRequest, rule: DamageRule | None) -> tuple[Any, Any, Any | None]:
    """Return the image with pixels replaced, the mask that was used and, if it is to be told, the uncertainty.

    All are dask arrays; computed together, the net runs once. With a rule the net finds the mask.
    """
    image = request.image
    chunks = chunks_for(request) if rule is None else chunks_for(request, margin_of(rule), grid_of(rule))
    blocks = _mapped(_replaced_block, [image, request.mask] if rule is None else [image], chunks, rule=rule)
    result = part_of(blocks, 0, chunks.sizes, image.shape[-1] if request.layout.rgb else 0, image.dtype)
    used = part_of(blocks, 1, chunks.sizes, 0, bool)
    uncertainty = part_of(blocks, 2, chunks.sizes, 0, np.float32) if chunks.run_context.uncertainty else None
    return result, used, uncertainty


def lazily_textured(request: TaskRequest, filled: Any, mask: Any, texturing: Texturing) -> Any:
    """Return the filled image with texture in its holes, as a dask array whose chunks are whole planes."""
    layout = request.layout
    leading, planes = request.image.chunks[: len(layout.leading)], tuple((side,) for side in layout.yx)
    chunks = replace(chunks_for(request), sizes=(*leading, *planes), depth=(0, 0))
    blocks = _mapped(_textured_block, [filled, mask], chunks, texturing=texturing)
    return part_of(blocks, 0, chunks.sizes, filled.shape[-1] if layout.rgb else 0, filled.dtype)


def lazily_unmarked(request: TaskRequest, rule: DamageRule, guess: Guess) -> tuple[Any, ...]:
    """Return what `MarkRemoval` does, as dask arrays whose chunks are whole planes."""
    layout, image = request.layout, request.image
    leading, planes = image.chunks[: len(layout.leading)], tuple((side,) for side in layout.yx)
    chunks = replace(chunks_for(request), sizes=(*leading, *planes), depth=(0, 0))
    inputs = [image] if request.mask is None else [image, request.mask]
    blocks = _mapped(_unmarked_block, inputs, chunks, rule=rule, guess=guess)
    result = part_of(blocks, 0, chunks.sizes, image.shape[-1] if layout.rgb else 0, image.dtype)
    return result, *(part_of(blocks, number, chunks.sizes, 0, bool) for number in (1, 2, 3))


def _mapped(function: Any, inputs: list[Any], chunks: Chunks, **options: Any) -> Any:
    """Return a dask array whose chunks are the tuples of arrays that a function returns."""
    import dask.array

    cut = [chunks.overlapped(array) for array in inputs]
    sizes = (*chunks.sizes, (1,))
    return dask.array.map_blocks(  # type: ignore[no-untyped-call]
        function, *cut, chunks=sizes, dtype=object, meta=meta_of(len(sizes), object), cut=chunks, **options
    )


def part_of(blocks: Any, index: int, sizes: tuple[tuple[int, ...], ...], colors: int, dtype: Any) -> Any:
    """Return one of the arrays, with that many colours on its last axis, or without such an axis for 0."""
    meta = meta_of(len(sizes) + 1, dtype)
    chunks = (*sizes, (max(1, colors),))
    part = blocks.map_blocks(operator.itemgetter(index), chunks=chunks, dtype=dtype, meta=meta)
    return part if colors else part[..., 0]


def _transformed_block(block: Array, *, cut: Chunks, block_id: tuple[int, ...]) -> tuple[Array | None, ...]:
    source = cut.source(block, block_id)
    with ONE_AT_A_TIME:
        made = run_to_end(Transformation(source, engine_of(cut.run_context), cut.core(block_id)).run())
    return tuple(_with_colors(array, len(cut.sizes)) for array in made)


def _replaced_block(
    block: Array, *masks: Array, cut: Chunks, rule: DamageRule | None, block_id: tuple[int, ...]
) -> tuple[Array | None, ...]:
    where = masks[0][..., 0] if rule is None else rule
    source = cut.source(block, block_id, masks[0][..., 0] if cut.run_context.spec.fills else None)
    core = cut.core(block_id)
    region = core if rule is None else core.grown(margin_of(rule), source.layout.yx)
    with ONE_AT_A_TIME:
        made = run_to_end(Replacement(source, engine_of(cut.run_context), region, where).run())
    inside = (..., *core.seen_from(region).slices, slice(None))
    colored = (_with_colors(array, len(cut.sizes)) for array in made)
    return tuple(None if array is None else array[inside] for array in colored)


def _unmarked_block(
    block: Array, *masks: Array, cut: Chunks, rule: DamageRule, guess: Guess, block_id: tuple[int, ...]
) -> tuple[Array | None, ...]:
    mask = masks[0][..., 0] if masks else None
    source = cut.source(block, block_id)
    with ONE_AT_A_TIME:
        made = run_to_end(MarkRemoval(source, engine_of(cut.run_context), rule, mask, guess).run())
    parts = (made.image, made.changed, made.strokes, made.holes)
    return tuple(_with_colors(array, len(cut.sizes)) for array in parts)


def _textured_block(
    block: Array, mask: Array, *, cut: Chunks, texturing: Texturing, block_id: tuple[int, ...]
) -> tuple[Array | None]:
    marked, result = mask[..., 0], block.copy()
    source = cut.source(block, block_id, marked)
    with ONE_AT_A_TIME:
        run_to_end(texturing.run(source, marked, result if cut.layout.rgb else result[..., 0]))
    return (result,)


def _with_colors(array: Array | None, ndim: int) -> Array | None:
    return array[..., None] if array is not None and array.ndim == ndim else array


def cut_axis(length: int, wanted: int, depth: int, multiple: int) -> tuple[int, ...]:
    """Share an axis out into equal chunks long enough to give their neighbours a halo; the last takes what is left.

    All but it start and end at multiples of one length, which may be the chunks of a file, and it is at least half and
    less than one and a half as long.
    """
    step = round_up(max(wanted, HALOS_A_CHUNK * depth), multiple)
    parts, rest = divmod(length, step)
    parts = max(1, parts + (2 * rest >= step))
    return (*(step,) * (parts - 1), length - step * (parts - 1))


def meta_of(ndim: int, dtype: Any) -> Array:
    """Return an empty array, from which dask knows dimensions and dtype."""
    return np.empty((0,) * ndim, dtype)
