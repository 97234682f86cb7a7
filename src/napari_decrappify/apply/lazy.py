"""Lazy arrays: the same work, chunk by chunk, when dask asks for it."""

from __future__ import annotations

import itertools
import math
import operator
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..intensity import NonFinite, check_finite
from ..jobs import run_to_end
from ..planes import Layout
from .alpha import REACH
from .engine import Setting, engine_of
from .enlarging import enlarged
from .finding import CELL, DamageRule
from .removal import Removal
from .source import Array, Ranges, Source
from .tiling import Box, round_up

_ONE_AT_A_TIME = threading.Lock()  # torch uses all cores by itself, and the tile size counts on the memory being free
HALOS_A_CHUNK = 4


@dataclass(frozen=True)
class Chunks:
    """How a lazy image is cut, and what each chunk needs to know.

    Attributes
    ----------
    layout : Layout
        Of the whole image.
    sizes : tuple of tuple of int
        Lengths of the chunks along each axis, without halos.
    depth : tuple of int
        Halo along Y and X; 0 where an axis is one chunk.
    setting, ranges, nonfinite
        See `Setting` and `Source`.
    """

    layout: Layout
    sizes: tuple[tuple[int, ...], ...]
    depth: tuple[int, int]
    setting: Setting
    ranges: Ranges
    nonfinite: NonFinite

    @property
    def axes(self) -> tuple[int, int]:
        """The axes Y and X."""
        y = len(self.layout.leading)
        return y, y + 1

    def overlapped(self, image: Any) -> Any:
        """Return a dask array cut like this, each chunk with its halo."""
        import dask.array

        sizes = (*self.sizes[: self.axes[1] + 1], *image.shape[self.axes[1] + 1 :])
        cut = image.rechunk(tuple(n if isinstance(n, tuple) else (n,) for n in sizes))
        depth = dict(zip(self.axes, self.depth, strict=True))
        return dask.array.overlap.overlap(cut, depth=depth, boundary="none", allow_rechunk=False)  # type: ignore[no-untyped-call]

    def core(self, block_id: tuple[int, ...]) -> Box:
        """Return the box of a chunk that isn't halo."""
        spans = []
        for axis, depth in zip(self.axes, self.depth, strict=True):
            start = depth if block_id[axis] else 0
            spans += [start, start + self.sizes[axis][block_id[axis]]]
        return Box(*spans)

    def source(self, block: Array, block_id: tuple[int, ...]) -> Source:
        """Return a chunk as a source, its values checked."""
        starts = [sum(sizes[:i]) for sizes, i in zip(self.sizes, block_id, strict=True)]
        leading = len(self.layout.leading)
        first = tuple(starts[:leading])
        core = self.core(block_id)
        if self.nonfinite == "raise":
            yx = starts[leading] - core.y0, starts[leading + 1] - core.x0
            check_finite(block, (*first, *yx, *starts[leading + 2 :]))
        layout = Layout(block.shape, self.layout.rgb, self.layout.channel_axis)
        return Source(block, layout, self.ranges, self.nonfinite, first)


def chunks_for(
    image: Any, layout: Layout, setting: Setting, ranges: Ranges, nonfinite: NonFinite, margin: int = 0
) -> Chunks:
    """Choose chunks near the image's own whose halos are exact; `margin` is what is needed beyond the net's context."""
    engine = engine_of(setting)
    multiple = math.lcm(engine.net.multiple, CELL)
    depth = round_up(max(engine.context, REACH) + margin, multiple)
    y = len(layout.leading)
    along = [_cut(image.shape[axis], max(image.chunks[axis]), depth, multiple) for axis in (y, y + 1)]
    sizes = (*image.chunks[:y], *along, *((n,) for n in image.shape[y + 2 :]))
    depths = tuple(depth if len(parts) > 1 else 0 for parts in along)
    return Chunks(layout, sizes, (depths[0], depths[1]), setting, ranges, nonfinite)


def lazily_enlarged(image: Any, chunks: Chunks) -> Any:
    """Return the enlarged image as a dask array."""
    scale = chunks.setting.factor
    sizes = list(chunks.sizes)
    for axis in chunks.axes:
        sizes[axis] = tuple(scale * n for n in sizes[axis])
    return _mapped(_enlarged_block, [chunks.overlapped(image)], chunks, tuple(sizes), image.dtype)


def lazily_cleaned(image: Any, mask: Any | None, chunks: Chunks, rule: DamageRule) -> tuple[Any, Any]:
    """Return the repaired image and the mask that was used as dask arrays; computed together, the net runs once."""
    import dask.array

    inputs = [chunks.overlapped(image)]
    if mask is not None:
        wide = dask.array.asarray(mask)  # type: ignore[no-untyped-call]
        inputs.append(chunks.overlapped(wide[..., None] if chunks.layout.rgb else wide))
    both = _mapped(_cleaned_block, inputs, chunks, chunks.sizes, image.dtype, rule=rule)
    cleaned = both.map_blocks(operator.itemgetter(0), dtype=image.dtype, meta=_meta(image.ndim, image.dtype))
    sizes = (*chunks.sizes[:-1], (1,)) if chunks.layout.rgb else chunks.sizes
    used = both.map_blocks(operator.itemgetter(1), chunks=sizes, dtype=bool, meta=_meta(image.ndim, bool))
    return cleaned, used[..., 0] if chunks.layout.rgb else used


def _mapped(function: Any, inputs: list[Any], chunks: Chunks, sizes: Any, dtype: Any, **options: Any) -> Any:
    import dask.array

    meta = _meta(len(sizes), dtype)
    return dask.array.map_blocks(  # type: ignore[no-untyped-call]
        function, *inputs, chunks=sizes, dtype=dtype, meta=meta, cut=chunks, **options
    )


def _enlarged_block(block: Array, *, cut: Chunks, block_id: tuple[int, ...]) -> Array:
    source = cut.source(block, block_id)
    with _ONE_AT_A_TIME:
        return run_to_end(enlarged(source, engine_of(cut.setting), cut.core(block_id)))


def _cleaned_block(
    block: Array, mask: Array | None = None, *, cut: Chunks, rule: DamageRule, block_id: tuple[int, ...]
) -> tuple[Array, Array]:
    source, core = cut.source(block, block_id), cut.core(block_id)
    region = core if mask is not None else core.grown(rule.margin, source.layout.yx)
    if mask is not None:
        mask = (mask[..., 0] if cut.layout.rgb else mask)[(..., *core.slices)]
    with _ONE_AT_A_TIME:
        result, used = run_to_end(Removal(source, engine_of(cut.setting), region, mask, rule).run())
    inside = core.seen_from(region).slices
    if cut.layout.rgb:
        return result[(..., *inside, slice(None))], used[(..., *inside, None)]
    return result[(..., *inside)], used[(..., *inside)]


def _cut(length: int, wanted: int, depth: int, multiple: int) -> tuple[int, ...]:
    """Share an axis out into chunks that start at multiples and are long enough to give their neighbours a halo."""
    least = round_up(max(wanted, HALOS_A_CHUNK * depth), multiple)
    parts, cells = max(1, length // least), length // multiple
    edges = [cells * part // parts * multiple for part in range(parts)]
    return tuple(b - a for a, b in itertools.pairwise([*edges, length]))


def _meta(ndim: int, dtype: Any) -> Array:
    return np.empty((0,) * ndim, dtype)
