"""Intensities: any supported dtype and range <-> [0, 1] float32, invertibly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from .errors import InvalidImageError, InvalidParameterError
from .missing_data import check_missing

Normalize: TypeAlias = Literal["auto", "full", "percentile", "percentile-per-plane"]
Normalization: TypeAlias = Normalize | tuple[float, float]
NonFinite: TypeAlias = Literal["raise", "fill"]
Array: TypeAlias = npt.NDArray[Any]

SUPPORTED = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float16", "float32", "float64")
PERCENTILES = (0.1, 99.9)
BLOCK = 2**22
FAR = 0.25
"""Of a colour float image, the length by which its extremes may lie beyond its percentiles and still be its range."""
MOST_FLOAT64 = float(np.finfo(np.float64).max) / 8  # so that differences and what a net overshoots are finite
MOST_UNIT = 1e30  # float32 and sums of it hold this


@dataclass(frozen=True)
class Intensity:
    """An affine map between an image's own values and the unit range of the nets.

    Parameters
    ----------
    low, high : float
        The image values that become 0 and 1. Values outside map outside, and come back: nothing is clipped
        on the way in.
    dtype : numpy.dtype
        What `from_unit` returns; integers are rounded, and all are clipped to what the dtype can hold. Floats
        keep what lies outside `low` and `high`.
    """

    low: float
    high: float
    dtype: np.dtype[Any]

    @property
    def limits(self) -> tuple[float, float]:
        """The unit values that the dtype ends at: infinite ones for floats."""
        if self.dtype.kind == "f":
            return -math.inf, math.inf
        ends, length = np.iinfo(self.dtype), self.high - self.low
        return (float(ends.min) - self.low) / length, (float(ends.max) - self.low) / length

    def to_unit(self, array: Array) -> npt.NDArray[np.float32]:
        """Map image values to float32, `low` to 0 and `high` to 1."""
        scaled: npt.NDArray[Any] = array.astype(np.float32 if array.dtype.itemsize <= 2 else np.float64)
        scaled -= self.low
        scaled /= self.high - self.low
        if scaled.dtype == np.float64:
            np.clip(scaled, -MOST_UNIT, MOST_UNIT, out=scaled)
        return scaled.astype(np.float32, copy=False)

    def from_unit(self, unit: Array) -> Array:
        """Map unit values back to the image's range and dtype."""
        values: npt.NDArray[Any] = unit.astype(np.float32 if self.dtype.itemsize <= 2 else np.float64)
        values *= self.high - self.low
        values += self.low
        if self.dtype.kind in "ui":
            limits = np.iinfo(self.dtype)
            np.clip(np.rint(values, out=values), limits.min, limits.max, out=values)
        elif self.dtype.itemsize < values.dtype.itemsize:
            np.clip(values, np.finfo(self.dtype).min, np.finfo(self.dtype).max, out=values)
        return values.astype(self.dtype)


def check_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return the dtype, or raise `InvalidImageError` if images of it aren't supported."""
    dtype = np.dtype(dtype)
    if dtype.newbyteorder("=").name not in SUPPORTED:
        advice = "Convert a label or boolean image with image.astype('uint8') * 255." if dtype.kind == "b" else ""
        raise InvalidImageError(f"an image of dtype {', '.join(SUPPORTED)}", f"dtype {dtype}", advice)
    return dtype


def check_finite(array: Array, origin: tuple[int, ...] | None = None, hole: Array | None = None) -> None:
    """Raise `InvalidImageError` with the count and the first index if a value is NaN or infinite.

    It goes block by block, so that it needs little memory. `origin` is the index of the array's first value in
    the image that it is a piece of. What lies in `hole`, a boolean (..., Y, X), may be anything.
    """
    if array.dtype.kind != "f":
        return
    count, first = 0, None
    if hole is not None:
        hole = np.broadcast_to(hole if hole.ndim == array.ndim else hole[..., None], array.shape)
    for block in blocks(array.shape):
        bad = ~np.isfinite(array[block])
        if hole is not None:
            bad &= ~hole[block]
        if bad.any():
            count += int(np.count_nonzero(bad))
            first = first or _first_index(bad, block, origin or (0,) * array.ndim)
    if count:
        raise InvalidImageError(
            "finite values",
            f"{count} NaN or infinite value(s), the first at index {first}",
            "Pass nonfinite='fill' to replace them with the nearest finite bound, or clean the image.",
        )


def _first_index(bad: Array, block: tuple[slice, ...], origin: tuple[int, ...]) -> tuple[int, ...]:
    inside = np.unravel_index(int(np.argmax(bad)), bad.shape)
    return tuple(int(i) + part.start + start for i, part, start in zip(inside, block, origin, strict=True))


def blocks(shape: tuple[int, ...], most: int = BLOCK) -> Iterator[tuple[slice, ...]]:
    """Cut an array of this shape into pieces of at most `most` values, in C order."""
    yield from _halved(tuple(slice(0, n) for n in shape), most)


