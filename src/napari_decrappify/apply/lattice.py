"""The lattice of a tiled watermark: where its copies stand, and what they say together.

A mark that is repeated shines through another background at every copy: where one copy is hard to see, others aren't.
Damage probabilities that are shifted by a step of the lattice agree with themselves, so the lattice shows as peaks of
their autocorrelation (Lin et al., Extracting periodicity of a regular texture based on autocorrelation functions,
Pattern Recognition Letters, 1997). What merely resembles a mark is hardly ever repeated exactly.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Whole: TypeAlias = npt.NDArray[np.int_]

# Lengths below are in squares of POOL pixels a side, over which probabilities are averaged before they are compared.
POOL = 2
BACKGROUND = 21  # side of the mean that is taken off: damage in general is no pattern
BLUR = 0.7  # so that copies agree that stand half a square apart
LEAST_SIGN = 12.0  # sum of squared deviations below which there is nothing to compare
LEAST_POWER = 3.0  # of what two parts hold, below which they count as this: a few pixels agree by chance
SHARE = 0.75  # of the plane's sides that the longest steps have
NEAREST, LEAST_AREA = 7.0, 100.0  # of steps, and of the cell between two
PEAKS = 30  # the strongest are tried in pairs
LEVEL, RELATIVE = 0.3, 0.6  # least correlation of a copy, and its least share of the strongest one's
LEAST_SCORE, LEAST_COPIES = 1.0, 6  # by what all points of a lattice exceed that together, and how many there are
REACH = 2  # by which a point of the lattice may be off
SURE = 6.0  # logit that one copy has at the most, so that it doesn't outweigh all others


class Lattice(NamedTuple):
    """Two steps, (y, x), from each copy to its neighbours: in squares while it is looked for, in pixels when found."""

    first: Floats
    second: Floats

    @property
    def area(self) -> float:
        """Of the cell between the steps."""
        return abs(float(self.first[0] * self.second[1] - self.first[1] * self.second[0]))

    def reduced(self) -> Lattice:
        """Return the shortest steps of the same lattice (Lagrange and Gauss)."""
        short, long = sorted(self, key=np.linalg.norm)
        while times := round(float(short @ long / (short @ short))):
            short, long = sorted((short, long - times * short), key=np.linalg.norm)
        return Lattice(short, long)

    def points(self, reach: Whole) -> tuple[Whole, Whole]:
        """Return which whole multiples of the steps lead how far: (N, 2) each, within +- `reach` and without zero."""
        steps = np.stack(self)
        most = np.abs(np.array([reach, reach * (1, -1)]) @ np.linalg.inv(steps)).max(0).astype(int) + 1
        times = np.stack([axis.ravel() for axis in np.mgrid[-most[0] : most[0] + 1, -most[1] : most[1] + 1]], -1)
        ends = np.rint(times @ steps).astype(int)
        inside = (np.abs(ends) <= reach).all(1) & times.any(1)
        return times[inside], ends[inside]


def find_lattice(logits: Floats) -> Lattice | None:
    """Return the lattice that the damage in a plane stands on, or None where it isn't repeated.

    Parameters
    ----------
    logits : ndarray
        (Y, X), of the probability that a pixel is damaged.
    """
    deviations = _deviations(logits)
    if float(np.square(deviations).sum()) < LEAST_SIGN:
        return None
    correlation = _autocorrelation(deviations)
    lattice = _best(correlation)
    return None if lattice is None else Lattice(*(POOL * step for step in _refined(lattice, correlation)))


def agreed(logits: Floats, lattice: Lattice) -> Floats:
    """Return the mean logits of all copies of each pixel, (Y, X) as `logits`; each counts `SURE` at the most."""
    places = np.moveaxis(np.indices(logits.shape), 0, -1) @ np.linalg.inv(np.stack(lattice))
    sides = [int(np.ceil(np.linalg.norm(step))) for step in lattice]
    down, across = ((places[..., axis] % 1 * side).astype(int) % side for axis, side in enumerate(sides))
    cell = down * sides[1] + across
    sums = np.bincount(cell.ravel(), np.clip(logits, -SURE, SURE).ravel(), sides[0] * sides[1])
    counts = np.bincount(cell.ravel(), minlength=len(sums))
    smooth, weight = (ndimage.gaussian_filter(a.reshape(sides).astype(float), 1, mode="wrap") for a in (sums, counts))
    mean: Floats = (smooth / weight).ravel()[cell].astype(np.float32)
    return mean


def _deviations(logits: Floats) -> Floats:
    """Return by how much probabilities exceed those around them, averaged over small squares."""
    y, x = (n // POOL for n in logits.shape)
    squares = logits[: y * POOL, : x * POOL].astype(np.float32).reshape(y, POOL, x, POOL)
    probability = (1 / (1 + np.exp(-squares))).mean((1, 3))
    deviations: Floats = ndimage.gaussian_filter(probability - ndimage.uniform_filter(probability, BACKGROUND), BLUR)
    return deviations


def _autocorrelation(plane: Floats) -> Floats:
    """Return the correlation of a plane with itself for all steps up to `SHARE` of its sides; no step is the centre.

    Each is normalised by what the two overlapping parts hold.
    """
    size = [fft.next_fast_len(2 * n, real=True) for n in plane.shape]
    values, squares, ones = (fft.rfft2(part, size) for part in (plane, plane**2, np.ones_like(plane)))
    product = fft.irfft2(values * values.conj(), size)
    power = fft.irfft2(squares * ones.conj(), size) * fft.irfft2(ones * squares.conj(), size)
    correlation = product / np.sqrt(np.maximum(power, LEAST_POWER))
    reach = [int(SHARE * n) for n in plane.shape]
    rolled = np.roll(correlation, reach, (0, 1))
    found: Floats = rolled[: 2 * reach[0] + 1, : 2 * reach[1] + 1]
    return found


def _best(correlation: Floats) -> Lattice | None:
    """Return the lattice whose points correlate most, all together, beyond what a copy must."""
    centre = np.array(correlation.shape) // 2
    around = 2 * REACH + 1
    peaks = np.argwhere((correlation == ndimage.maximum_filter(correlation, around)) & (correlation > LEVEL)) - centre
    peaks = peaks[(np.linalg.norm(peaks, axis=1) >= NEAREST) & (peaks @ (len(correlation[0]), 1) > 0)]
    strength = correlation[tuple((peaks + centre).T)]
    strongest = peaks[np.argsort(-strength)[:PEAKS]].astype(float)
    level = max(LEVEL, RELATIVE * float(strength.max(initial=0)))
    excess = ndimage.maximum_filter(correlation, REACH + 1) - level
    best, chosen = LEAST_SCORE, None
    for steps in itertools.combinations(strongest, 2):
        lattice = Lattice(*steps)
        if lattice.area < LEAST_AREA:
            continue
        lattice = lattice.reduced()
        points = lattice.points(centre)[1]
        score = float(excess[tuple((points + centre).T)].sum())
        if score > best and len(points) >= LEAST_COPIES and np.linalg.norm(lattice.first) >= NEAREST:
            best, chosen = score, lattice
    return chosen


def _refined(lattice: Lattice, correlation: Floats) -> Lattice:
    """Return the lattice that fits the peaks near its points, nearest ones first, so that far ones are met."""
    centre = np.array(correlation.shape) // 2
    window = np.stack(np.meshgrid(*2 * [np.arange(-REACH, REACH + 1)], indexing="ij"), -1).reshape(-1, 2)
    reach = 1.5 * float(np.linalg.norm(lattice.second))
    while True:
        times, points = lattice.points(centre - REACH)
        near = np.linalg.norm(points, axis=1) <= reach
        places = points[near][:, None] + window
        strength = correlation[tuple(np.moveaxis(places + centre, -1, 0))]
        best = strength.argmax(1)
        weight = np.maximum(strength.max(1), 0)[:, None] ** 2
        weighted = times[near] * weight
        if len(weighted) and np.linalg.matrix_rank(weighted) == 2:
            ends = np.take_along_axis(places, best[:, None, None], 1)[:, 0]
            fitted = Lattice(*np.linalg.lstsq(weighted, ends * weight, rcond=None)[0])
            lattice = fitted if fitted.area >= LEAST_AREA else lattice
        if reach > np.linalg.norm(centre):
            return lattice
        reach *= 2
