"""A mark that many pictures share, solved: where it is, how strong it is at each pixel, and its colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...errors import InvalidImageError
from ...jobs import Job, Progress
from ..engine.blending import Pixels
from ..marks.fitting import smooth_fill
from ..marks.mark import SolvedMark
from ..masks import Mask
from .colors import Labels, Sums, colors_of
from .smoothing import Neighbors, Smoothing
from .still import connected, region_standing_still

VARIED = 0.01
"""Deviation over the pictures, in the unit range, of what lies under a mark, beyond that of the whole picture."""
ROUGH, EXACT = 3, 4
"""Rounds of gains and colours on all that may be of the mark, and on what is."""
FAINT, CLEAR = 0.025, 0.06
"""Strength from which a pixel is of the mark, if one near it is as strong as that."""
SURER = 0.04
"""The same while much is taken for the mark that isn't, and strengths are less exact."""
EXPLAINED = 0.35
"""Of the squares of what is odd about a piece, the share that a mark must explain to be one."""
SMALLEST = 6
"""Pixels of a piece of a mark that was found; what is smaller is chance."""
RIM = 2
MOST_STRENGTH = 0.97
STEPS = 4


@dataclass(frozen=True)
class _Solution:
    """Strengths, (Y, X), which of (K, C) colours each pixel has, and the share of its oddness that they explain."""

    strength: Pixels
    labels: Labels
    colors: Pixels
    explained: Pixels
    residual: float

    def certain(self, least: float) -> Mask:
        """Return what is strong enough to be a mark, without specks and what is odd by chance."""
        pieces, count = ndimage.label(connected(self.strength > least, self.strength > CLEAR), np.ones((3, 3)))
        numbers = np.arange(count + 1)
        likely = ndimage.mean(self.explained, pieces, numbers) >= EXPLAINED
        large = np.bincount(pieces.ravel(), minlength=count + 1) >= SMALLEST
        return np.asarray((likely & large & (numbers > 0))[pieces])


def solved_mark(pictures: Pixels, mask: Mask | None = None) -> Job[SolvedMark]:
    """Solve the mark that (N, Y, X, C) pictures in the unit range share.

    Parameters
    ----------
    pictures : ndarray of float32
        Pictures of different things, or of the same thing at different places.
    mask : ndarray of bool, optional
        (Y, X): where alone it is. Found by itself if left out.

    Returns
    -------
    SolvedMark
        Of coverage 0 where there is nothing in common.

    Raises
    ------
    InvalidImageError
        If the pictures are so alike that what stands still in them may as well be what they show.
    """
    yield Progress(0, STEPS, "Looking for what the pictures have in common")
    region = region_standing_still(pictures) if mask is None else mask
    if region.any():
        yield Progress(1, STEPS, "Looking at what is under the mark")
        region = _varied(pictures, region)
        yield Progress(2, STEPS, "Solving the mark")
        found = _solution(pictures, region, ROUGH)
        if mask is None:
            region = region & ndimage.binary_dilation(found.certain(SURER), np.ones((3, 3)), iterations=RIM)
    if not region.any():
        return SolvedMark(np.zeros(region.shape, np.float32), np.zeros(pictures.shape[-1], np.float32), 0.0, 0.0)
    yield Progress(3, STEPS, "Solving the mark exactly")
    return _described(_solution(pictures, region, EXACT), region)


def _varied(pictures: Pixels, region: Mask) -> Mask:
    """Return the pieces of a region around which the pictures differ, by more than all of the picture does."""
    under = _filled(pictures, region)[:, region].mean(-1)
    whole = pictures.mean((1, 2, 3))
    whole = whole - whole.mean()
    own = under - under.mean(0)
    power = float(whole @ whole)
    own -= np.outer(whole, whole @ own / power) if power > 0 else 0.0
    pieces, count = ndimage.label(region, np.ones((3, 3)))
    deviation = ndimage.mean(own.std(0), pieces[region], np.arange(1, count + 1))
    kept = np.concatenate([[False], deviation >= VARIED])
    if not kept.any():
        raise InvalidImageError(
            "pictures that differ where something stands still, so that it can be told from what they show",
            f"pictures that differ by {100 * deviation.max():.1f}% of their range there",
            "Pass more pictures, of different scenes or places; or give a mask to infill.",
        )
    return np.asarray(kept[pieces])


def _solution(pictures: Pixels, region: Mask, rounds: int) -> _Solution:
    neighbors = Neighbors.of(region)
    near, inside = neighbors.pixels, neighbors.marked
    marked, under = pictures[:, near], _filled(pictures, region)[:, near]
    sums = Sums.of(marked[:, inside], under[:, inside])
    colors, labels, strength = colors_of(sums)
    label, gain = np.zeros(len(inside), np.intp), np.ones(len(inside))
    label[inside], gain[inside] = labels, 1 / (1 - np.minimum(strength, MOST_STRENGTH))
    smoothing = Smoothing(neighbors, marked, label)
    for _ in range(rounds):
        gain = smoothing.gains(gain, colors)
        colors = smoothing.colors(gain, colors)
    strengths, explained = np.zeros(region.shape, np.float32), np.zeros(region.shape, np.float32)
    everywhere = np.zeros(region.shape, np.intp)
    strengths[near], everywhere[near] = 1 - 1 / gain, label
    explained[region] = sums.explained(colors, labels)
    blend = (1 / gain)[:, None] * under + (1 - 1 / gain)[:, None] * colors[label]
    return _Solution(strengths, everywhere, colors, explained, float(np.median(np.abs(marked - blend)[:, inside])))


def _filled(pictures: Pixels, region: Mask) -> Pixels:
    hole = ndimage.binary_dilation(region, np.ones((3, 3)))
    return np.stack([smooth_fill(picture, hole) for picture in pictures])


def _described(found: _Solution, region: Mask) -> SolvedMark:
    """Return a solution as a mark of one opacity, in one colour or a picture of them."""
    strength = np.where(found.certain(FAINT) & region, found.strength, 0).clip(0, 1)
    opacity = float(ndimage.median_filter(strength, 3).max())
    coverage = np.minimum(strength / opacity, 1) if opacity else strength
    color = found.colors[0] if len(found.colors) == 1 else found.colors[found.labels]
    return SolvedMark(coverage.astype(np.float32), color.astype(np.float32), opacity, found.residual)