def _halved(piece: tuple[slice, ...], most: int) -> Iterator[tuple[slice, ...]]:
    lengths = [part.stop - part.start for part in piece]
    if math.prod(lengths) <= most:
        yield piece
        return
    axis = next(i for i, length in enumerate(lengths) if length > 1)
    middle = piece[axis].start + lengths[axis] // 2
    for half in (slice(piece[axis].start, middle), slice(middle, piece[axis].stop)):
        yield from _halved((*piece[:axis], half, *piece[axis + 1 :]), most)


def finite_bounds(array: Array) -> tuple[float, float]:
    """Return the least and the greatest finite value; 0 and 0 if there is none."""
    low, high = np.inf, -np.inf
    for block in blocks(array.shape):
        values = array[block]
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def fill_nonfinite(array: Array, bounds: tuple[float, float] | None = None) -> Array:
    """Replace NaN and minus infinity by the lower bound, infinity by the upper: the finite extremes unless given."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array
    low, high = finite_bounds(array) if bounds is None else bounds
    return np.nan_to_num(array, nan=low, posinf=high, neginf=low)


def range_is_known(dtype: np.dtype[Any], normalize: Normalization) -> bool:
    """Tell whether `measure` needs no sample: a range is given, or unsigned integers whose whole range counts."""
    if isinstance(normalize, tuple):
        return True
    return dtype.kind == "u" and (normalize == "full" or (normalize == "auto" and dtype == np.uint8))


def measure(sample: Array, dtype: npt.DTypeLike, normalize: Normalization = "auto", *, rgb: bool = False) -> Intensity:
    """Find the intensity map for an image from a sample of its values.

    Parameters
    ----------
    sample : ndarray
        Finite values that stand for the image: all of it, or a regular subsample of something large.
    dtype : dtype
        The image's dtype.
    normalize : {"auto", "full", "percentile", "percentile-per-plane"} or (float, float)
        ``"full"`` maps an integer dtype's whole range (for signed types: 0 to the maximum, where no value is
        negative) and, for floats, [0, 1] where the values lie in it and [min, max] where not.
        ``"percentile"`` maps the 0.1 and 99.9 percentiles, which suits 16-bit data that fills a part of its range.
        ``"auto"`` is ``"full"`` for uint8 and ``"percentile"`` otherwise; but the range of a float image in colours
        is that of its least and greatest value, unless they lie far from the others. So the unit of a float image
        doesn't matter, a photo that fills [0, 1] counts as its uint8 version does, and ``"full"`` is how to say that
        a dim one is to count in [0, 1].
        For ``"percentile-per-plane"`` the caller passes one plane at a time. ``(low, high)`` is the range itself.
    rgb : bool
        Whether the values are colours.

    Raises
    ------
    InvalidParameterError
        For another value of `normalize`, or a range without length.
    InvalidImageError
        For values that dwarf all others, as those that stand for missing data do, and for a range that float64 can't
        hold.
    """
    if isinstance(normalize, tuple):
        return _given(*normalize, check_dtype(dtype))
    if normalize not in get_args(Normalize):
        raise InvalidParameterError(f"normalize to be one of {get_args(Normalize)}", repr(normalize))
    dtype = check_dtype(dtype)
    if sample.size == 0:
        return Intensity(0.0, 1.0, dtype)
    least, most = float(sample.min()), float(sample.max())
    unit_float = dtype.kind == "f" and least >= 0 and most <= 1
    if max(-least, most) > MOST_FLOAT64:
        raise InvalidImageError("values whose range a float64 can hold", f"values from {least} to {most}")
    if normalize == "full" or (normalize == "auto" and dtype == np.uint8) or (least == most and unit_float):
        low, high = _full_range(dtype, least, most, unit_float)
    else:
        low, high = _percentiles(sample, least, most)
        check_missing(sample, dtype, low, high)
        far = FAR * (high - low)
        if normalize == "auto" and rgb and dtype.kind == "f" and least >= low - far and most <= high + far:
            low, high = least, most
    if high <= low:
        high = low + max(1.0, abs(low))
    return Intensity(low, high, dtype)


def _percentiles(sample: Array, least: float, most: float) -> tuple[float, float]:
    low, high = (float(v) for v in np.percentile(sample.astype(np.float64), PERCENTILES))
    return (low, high) if low < high else (least, most)


def _given(low: float, high: float, dtype: np.dtype[Any]) -> Intensity:
    if not (low < high and math.isfinite(high - low)):
        raise InvalidParameterError("normalize to be (low, high), the low less than the high", repr((low, high)))
    return Intensity(float(low), float(high), dtype)


def _full_range(dtype: np.dtype[Any], least: float, most: float, unit_float: bool) -> tuple[float, float]:
    if unit_float:
        return 0.0, 1.0
    if dtype.kind == "f":
        return least, most
    limits = np.iinfo(dtype)
    return (0.0 if least >= 0 else float(limits.min)), float(limits.max)
