"""What is believed of a mark's coverage, and how far off that may be: by the shape of a mask that fits its mark.

Marks of one shape, such as the letters of tiled text, have one coverage. Each shines through another ground, so what
the picture says of it at all of them is pooled, by how sure each is and by how much they differ: a random-effects mean
(DerSimonian and Laird, 1986).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask
from .fitting import Floats

DEPTHS = (1.01, 1.51, 2.02)
"""Distances from the outside, in pixels, at which the rims of a drawn mark are parted."""
COVERAGES = np.array([0.40, 0.74, 0.91, 0.98, 0.03], np.float32)
DOUBTS = np.array([0.32, 0.19, 0.12, 0.07, 0.08], np.float32)
"""Mean and deviation of coverage in each part, of letters and logos as they are drawn; and in a margin around them."""
SUREST = 0.02
"""Deviation below which no number of copies makes a coverage more certain."""
FULLEST = 1.1
"""Coverage that is believed at the most: above 1 where an opacity is too small."""


@dataclass(frozen=True)
class Belief:
    """Coverage with its standard deviation, as arrays of one shape."""

    coverage: Floats
    doubt: Floats

    def at(self, where: Mask | slice) -> Belief:
        """Return what is believed of some of the pixels, as (N,) arrays."""
        return Belief(self.coverage[where], self.doubt[where])


def depth_of(mask: Mask) -> Pixels:
    """Return how far each pixel of a (Y, X) mask is from what is outside of it; beyond the plane, it goes on."""
    depth: Pixels = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1].astype(np.float32)
    return depth


def by_depth(mask: Mask, depth: Pixels, margin: int = 0) -> Belief:
    """Return what a mask that is so many pixels wider than its mark says of coverage, (Y, X).

    It is all of a pixel inside, part of it at its rims, and hardly any in the margin.
    """
    part = np.where(depth > margin, np.digitize(depth - margin, DEPTHS), len(DEPTHS) + 1)
    return Belief(np.where(mask, COVERAGES[part], 0).astype(np.float32), DOUBTS[part])


class Shapes:
    """The pieces of a mask, and which of them have one shape.

    Parameters
    ----------
    mask : ndarray of bool
        (Y, X).
    """

    def __init__(self, mask: Mask) -> None:
        labels, count = ndimage.label(mask, np.ones((3, 3)))
        self.inside = np.flatnonzero(mask)
        of_piece = labels.ravel()[self.inside]
        order = np.argsort(of_piece, kind="stable")
        y, x = np.divmod(self.inside[order], mask.shape[1])
        ends = np.searchsorted(of_piece[order], np.arange(1, count + 2))
        seen: dict[bytes, int] = {}
        slots, self.size = np.empty(len(order), int), 0
        for first, last in itertools.pairwise(ends):
            shape = np.stack([y[first:last] - y[first], x[first:last] - x[first]]).tobytes()
            if shape not in seen:
                seen[shape] = self.size
                self.size += last - first
            slots[first:last] = seen[shape] + np.arange(last - first)
        self._slot = np.empty_like(slots)
        self._slot[order] = slots

    def pooled(self, belief: Belief, said: Belief) -> Belief:
        """Return a belief that all pieces of one shape share.

        Parameters
        ----------
        belief : Belief
            (Y, X).
        said : Belief
            (N,): what the picture says at each pixel inside the mask. Infinite doubt says nothing.
        """
        at, size = self._slot, self.size
        copies = np.bincount(at, np.isfinite(said.doubt), size)
        mean, off = _random_effects(said, at, size)
        surer = np.where(copies > 1, 1 / np.square(np.maximum(off, SUREST)), 0)[at]
        before = belief.coverage.ravel()[self.inside], belief.doubt.ravel()[self.inside]
        own = 1 / np.square(before[1])
        coverage, doubt = belief.coverage.copy(), belief.doubt.copy()
        together = (own * before[0] + surer * mean[at]) / (own + surer)
        coverage.ravel()[self.inside] = np.clip(together, 0, FULLEST)
        doubt.ravel()[self.inside] = 1 / np.sqrt(own + surer)
        return Belief(coverage, doubt)


def _random_effects(said: Belief, at: np.ndarray, size: int) -> tuple[Floats, Floats]:
    """Return the mean of what is said for each slot, and how far off it is for any one who says it."""
    variance = np.square(said.doubt.astype(float))
    weight = 1 / variance
    sums, mean = _mean(said.coverage, weight, at, size)
    squares = np.bincount(at, weight**2, size)
    spread = np.bincount(at, weight * np.square(said.coverage - mean[at]), size)
    freedom = np.maximum(np.bincount(at, weight > 0, size) - 1, 0)
    between = np.maximum(spread - freedom, 0) / np.maximum(sums - squares / np.maximum(sums, 1e-9), 1e-9)
    between[freedom == 0] = 0
    sums, mean = _mean(said.coverage, 1 / (variance + between[at]), at, size)
    return mean, np.sqrt(1 / np.maximum(sums, 1e-9) + between)


def _mean(values: Floats, weight: Floats, at: np.ndarray, size: int) -> tuple[Floats, Floats]:
    sums: Floats = np.bincount(at, weight, size).astype(float)
    means: Floats = np.bincount(at, weight * values, size) / np.maximum(sums, 1e-9)
    return sums, means
