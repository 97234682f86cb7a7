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
SHARE, OVERLAP = 0.85, 0.12  # of the plane's sides that the longest steps have, and of it that is left to compare
NEAREST, LEAST_AREA = 12.0, 250.0  # of steps, and of the cell between two: letters stand nearer to each other
PEAKS, LEVEL = 30, 0.2  # the strongest are tried, alone and in pairs, if they correlate that much
REACH = 2  # by which a point of the lattice may be off
EXPLAINED, ALIKE = 0.25, 0.36  # least share of the damage that copies tell of each other, and their correlation
FEWEST = 1.2  # least number of copies that a pixel has beside itself, on the average: two make no lattice
MORE = 0.15  # power of the number of copies by which a lattice is preferred
FULL = 1.2  # of the mean over a mark, each pixel weighted by what copies say of it, what they say in its middle


class Lattice(NamedTuple):
    """Two steps, (y, x), from each copy to its neighbours: in squares while it is looked for, in pixels when found.

    Copies that only stand in a row have a second step that leads out of the plane.
    """

    first: Floats
    second: Floats

    @classmethod
    def row(cls, step: Floats, shape: tuple[int, ...]) -> Lattice:
        """Return the lattice of copies in a row, on a plane of that shape."""
        aside = np.array([-step[1], step[0]]) / np.linalg.norm(step)
        return cls(step, aside * (shape[0] + shape[1]))

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
    correlation = Correlation.of(deviations)
    best = max(map(correlation.refined, correlation.likeliest()), key=correlation.worth, default=None)
    if best is None or not correlation.worth(best) or correlation.explained(best)[0] < EXPLAINED:
        return None
    return Lattice(*(POOL * step for step in best))


def agreed(probability: Floats, lattice: Lattice) -> Floats:
    """Return how much all copies together say that each pixel is damaged, (Y, X) in [0, 1].

    Where a finder overlooks most copies, their mean is low, but as high as it gets: it is compared with what it is
    where the mark covers all.

    Parameters
    ----------
    probability : ndarray
        (Y, X), of damage.
    lattice : Lattice
        Where the copies stand.
    """
    places = np.moveaxis(np.indices(probability.shape), 0, -1) @ np.linalg.inv(np.stack(lattice))
    sides = [int(np.ceil(np.linalg.norm(step))) for step in lattice]
    down, across = ((places[..., axis] % 1 * side).astype(int) % side for axis, side in enumerate(sides))
    cell = down * sides[1] + across
    sums = np.bincount(cell.ravel(), probability.ravel(), sides[0] * sides[1])
    counts = np.bincount(cell.ravel(), minlength=len(sums))
    smooth, weight = (ndimage.gaussian_filter(a.reshape(sides).astype(float), 1, mode="wrap") for a in (sums, counts))
    mean = (smooth / np.maximum(weight, 1e-9)).ravel()[cell]
    above = np.maximum(mean - np.median(mean), 0)
    full = FULL * float(np.square(above).sum() / max(above.sum(), 1e-9))
    share: Floats = np.clip(above / max(full, 1e-9), 0, 1).astype(np.float32)
    return share


