"""The strength and colours of a mark under which all pictures go on across its rims, and inside it, as pictures do.

J = (1 - a) I + a c makes I = c + g (J - c) with the gain g = 1 / (1 - a): one number for each pixel, for all pictures
and channels. Neighbours in a picture are mostly alike; where N pictures in C channels vote, with little weight for
those that have an edge there, the gain of a pixel follows from that of its neighbour, and outside the mark it is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse
from scipy.sparse.linalg import cg

from ..marks.fitting import Floats
from ..masks import Mask

Places = npt.NDArray[np.intp]

STEP = 2 / 255
"""Difference between neighbours, in the unit range, below which it says no more."""
LEAST_GAIN, MOST_GAIN = 0.7, 50.0
OWN = 0.1
"""Gain, beyond 1, below which little of a pixel's own colour is seen."""
EXACT = 1e-4
ITERATIONS = 400
FURTHER = 1.5
"""Times a step that is taken: gains and colours, one after the other, come near slowly by themselves."""


@dataclass(frozen=True)
class Neighbors:
    """The pixels of a mark and those beside it, M in all, and their E pairs of neighbours.

    Attributes
    ----------
    pixels : ndarray of bool
        (Y, X): which they are.
    marked : ndarray of bool
        (M,): which of them are of the mark.
    first, second : ndarray of int
        (E,): the pairs, by their places among the M.
    """

    pixels: Mask
    marked: Mask
    first: Places
    second: Places

    @classmethod
    def of(cls, region: Mask) -> Self:
        """Return those of a (Y, X) region."""
        pixels = ndimage.binary_dilation(region)
        number = np.cumsum(pixels).reshape(region.shape) - 1
        pairs = []
        for before, after in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
            there = pixels[before] & pixels[after] & (region[before] | region[after])
            pairs.append((number[before][there], number[after][there]))
        first, second = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
        return cls(pixels, region[pixels], first, second)

    def differences(self, values: Floats) -> Floats:
        """Return how much the first of each pair has more than the second."""
        found: Floats = values[self.first] - values[self.second]
        return found

    def sums(self, first: Floats, second: Floats) -> Floats:
        """Return for each pixel the sum of what its pairs have for it, where it is the first and the second of them."""
        count = len(self.marked)
        total = np.bincount(self.first, first, count) + np.bincount(self.second, second, count)
        return total.astype(float)


@dataclass(frozen=True)
class Smoothing:
    """The pictures of a mark, (N, M, C), and the colour that each of its pixels has.

    Attributes
    ----------
    neighbors : Neighbors
    pictures : ndarray of float32
    labels : ndarray of int
        (M,): which colour.
    """

    neighbors: Neighbors
    pictures: Floats
    labels: Places

    def gains(self, gain: Floats, colors: Floats) -> Floats:
        """Return better gains: a Gauss-Newton step of their logarithms, and further.

        What is multiplied by a change is the mean of both neighbours, not the one that is changed: noise of its own
        would make it seem smaller than it is, and marks fainter, the more the wider they are.
        """
        pairs, color = self.neighbors, colors[self.labels]
        totals = np.zeros((5, len(pairs.first)))
        for picture in self.pictures:
            clean = color + gain[:, None] * (picture - color)
            change = pairs.differences(clean)
            weight = _weight(change)
            middle = (clean[pairs.first] + clean[pairs.second]) / 2
            one, other = middle - color[pairs.first], middle - color[pairs.second]
            for total, (a, b) in zip(
                totals, ((one, one), (other, other), (one, other), (one, change), (other, change)), strict=True
            ):
                total += weight * np.einsum("ec,ec->e", a, b)
        own = pairs.sums(totals[0], totals[1])
        wanted = pairs.sums(-totals[3], totals[4])
        better = gain * np.exp(FURTHER * self._solved(own, totals[2], wanted))
        clipped: Floats = np.clip(better, LEAST_GAIN, MOST_GAIN)
        return clipped

    def colors(self, gain: Floats, colors: Floats) -> Floats:
        """Return better colours for those gains: towards those of least squares, and further."""
        pairs, color, count = self.neighbors, colors[self.labels], len(colors)
        share: Floats = np.zeros((len(gain), count))
        share[np.arange(len(gain)), self.labels] = 1 - gain
        share = pairs.differences(share)
        normal, wanted = np.zeros((count, count)), np.zeros((count, colors.shape[1]))
        for picture in self.pictures:
            weight = _weight(pairs.differences(color + gain[:, None] * (picture - color)))[:, None]
            normal += (weight * share).T @ share
            wanted -= (weight * share).T @ pairs.differences(gain[:, None] * picture)
        normal += 1e-9 * max(np.trace(normal), 1.0) * np.eye(count)
        better: Floats = np.clip(colors + FURTHER * (np.linalg.solve(normal, wanted) - colors), 0, 1)
        return better

    def own_colors(self, gain: Floats, colors: Floats) -> Floats:
        """Return a colour for each pixel, (M, C): pixels where two colours meet have one between them."""
        pairs, color = self.neighbors, colors[self.labels]
        between = np.zeros(len(pairs.first))
        wanted = np.zeros((len(pairs.first), colors.shape[1]))
        for picture in self.pictures:
            change = pairs.differences(color + gain[:, None] * (picture - color))
            weight = _weight(change)
            between += weight
            wanted += weight[:, None] * change
        own = pairs.sums(between, between)
        more = [self._solved(own, between, pairs.sums(-part, part)) for part in wanted.T]
        seen = np.maximum(gain - 1, OWN)[:, None]
        better: Floats = np.clip(color - np.stack(more, -1) / seen, 0, 1)
        return better

    def _solved(self, own: Floats, between: Floats, wanted: Floats) -> Floats:
        """Return the change of each pixel, 0 outside the mark, by conjugate gradients."""
        pairs, inside, count = self.neighbors, self.neighbors.marked, len(own)
        rows, columns = np.r_[pairs.first, pairs.second], np.r_[pairs.second, pairs.first]
        links = sparse.coo_matrix((-np.r_[between, between], (rows, columns)), (count, count)).tocsr()
        inner = (links + sparse.diags(np.maximum(own, 1e-9)))[inside][:, inside]
        change = np.zeros(count)
        change[inside], _ = cg(
            inner, wanted[inside], rtol=EXACT, maxiter=ITERATIONS, M=sparse.diags(1 / inner.diagonal())
        )
        return np.clip(change, -1, 1)


def _weight(difference: Floats) -> Floats:
    """Return (E,) weights of (E, C) differences: their size counts, not their square."""
    weight: Floats = 1 / np.sqrt(np.einsum("ec,ec->e", difference, difference) / difference.shape[1] + STEP**2)
    return weight
