"""Missing data: values such as -9999 that dwarf an image and stand for none."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InvalidImageError

Array = npt.NDArray[Any]

SHARE = 1e-3
"""Share of values from which one counts in the percentiles, and so in the range."""
DWARFED, DWARFED_BY_BRIGHT = 3.0, 8.0
"""How many times the range of all others is stretched by such a value: below zero, and at an integer type's maximum,
which saturated pixels have too."""
BEYOND = 1e6
"""Ranges away from the range, nothing is a hot pixel any more."""
WITHIN = (0.1, 99.9)


def check_missing(sample: Array, dtype: np.dtype[Any], low: float, high: float) -> None:
    """Raise `InvalidImageError` if values stand for missing data.

    They are recognised by one value, the least or the greatest, at which many pixels lie while the others are together
    far from it; or by their distance, whatever their number.

    Parameters
    ----------
    sample : ndarray
        Finite values that stand for the image.
    dtype : dtype
        The image's.
    low, high : float
        The range that was measured from the sample.
    """
    least, most = float(sample.min()), float(sample.max())
    for extreme, other in ((least, most), (most, least)):
        away = max(low - extreme, extreme - high)
        rest = _others(sample, extreme) if _suspicious(extreme, other, dtype) or away > BEYOND * (high - low) else None
        if rest is None or rest[0] >= rest[1]:
            continue
        times = (high - low) / (rest[1] - rest[0])
        dwarfed = times > (DWARFED if extreme < 0 else DWARFED_BY_BRIGHT) and _share(sample, extreme) >= SHARE
        if dwarfed or max(rest[0] - extreme, extreme - rest[1]) > BEYOND * (rest[1] - rest[0]):
            raise _missing(extreme, rest)


def _suspicious(extreme: float, other: float, dtype: np.dtype[Any]) -> bool:
    """Tell whether a value may stand for missing data: none that black, or light, or saturation usually has."""
    if extreme < 0:
        return abs(extreme) > abs(other)
    return dtype.kind in "ui" and extreme == np.iinfo(dtype).max and extreme > other


def _share(sample: Array, value: float) -> float:
    return np.count_nonzero(sample == value) / sample.size


def _others(sample: Array, extreme: float) -> tuple[float, float] | None:
    """Return the percentiles of the other values."""
    rest = sample[sample != extreme]
    if not rest.size:
        return None
    low, high = np.percentile(rest.astype(np.float64), WITHIN)
    return float(low), float(high)


def _missing(value: float, rest: tuple[float, float]) -> InvalidImageError:
    low, high = (f"{end:.6g}" for end in rest)
    return InvalidImageError(
        "values that all belong to the image",
        f"some of {value:.6g}, which dwarf the others, from {low} to {high}",
        f"If they stand for missing data, pass normalize=({low}, {high}), or replace them by NaN and pass "
        "nonfinite='fill'. If they are real, pass normalize with the range that is to count.",
    )