def _deviations(logits: Floats) -> Floats:
    """Return by how much probabilities exceed those around them, averaged over small squares."""
    y, x = (n // POOL for n in logits.shape)
    squares = logits[: y * POOL, : x * POOL].astype(np.float32).reshape(y, POOL, x, POOL)
    probability = (1 / (1 + np.exp(-squares))).mean((1, 3))
    deviations: Floats = ndimage.gaussian_filter(probability - ndimage.uniform_filter(probability, BACKGROUND), BLUR)
    return deviations


class Correlation:
    """The correlation of a (Y, X) plane with itself, for all steps up to `SHARE` of its sides."""

    def __init__(self, values: Floats, shape: tuple[int, ...]) -> None:
        self._values, self._shape = values, shape
        self._nearby = ndimage.maximum_filter(values, REACH + 1)
        self._centre = np.array(values.shape) // 2

    @classmethod
    def of(cls, plane: Floats) -> Correlation:
        """Correlate a plane; each value is normalised by what the two overlapping parts hold."""
        size = [fft.next_fast_len(2 * n, real=True) for n in plane.shape]
        values, squares, ones = (fft.rfft2(part, size) for part in (plane, plane**2, np.ones_like(plane)))
        product = fft.irfft2(values * values.conj(), size)
        power = fft.irfft2(squares * ones.conj(), size) * fft.irfft2(ones * squares.conj(), size)
        correlation = product / np.sqrt(np.maximum(power, LEAST_POWER))
        reach = [int(SHARE * n) for n in plane.shape]
        rolled = np.roll(correlation, reach, (0, 1))
        return cls(rolled[: 2 * reach[0] + 1, : 2 * reach[1] + 1], plane.shape)

    def likeliest(self) -> list[Lattice]:
        """Return the row and the lattice of two steps that explain most, as far as there are any."""
        peaks = self._peaks()
        rows = [Lattice.row(step, self._shape) for step in peaks]
        pairs = [Lattice(*steps) for steps in itertools.combinations(peaks, 2)]
        pairs = [lattice.reduced() for lattice in pairs if lattice.area >= LEAST_AREA]
        pairs = [lattice for lattice in pairs if np.linalg.norm(lattice.first) >= NEAREST]
        return [max(kind, key=self.worth) for kind in (rows, pairs) if kind]

    def worth(self, lattice: Lattice) -> float:
        """Return what orders lattices: of those that explain as much, the one with most copies says most; 0 is none."""
        share, copies = self.explained(lattice)
        return float(share * copies**MORE) if copies >= FEWEST else 0.0

    def explained(self, lattice: Lattice) -> tuple[float, float]:
        """Return the share of the plane's power that the mean of a pixel's copies tells of it, and how many there are.

        With a correlation of r between two copies, K copies tell K r^2 / (1 + (K - 1) r) of one more.
        """
        points = lattice.points(self._centre)[1]
        overlap = self._overlap(points)
        copies = float(overlap.sum())
        alike = float((overlap * self._nearby[tuple((points + self._centre).T)]).sum()) / max(copies, 1e-9)
        if alike < ALIKE:  # letters of a line are a little alike, and many
            return 0.0, copies
        return copies * alike**2 / max(1 + (copies - 1) * alike, 1.0), copies

    def refined(self, lattice: Lattice) -> Lattice:
        """Return the lattice that fits the peaks near its points, nearest ones first, so that far ones are met."""
        window = np.stack(np.meshgrid(*2 * [np.arange(-REACH, REACH + 1)], indexing="ij"), -1).reshape(-1, 2)
        farthest = float(np.linalg.norm(self._centre))
        reach = 1.5 * max(float(length) for step in lattice if (length := np.linalg.norm(step)) <= farthest)
        while True:
            times, points = lattice.points(self._centre - REACH)
            near = np.linalg.norm(points, axis=1) <= reach
            places = points[near][:, None] + window
            strength = self._at(places)
            weight = np.maximum(strength.max(1), 0)[:, None] ** 2
            ends = self._between(np.take_along_axis(places, strength.argmax(1)[:, None, None], 1)[:, 0])
            known = np.eye(2) * 1e-3  # steps that nothing is known of, such as out of the plane, stay as they are
            weighted = np.concatenate([times[near] * weight, known])
            fitted = Lattice(
                *np.linalg.lstsq(weighted, np.concatenate([ends * weight, known @ lattice]), rcond=None)[0]
            )
            lattice = fitted if fitted.area >= LEAST_AREA else lattice
            if reach > farthest:
                return lattice
            reach *= 2

    def _between(self, peaks: Whole) -> Floats:
        """Return where peaks, (N, 2), are highest between the squares: the tops of parabolas through three of them."""
        exact = peaks.astype(float)
        for axis, step in enumerate(np.eye(2, dtype=int)):
            before, at, after = (self._at(np.clip(peaks + k * step, -self._centre, self._centre)) for k in (-1, 0, 1))
            exact[:, axis] += np.clip((after - before) / np.maximum(2 * (2 * at - before - after), 1e-6), -0.5, 0.5)
        return exact

    def _overlap(self, steps: Whole) -> Floats:
        """Return the share of the plane that still lies on itself when it is moved."""
        overlap: Floats = (1 - np.abs(steps) / self._shape).prod(1)
        return overlap

    def _at(self, steps: Whole) -> Floats:
        values: Floats = self._values[tuple(np.moveaxis(steps + self._centre, -1, 0))]
        return values

    def _peaks(self) -> Floats:
        """Return the steps, (N, 2), at which the plane correlates most surely with itself; of opposite ones, one."""
        highest = self._values == ndimage.maximum_filter(self._values, 2 * REACH + 1)
        peaks = np.argwhere(highest & (self._values > LEVEL)) - self._centre
        peaks = peaks[(np.linalg.norm(peaks, axis=1) >= NEAREST) & (peaks @ (self._values.shape[1], 1) > 0)]
        peaks = peaks[self._overlap(peaks) >= OVERLAP]
        strength = self._at(peaks) * np.sqrt(self._overlap(peaks))
        strongest: Floats = peaks[np.argsort(-strength)[:PEAKS]].astype(float)
        return strongest
