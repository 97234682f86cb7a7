"""The brightness of one plane matched to that of another: bleaching and flicker between them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask
from ..source import Array

LEAST = 32  # pixels that both must know
BLUR = 2.0  # pixels: noise would make the gain too small
MOST_GAIN = 4.0
FLAT = 1e-5
"""Of the squared range: where there is less variance than this, the gain stays near 1."""
OUTLIER = 3.0
"""Standard deviations, from which on a pixel is taken for something that has moved."""
ROUNDS = 5
MOST_VALUES = 2**16

Line: TypeAlias = tuple[float, float]


def matched(donor: Pixels, seen: Pixels, shared: Mask) -> Pixels:
    """Return (Y, X, C) pixels with the gain and offset that bring them nearest to others, where both are known."""
    if np.count_nonzero(shared) < LEAST:
        return donor
    blurred = [_sample(_blurred(pixels, shared), shared) for pixels in (donor, seen)]
    lines = [_line(x, y) for x, y in zip(blurred[0].T, blurred[1].T, strict=True)]
    gain, offset = np.array(lines, np.float32).T
    result: Pixels = donor * gain + offset
    return result


def _blurred(pixels: Pixels, known: Mask) -> Pixels:
    """Return the Gaussian mean of what is known around each pixel."""
    sigma = (BLUR, BLUR, 0)
    weight = ndimage.gaussian_filter(known[..., None].astype(np.float32), sigma)
    total = ndimage.gaussian_filter(np.where(known[..., None], pixels, np.float32(0)), sigma)
    mean: Pixels = total / np.maximum(weight, np.finfo(np.float32).tiny)
    return mean


def _sample(pixels: Pixels, shared: Mask) -> Pixels:
    """Return the shared pixels, or every n-th of them, (N, C)."""
    step = max(1, np.count_nonzero(shared) // MOST_VALUES)
    values: Pixels = pixels[shared][::step]
    return values


def _line(x: Array, y: Array) -> Line:
    """Fit y = gain x + offset without outliers, from two beginnings: all pixels, and as if there was only an offset."""
    starts = (_least_squares(x, y), (1.0, float(np.median(y - x))))
    return min((_without_outliers(x, y, start) for start in starts), key=lambda line: np.median(_errors(x, y, line)))


def _without_outliers(x: Array, y: Array, line: Line) -> Line:
    for _ in range(ROUNDS):
        error = _errors(x, y, line)
        near = error <= OUTLIER * 1.4826 * np.median(error)  # which makes of the median a standard deviation
        if near.sum() < LEAST:
            break
        line = _least_squares(x[near], y[near])
    return line


def _errors(x: Array, y: Array, line: Line) -> Array:
    gain, offset = line
    errors: Array = np.abs(y - gain * x - offset)
    return errors


def _least_squares(x: Array, y: Array) -> Line:
    middle, wanted = float(x.mean(dtype=np.float64)), float(y.mean(dtype=np.float64))
    variance, common = float(np.mean((x - middle) ** 2)), float(np.mean((x - middle) * (y - wanted)))
    gain = float(np.clip((common + FLAT) / (variance + FLAT), 1 / MOST_GAIN, MOST_GAIN))
    return gain, wanted - gain * middle
