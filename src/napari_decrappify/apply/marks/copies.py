"""The copies of a mark on a lattice: each shines through another ground, and together they say what none says alone.

The coverage of a cell is the weighted mean of what all copies say, each moved by its own shift: copies are mostly
stamped at whole pixels, wherever the lattice has their place. Copies that nobody saw are found that way, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..finding import logit
from ..lattice import Lattice, agreed, find_lattice
from ..masks import Mask, grown
from .fitting import COVERED, Floats, MarkedPixels, color_map, fitted, smooth_fill
from .ground import roughness
from .mark import SolvedMark
from .refining import mean_of, physical_coverage

HEARINGS = 3
"""How often copies are asked: what nobody saw before shines into the first fill."""
CONTRARY = -0.2
"""Agreed coverage below which a pixel takes another colour, such as that of an outline."""
SEEN, UNSEEN = 0.1, 0.4
"""Coverage from which the picture itself is asked, and how far off a finder may be that sees nothing."""
LIKELY = 0.3
"""What copies must say together for a pixel to be asked at all."""
BINS = 48
"""Parts of a cell's sides among which its emptiest lines are looked for: there, cells are cut."""
REACH = 1
"""Pixels by which a copy may turn out to be off its place at each hearing."""
FEWEST = 3
"""Copies that there must be of a pixel of the cell for them to be heard."""
SUREST = 0.04
"""Deviation below which no number of copies makes a coverage more certain."""
FULL = 95
"""Percentile of the well covered part of a cell that is full coverage."""
ELSEWHERE, RIMS, PIECE, CLEAR = 0.1, 2, 24, 0.84
"""Mean coverage at all other copies below which a pixel has none, as far as it reaches around what others have; the
fewest such pixels that are a mark of their own, and their mean coverage: it is lower for what the scene has."""
UNKNOWN = 100.0
"""Deviation of what says nothing."""
ABSENT, HEARD = 0.3, 30.0
"""Share of the mark below which a copy isn't there, if so many pixels' worth of evidence say so."""


def heard(image: Pixels, coverage: Pixels, doubt: float) -> tuple[Pixels, Pixels] | None:
    """Return the coverage that the copies of a mark agree on, and how far off it may be; None where it has no copies.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    coverage : ndarray of float32
        (Y, X): what a finder believes.
    doubt : float
        How far off that may be, as a standard deviation.
    """
    lattice = find_lattice(logit(coverage))
    if lattice is None:
        return None
    cells = cut(coverage, lattice)
    alone = single(coverage, cells)
    repeated = np.where(alone, 0, coverage).astype(np.float32)
    together, shifts = agreed(repeated, lattice), np.zeros((cells.copies, 2), int)
    own = np.maximum(doubt, np.abs(repeated - together))  # a finder is off where it sees other things at other copies
    common, likely = np.minimum(repeated, together), together > LIKELY
    mean, sure = np.where(likely, together, 0).astype(np.float32), np.where(likely, common, 0)
    for _ in range(HEARINGS):
        hole = grown(mean > SEEN, 2) | alone
        if not (sure > COVERED).any() or hole.all():
            return None
        smooth, rough = smooth_fill(image, hole), roughness(image, hole)
        fit = fitted(MarkedPixels.of(np.flatnonzero(sure > COVERED), image, smooth, sure, rough, doubt))
        mark = SolvedMark(mean, color_map(fit, image, smooth, mean), fit.opacity, fit.residual)
        said, deviation = mean_of((repeated, own), physical_coverage(image, smooth, mark, rough))
        said, deviation = np.where(hole, said, common), np.where(hole, deviation, UNSEEN)
        deviation[alone] = UNKNOWN
        mean, off, shifts = agreed_coverage(said, deviation, cells, shifts, hole)
        few = ~np.isfinite(off)
        mean[few], off[few] = repeated[few], doubt
        contrary = likely & (mean < CONTRARY)
        sure = mean = np.where(contrary, np.minimum(-2 * mean, 1), np.maximum(mean, 0)).astype(np.float32)
    return np.where(alone, coverage, mean), np.where(alone, np.float32(doubt), off)


