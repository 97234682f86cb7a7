"""A better coverage: what a finder believes, and what the picture itself says, each by how sure it is.

Where the ground is smooth, m = <J - S, c - S> / (o |c - S|^2) is as good as the smooth fill S; where it is rough, the
finder knows better. Their mean, weighted by inverse variances, lets texture through and takes ghosts away.
"""

from __future__ import annotations

import numpy as np

from ..engine.blending import Pixels
from .fitting import Floats
from .ground import LEAST
from .mark import SolvedMark

SHARPER = 0.7
"""Of the ground's roughness: how far off a fill is in a stroke's rims, where coverage is in doubt."""
LEAST_CONTRAST = 0.02
"""Of a mark with its ground, in the unit range, below which the picture says nothing of the coverage."""

CERTAIN = 2.0
"""Deviations by which coverage must exceed 0 for a pixel to be changed: beside rims, less of it is mere chance."""


def physical_coverage(image: Pixels, smooth: Pixels, mark: SolvedMark, rough: Pixels) -> tuple[Pixels, Pixels]:
    """Return the coverage that the picture says by itself, (Y, X), not clipped, and its standard deviation."""
    apart = mark.color - smooth
    power = np.square(apart).sum(-1)
    strength = max(mark.opacity, LEAST_CONTRAST)
    contrast = np.maximum(np.sqrt(power / image.shape[-1]), LEAST_CONTRAST)
    coverage: Floats = ((image - smooth) * apart).sum(-1) / (strength * np.maximum(power, LEAST_CONTRAST**2))
    deviation: Floats = np.hypot(SHARPER * rough, LEAST) / (strength * contrast)
    return coverage.astype(np.float32), deviation.astype(np.float32)


def refined(image: Pixels, smooth: Pixels, mark: SolvedMark, rough: Pixels, doubt: float | Pixels) -> SolvedMark:
    """Return a mark whose coverage also says what the picture does, and is 0 where neither is certain of any.

    Parameters
    ----------
    image, smooth : ndarray of float32
        (Y, X, C): with the mark, and about what lies under it.
    mark : SolvedMark
        Its coverage is what a finder believes; where that is 0, it stays so.
    rough : ndarray of float32
        (Y, X): how far off `smooth` may be.
    doubt : float or ndarray
        How far off the coverage may be, as a standard deviation.
    """
    mean, off = mean_of((mark.coverage, doubt), physical_coverage(image, smooth, mark, rough))
    coverage = np.where((mark.coverage > 0) & (mean > CERTAIN * off), np.clip(mean, 0, 1), 0).astype(np.float32)
    return SolvedMark(coverage, mark.color, mark.opacity, mark.residual)


def mean_of(one: tuple[Pixels, float | Pixels], other: tuple[Pixels, Pixels]) -> tuple[Pixels, Pixels]:
    """Return the mean of two estimates, each a value with its standard deviation, and how far off it may be itself."""
    first, second = (1 / np.square(deviation) for _, deviation in (one, other))
    sums = first + second
    mean, off = (first * one[0] + second * other[0]) / sums, 1 / np.sqrt(sums)
    return mean.astype(np.float32), off.astype(np.float32)
