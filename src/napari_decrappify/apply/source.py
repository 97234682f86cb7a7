"""An image as its net sees it: planes read piece by piece as float32 in [0, 1], and written back the same way."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DeviceError
from ..intensity import (
    Intensity,
    NonFinite,
    Normalization,
    check_dtype,
    fill_nonfinite,
    finite_bounds,
    measure,
    range_is_known,
)
from ..planes import Layout
from .engine.blending import Pixels
from .engine.tiling import Box

Array: TypeAlias = npt.NDArray[Any]
Key: TypeAlias = tuple[int, ...]

SAMPLE_PLANES = 16
SAMPLE_VALUES = 2**21


@dataclass(frozen=True)
class Range:
    """The intensities of what is normalised together: its map to [0, 1], and what fills NaN and infinities."""

    intensity: Intensity
    bounds: tuple[float, float]

    @property
    def length(self) -> float:
        """How much of the image's intensity is 1 to the net."""
        return self.intensity.high - self.intensity.low


@dataclass(frozen=True)
class Ranges:
    """The intensity ranges of an image: one, one for each channel, or one for each plane.

    Made before any net runs, from a regular sample, so that every tile and chunk of a stack agrees.
    """

    by_key: dict[Key, Range]
    per_plane: bool
    channel_axis: int | None

    def of(self, plane: Key) -> Range:
        """Return the range of a plane, by its index along the leading axes."""
        return self.by_key[range_key(plane, self.per_plane, self.channel_axis)]


def ranges_of(image: Any, layout: Layout, normalize: Normalization, hole: Any = None) -> Ranges:
    """Measure the intensities of a NumPy or dask array, from at most 16 planes of what is normalised together.

    What lies in `hole`, a boolean (..., Y, X) array of either kind, doesn't count; of planes that are measured one by
    one, those of which nothing is known have the range of the nearest one, of the same channel.
    """
    per_plane = normalize == "percentile-per-plane"
    groups: dict[Key, list[Key]] = {}
    for plane in np.ndindex(*layout.leading):
        groups.setdefault(range_key(plane, per_plane, layout.channel_axis), []).append(plane)
    dtype = check_dtype(image.dtype)
    known = range_is_known(dtype, normalize)
    by_key: dict[Key, Range] = {}
    unknown = []
    for key, planes in groups.items():
        values = np.zeros(1, dtype) if known else _sample(image, layout, planes, hole)
        bounds = normalize if isinstance(normalize, tuple) else finite_bounds(values)
        by_key[key] = Range(measure(values, dtype, normalize, rgb=layout.rgb), bounds)
        if per_plane and not values.size:
            unknown.append(key)
    by_key |= {key: by_key[_nearest(key, by_key.keys() - unknown, layout.channel_axis)] for key in unknown}
    return Ranges(by_key, per_plane, layout.channel_axis)


@dataclass(frozen=True)
class Source:
    """A NumPy array to be repaired, or a chunk of a larger one.

    Attributes
    ----------
    array : ndarray
        It is read, never written.
    layout : Layout
        Of `array`.
    ranges : Ranges
        Of the whole image.
    nonfinite : {"raise", "fill"}
        Whether NaN and infinities are filled in what the net sees.
    first : tuple of int
        Index of the array's first plane in the whole image.
    """

    array: Array
    layout: Layout
    ranges: Ranges
    nonfinite: NonFinite = "raise"
    first: Key = ()

    def range_of(self, plane: Key) -> Range:
        """Return the intensity range of a plane."""
        return self.ranges.of(self.index_of(plane))

    def index_of(self, plane: Key) -> Key:
        """Return the index of a plane in the whole image."""
        return tuple(a + b for a, b in zip(plane, self.first, strict=True)) if self.first else plane

    def read(self, plane: Key, box: Box) -> Pixels:
        """Return a piece of a plane as float32, (Y, X) or (Y, X, 3), nominally in [0, 1]."""
        place = self.range_of(plane)
        piece = self.array[plane][box.slices]
        piece = piece[..., :3] if self.layout.rgb else piece
        if self.nonfinite == "fill":
            piece = fill_nonfinite(piece, place.bounds)
        return place.intensity.to_unit(piece)

    def alpha(self, plane: Key) -> Array:
        """Return the alpha channel of a plane, filled like its colours."""
        alpha: Array = self.array[plane][..., 3]
        return fill_nonfinite(alpha, self.range_of(plane).bounds) if self.nonfinite == "fill" else alpha

    def planes(self) -> list[Key]:
        """Return the index of each plane along the leading axes."""
        return list(np.ndindex(*self.layout.leading))

    def color(self, plane: Array) -> Array:
        """Return the part of a plane that nets work on: all of it but alpha."""
        return plane[..., :3] if self.layout.rgb else plane


def range_key(plane: Key, per_plane: bool, channel_axis: int | None) -> Key:
    """Return what a plane shares its range by: its whole index, its channel, or nothing."""
    if per_plane:
        return tuple(plane)
    return () if channel_axis is None else (plane[channel_axis],)


def _nearest(plane: Key, known: Collection[Key], channel_axis: int | None) -> Key:
    """Return the nearest of the known planes, of the same channel; the plane itself where there is none."""
    same = [one for one in known if channel_axis is None or one[channel_axis] == plane[channel_axis]]
    return min(same, key=lambda one: (math.dist(one, plane), one), default=plane)


def _sample(image: Any, layout: Layout, planes: list[Key], hole: Any) -> Array:
    """Return finite values from evenly spread planes, every n-th along Y and X, but for those in the hole."""
    chosen = sorted({round(i) for i in np.linspace(0, len(planes) - 1, min(len(planes), SAMPLE_PLANES))})
    size = len(chosen) * math.prod(layout.yx) * layout.colors
    step = max(1, math.ceil(math.sqrt(size / SAMPLE_VALUES)))
    index = (slice(None, None, step), slice(None, None, step), *((slice(0, 3),) if layout.rgb else ()))
    pieces = [image[planes[i]][index] for i in chosen]
    unknown = [] if hole is None else [hole[planes[i]][index[:2]] for i in chosen]
    if any(not isinstance(array, np.ndarray) for array in (image, hole) if array is not None):
        from dask.base import compute

        pieces, unknown = compute(pieces, unknown)  # type: ignore[no-untyped-call]
    known = [piece[~there] for piece, there in zip(pieces, unknown, strict=True)] if unknown else pieces
    values = np.concatenate([piece.ravel() for piece in known])
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values


def allocate(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an uninitialised array for a result.

    Raises
    ------
    DeviceError
        If there isn't memory enough.
    """
    try:
        return np.empty(shape, dtype)
    except MemoryError as error:
        size = f"{math.prod(shape) * dtype.itemsize / 2**30:.1f} GiB"
        advice = "Pass a dask array to get the result piece by piece."
        raise DeviceError(f"memory for a result of shape {shape}, {size}", "too little", advice) from error
