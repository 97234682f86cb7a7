"""The intensities of a part of a layer as they count in the larger part that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from ..apply.masks import fitted
from ..apply.source import ranges_of
from ..intensity import Normalization, range_is_known
from ..layer_masks import Mask
from ..layers import Source
from ..planes import layout_of

Painter: TypeAlias = Callable[[], Mask]

MOST_READ = 2**28  # bytes of lazy data; more would take longer than what it is for


def range_around(
    source: Source, normalize: Normalization, channel_axis: int | None, hole: Painter | None, dilate: int
) -> tuple[float, float] | None:
    """Return the values that become 0 and 1 where a source is run together with what it is a part of.

    Parameters
    ----------
    source : Source
        A part of one plane.
    normalize : str or (float, float)
        As the tasks take it.
    channel_axis : int, optional
        An axis of channels that have ranges of their own.
    hole : callable, optional
        Paints what doesn't count of all that the source is a part of.
    dilate : int
        Pixels by which the hole is grown.

    Returns
    -------
    (float, float) or None
        None if the source's own values don't matter, if it is no part of anything, or of lazy data that is too large to
        be read for this.
    """
    around, region = source.around, source.region
    if around is None or around.region is None or region is None or range_is_known(around.array.dtype, normalize):
        return None
    if not isinstance(around.array, np.ndarray) and around.array.nbytes > MOST_READ:
        return None
    layout = layout_of(around.array.shape, rgb=around.rgb, channel_axis=channel_axis)
    plane = [start - first for (start, _), (first, _) in zip(region.bounds, around.region.bounds, strict=True)][:-2]
    alike = tuple(
        slice(at, at + 1) if normalize == "percentile-per-plane" or axis == layout.channel_axis else slice(None)
        for axis, at in enumerate(plane)
    )
    array, unknown = around.array[alike], None if hole is None else fitted(hole(), layout, dilate)[alike]
    ranges = ranges_of(array, replace(layout, shape=array.shape), normalize, unknown)
    found = ranges.of((0,) * len(plane)).intensity
    return found.low, found.high
