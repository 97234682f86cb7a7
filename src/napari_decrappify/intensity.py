"""Intensities: any supported dtype and range <-> [0, 1] float32, invertibly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from .errors import InvalidImageError, InvalidParameterError

Normalize: TypeAlias = Literal["auto", "full", "percentile", "percentile-per-plane"]
NonFinite: TypeAlias = Literal["raise", "fill"]
Array: TypeAlias = npt.NDArray[Any]

SUPPORTED = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float16", "float32", "float64")
PERCENTILES = (0.1, 99.9)


@dataclass(frozen=True)
class Intensity:
    """An affine map between an image's own values and the unit range of the nets.

    Parameters
    ----------
    low, high : float
        The image values that become 0 and 1. Values outside map outside, and come back: nothing is clipped
        on the way in.
    dtype : numpy.dtype
        What `from_unit` returns; integers are rounded and clipped to what the dtype can hold.
    """

    low: float
    high: float
    dtype: np.dtype[Any]

    def to_unit(self, array: Array) -> npt.NDArray[np.float32]:
        """Map image values to float32, `low` to 0 and `high` to 1."""
        scaled = array.astype(np.float32) if array.dtype.itemsize <= 2 else array.astype(np.float64)
        scaled -= self.low
        scaled /= self.high - self.low
        return scaled.astype(np.float32, copy=False)

    def from_unit(self, unit: Array) -> Array:
        """Map unit values back to the image's range and dtype."""
        values = unit.astype(np.float32 if self.dtype.itemsize <= 2 else np.float64)
        values *= self.high - self.low
        values += self.low
        if self.dtype.kind in "ui":
            limits = np.iinfo(self.dtype)
            np.clip(np.rint(values, out=values), limits.min, limits.max, out=values)
        return values.astype(self.dtype)


def check_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return the dtype, or raise `InvalidImageError` if images of it aren't supported."""
    dtype = np.dtype(dtype)
    if dtype.newbyteorder("=").name not in SUPPORTED:
        advice = "Convert a label or boolean image with image.astype('uint8') * 255." if dtype.kind == "b" else ""
        raise InvalidImageError(f"an image of dtype {', '.join(SUPPORTED)}", f"dtype {dtype}", advice)
    return dtype


def check_finite(array: Array) -> None:
    """Raise `InvalidImageError` with the count and the first index if a value is NaN or infinite."""
    if array.dtype.kind != "f":
        return
    bad = ~np.isfinite(array)
    count = int(np.count_nonzero(bad))
    if count:
        first = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
        raise InvalidImageError(
            "finite values",
            f"{count} NaN or infinite value(s), the first at index {first}",
            "Pass nonfinite='fill' to replace them with the nearest finite bound, or clean the image.",
        )


def fill_nonfinite(array: Array) -> Array:
    """Replace NaN by the finite minimum and infinities by the finite minimum and maximum."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array
    finite = array[np.isfinite(array)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    return np.nan_to_num(array, nan=low, posinf=high, neginf=low)


def measure(sample: Array, dtype: npt.DTypeLike, normalize: Normalize = "auto") -> Intensity:
    """Find the intensity map for an image from a sample of its values.

    Parameters
    ----------
    sample : ndarray
        Finite values that stand for the image: all of it, or a regular subsample of something large.
    dtype : dtype
        The image's dtype.
    normalize : {"auto", "full", "percentile", "percentile-per-plane"}
        ``"full"`` maps an integer dtype's whole range (for signed types: 0 to the maximum, where no value is
        negative) and, for floats, [0, 1] where the values lie in it and [min, max] where not.
        ``"percentile"`` maps the 0.1 and 99.9 percentiles, which suits 16-bit data that fills a part of its range.
        ``"auto"`` is ``"full"`` for uint8 and for floats within [0, 1], and ``"percentile"`` otherwise.
        For ``"percentile-per-plane"`` the caller passes one plane at a time.

    Raises
    ------
    InvalidParameterError
        For another value of `normalize`.
    """
    if normalize not in get_args(Normalize):
        raise InvalidParameterError(f"normalize to be one of {get_args(Normalize)}", repr(normalize))
    dtype = check_dtype(dtype)
    if sample.size == 0:
        return Intensity(0.0, 1.0, dtype)
    least, most = float(sample.min()), float(sample.max())
    unit_float = dtype.kind == "f" and least >= 0 and most <= 1
    if normalize == "auto":
        normalize = "full" if dtype == np.uint8 or unit_float else "percentile"
    if normalize == "full":
        low, high = _full_range(dtype, least, most, unit_float)
    else:
        low, high = (float(v) for v in np.percentile(sample.astype(np.float64), PERCENTILES))
        if high <= low:
            low, high = least, most
    if high <= low:
        high = low + 1.0
    return Intensity(low, high, dtype)


def _full_range(dtype: np.dtype[Any], least: float, most: float, unit_float: bool) -> tuple[float, float]:
    if unit_float:
        return 0.0, 1.0
    if dtype.kind == "f":
        return least, most
    limits = np.iinfo(dtype)
    return (0.0 if least >= 0 else float(limits.min)), float(limits.max)