def single(coverage: Pixels, cells: Cells) -> Mask:
    """Return (Y, X): what a finder sees at one copy and at no other, such as a logo beside tiled text."""
    at, seen = _places(cells, np.zeros((cells.copies, 2), int)), np.clip(coverage.ravel(), 0, 1).astype(float)
    size = cells.shape[0] * cells.shape[1]
    copies = np.bincount(at, minlength=size)[at]
    others = (np.bincount(at, seen, size)[at] - seen) / np.maximum(copies - 1, 1)
    near = ndimage.maximum_filter(others.reshape(coverage.shape), 2 * RIMS + 1)
    pieces, count = ndimage.label((coverage > COVERED) & (near < ELSEWHERE), np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    clear = (sizes >= PIECE) & (np.bincount(pieces.ravel(), seen, count + 1) >= CLEAR * sizes)
    clear[0] = False
    alone: Mask = grown(clear[pieces], RIMS) & (near < ELSEWHERE)
    return alone


@dataclass(frozen=True)
class Cells:
    """Where each pixel of a plane lies: in which copy, and at which pixel of the cell; flattened."""

    copy: np.ndarray
    y: np.ndarray
    x: np.ndarray
    copies: int
    shape: tuple[int, int]


def agreed_coverage(
    said: Pixels, deviation: Pixels, cells: Cells, shifts: np.ndarray, asked: Mask
) -> tuple[Pixels, Pixels, np.ndarray]:
    """Return what all copies say of each pixel's coverage, how far off that may be, and better shifts.

    Parameters
    ----------
    said, deviation : ndarray of float32
        (Y, X): what each pixel says by itself, not clipped, and its standard deviation.
    cells : Cells
        Where the copies stand.
    shifts : ndarray of int
        (copies, 2): by how many pixels each stands elsewhere.
    asked : ndarray of bool
        (Y, X): where the picture itself has been asked: only that can say that a copy isn't there.

    Returns
    -------
    coverage, deviation : ndarray of float32
        (Y, X). Where too few copies are in the plane, the deviation is infinite.
    shifts : ndarray of int
        By which the copies agree best.
    """
    weight = 1 / np.square(deviation.ravel().astype(float))
    values = said.ravel().astype(float)
    shifts = _aligned(cells, shifts, values, weight)
    template, sums = _means(cells, shifts, values, weight)
    solid = template[template > 0.5]
    template = np.minimum(template / max(float(np.percentile(solid, FULL)), 0.5), 1) if solid.size else template
    at = _places(cells, shifts)
    counts = np.bincount(at, minlength=template.size)
    together = np.maximum(1 / np.sqrt(np.maximum(sums, 1e-9)), SUREST)
    together[counts < FEWEST] = np.inf
    coverage = template[at] * _present(cells, template[at], values, weight * asked.ravel())[cells.copy]
    agreed, off = (part.reshape(said.shape).astype(np.float32) for part in (coverage, together[at]))
    return agreed, off, shifts


def cut(said: Pixels, lattice: Lattice) -> Cells:
    """Cut a plane into cells, through their emptiest lines."""
    steps = np.stack(lattice)
    pixels = np.indices(said.shape).reshape(2, -1).T
    inside = pixels @ np.linalg.inv(steps)
    share = (inside % 1 * BINS).astype(int) % BINS
    filled = np.clip(said.ravel(), 0, 1)
    inside -= np.array([(_emptiest(share[:, axis], filled) + 0.5) / BINS for axis in (0, 1)])
    number = np.floor(inside).astype(int)
    corners = np.rint((number + (pixels @ np.linalg.inv(steps) - inside)) @ steps).astype(int)
    offset = pixels - corners
    offset -= offset.min(0) - ((HEARINGS + 1) * REACH)
    shape = offset.max(0) + 1 + (HEARINGS + 1) * REACH
    number -= number.min(0)
    _, copy = np.unique(number @ (number[:, 1].max() + 1, 1), return_inverse=True)
    copy = copy.ravel()
    return Cells(copy, offset[:, 0], offset[:, 1], int(copy.max()) + 1, (int(shape[0]), int(shape[1])))


def _emptiest(line: np.ndarray, filled: Floats) -> int:
    """Return the line of the cell that holds least; best is one that lies beside the plane."""
    counts = np.bincount(line, minlength=BINS)
    return int(np.argmin(np.where(counts, np.bincount(line, filled, BINS) / np.maximum(counts, 1), -1)))


def _places(cells: Cells, shifts: np.ndarray) -> np.ndarray:
    """Return each pixel's place in the flattened cell."""
    by = shifts[cells.copy]
    places: np.ndarray = (cells.y + by[:, 0]) * cells.shape[1] + cells.x + by[:, 1]
    return places


def _means(cells: Cells, shifts: np.ndarray, values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the weighted mean at each place of the cell, and the sum of the weights."""
    at, size = _places(cells, shifts), cells.shape[0] * cells.shape[1]
    sums: Floats = np.bincount(at, weight, size).astype(float)
    means: Floats = np.bincount(at, weight * values, size) / np.maximum(sums, 1e-9)
    return means, sums


def _aligned(cells: Cells, shifts: np.ndarray, values: Floats, weight: Floats) -> np.ndarray:
    """Return the shifts by which each copy, one after the other, fits the mean of all others best."""
    at, size, width = _places(cells, shifts), cells.shape[0] * cells.shape[1], cells.shape[1]
    sums, weights = np.bincount(at, weight * values, size), np.bincount(at, weight, size)
    order = np.argsort(cells.copy, kind="stable")
    parts = np.split(order, np.searchsorted(cells.copy[order], np.arange(1, cells.copies)))
    tried = [(y, x) for y in range(-REACH, REACH + 1) for x in range(-REACH, REACH + 1)]
    tried.sort(key=lambda shift: abs(shift[0]) + abs(shift[1]))  # of equals, the nearest
    better = shifts.copy()
    for copy in np.argsort([-weight[part].sum() for part in parts]):
        part = parts[copy]
        places, worth, value = at[part], weight[part], values[part]
        sums[places] -= worth * value  # a copy has each place of the cell once at the most
        weights[places] -= worth
        gains = []
        for y, x in tried:
            there = places + y * width + x
            mean = sums[there] / (weights[there] + worth)  # nearer to 0 where others say little
            gains.append(float((worth * mean * (2 * value - mean)).sum()))
        step = tried[int(np.argmax(gains))]
        better[copy] = np.clip(shifts[copy] + step, -HEARINGS * REACH, HEARINGS * REACH)
        places = places + (better[copy] - shifts[copy]) @ (width, 1)
        sums[places] += worth * value
        weights[places] += worth
    return better


def _present(cells: Cells, expected: Floats, values: Floats, weight: Floats) -> Floats:
    """Return 1 for each copy that is there, 0 for those where the picture says that nothing is."""
    evidence = np.bincount(cells.copy, weight * np.square(expected), cells.copies)
    share = np.bincount(cells.copy, weight * expected * values, cells.copies) / np.maximum(evidence, 1e-9)
    return 1.0 - ((share < ABSENT) & (evidence > HEARD))
