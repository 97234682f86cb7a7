"""A mark that many pictures share, solved: where it is, how strong it is at each pixel, and its colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...errors import InvalidImageError
from ...jobs import Job, Progress
from ..engine.blending import Pixels
from ..marks.fitting import Floats, smooth_fill
from ..marks.mark import SolvedMark
from ..masks import Mask
from .colors import Sums, colors_of, extremes
from .smoothing import Neighbors, Smoothing
from .still import connected, region_standing_still

VARIED = 0.01
"""Deviation over the pictures, in the unit range, of what lies under a mark, beyond that of the whole picture."""
ROUGH, EXACT = 3, 12
"""Rounds of gains and colours on all that may be of the mark, and on what is."""
FAINT, CLEAR = 0.025, 0.06
"""Strength from which a pixel is of the mark, if one near it is as strong as that."""
SURER = 0.04
"""The same while much is taken for the mark that isn't, and strengths are less exact."""
LASTING, MOSTLY = 0.4, 0.8
"""A piece of a mark has that share of its strength at least in that share of the pictures, by what they say of it."""
SMALLEST = 6
"""Pixels of a piece of a mark that was found; what is smaller is chance."""
RIM = 2
MOST_STRENGTH = 0.97
HIDING = 0.8
"""Strength from which nothing needs to shine through."""
STEPS = 4
FEW_COLORS = 2
"""Of one piece of a mark."""


@dataclass(frozen=True)
class _Solution:
    """Strengths, (Y, X), and the colour, (C,), or that of each pixel, (Y, X, C)."""

    strength: Pixels
    color: Pixels
    residual: float

    def certain(self, least: float) -> Mask:
        """Return what is strong enough to be a mark, without specks."""
        pieces, count = ndimage.label(connected(self.strength > least, self.strength > CLEAR), np.ones((3, 3)))
        kept = np.bincount(pieces.ravel(), minlength=count + 1) >= SMALLEST
        kept[0] = False
        return np.asarray(kept[pieces])


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
        under = _filled(pictures, region)
        region = _varied(pictures, under, region)
        if mask is None:
            region = _lasting(pictures, under, region)
    if region.any() and mask is None:
        yield Progress(2, STEPS, "Solving the mark")
        certain = _solution(pictures, region, ROUGH).certain(SURER)
        region &= _room_around(_lasting(pictures, _filled(pictures, certain), certain))
    if not region.any():
        return SolvedMark(np.zeros(region.shape, np.float32), np.zeros(pictures.shape[-1], np.float32), 0.0, 0.0)
    yield Progress(3, STEPS, "Solving the mark exactly")
    found = _solution(pictures, region, EXACT)
    strength = np.where(found.certain(FAINT), found.strength, 0).clip(0, 1)
    return _described(found, strength)


def _room_around(region: Mask) -> Mask:
    wide: Mask = ndimage.binary_dilation(region, np.ones((3, 3)), iterations=RIM)
    return wide


def _varied(pictures: Pixels, filled: Pixels, region: Mask) -> Mask:
    """Return the pieces of a region around which the pictures differ, by more than all of the picture does."""
    own = _own_changes(filled[:, region].mean(-1), pictures)
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


def _own_changes(values: Pixels, pictures: Pixels) -> Pixels:
    """Return how (N, P) values change over the pictures, apart from what follows the brightness of the whole picture.

    A lamp that flickers makes no other picture.
    """
    whole = pictures.mean((1, 2, 3))
    whole = whole - whole.mean()
    own: Pixels = values - values.mean(0)
    power = float(whole @ whole)
    return own - np.outer(whole, whole @ own / power) if power > 0 else own


def _lasting(pictures: Pixels, filled: Pixels, region: Mask) -> Mask:
    """Return the pieces of a region that a mark of their own colours explains in most pictures, not only in some."""
    pieces, _ = ndimage.label(region, np.ones((3, 3)))
    marked, under, number = pictures[:, region], filled[:, region], pieces[region]
    sums, kept, grey = Sums.of(marked, under), np.zeros(len(number), bool), pictures.shape[-1] == 1
    for piece in np.unique(number):
        chosen = number == piece
        own = sums.at(chosen)
        colors, labels, strength = extremes(own) if grey else colors_of(own, FEW_COLORS)
        away = colors[labels] - under[:, chosen]
        weight = strength * (away * away).sum(-1)
        evidence = strength * ((marked[:, chosen] - under[:, chosen]) * away).sum(-1)
        own_marked, own_under = (_own_changes(v[:, chosen].mean(-1), pictures) for v in (marked, under))
        shining = _shines_through(own_marked, own_under, strength)
        kept[chosen] = shining and lasts(evidence.sum(1), (strength * weight).sum(1))
    lasting = region.copy()
    lasting[region] = kept
    return lasting


def _shines_through(marked: Pixels, under: Pixels, strength: Pixels) -> bool:
    """Tell whether what changes around (N, P) marked values changes them too, as far as the mark lets it through.

    What stands still by itself, such as a cell that stays where it is, doesn't care for what is around it.
    """
    expected = ((1 - strength) * under * under).sum()
    opaque = np.median(strength) > HIDING
    return bool(opaque or (marked * under).sum() > LASTING * expected)


def lasts(evidence: Pixels, weight: Pixels) -> bool:
    """Tell whether most of N pictures say that a mark is there as strong as expected, by evidence of that weight."""
    there = evidence > LASTING * weight
    return bool((weight * there).sum() >= MOSTLY * weight.sum() > 0)


def _solution(pictures: Pixels, region: Mask, rounds: int) -> _Solution:
    neighbors = Neighbors.of(region)
    near, inside = neighbors.pixels, neighbors.marked
    marked, under = pictures[:, near], _filled(pictures, region)[:, near]
    colors, labels, strength = colors_of(Sums.of(marked[:, inside], under[:, inside]))
    label = np.zeros(len(inside), np.intp)
    gain: Floats = np.ones(len(inside))
    label[inside], gain[inside] = labels, 1 / (1 - np.minimum(strength, MOST_STRENGTH))
    smoothing = Smoothing(neighbors, marked, label)
    for _ in range(rounds):
        gain = smoothing.gains(gain, colors)
        colors = smoothing.colors(gain, colors)
    strengths = np.zeros(region.shape, np.float32)
    strengths[near] = 1 - 1 / gain
    several = len(colors) > 1
    own = smoothing.own_colors(gain, colors) if several else colors[label]
    everywhere = np.broadcast_to(colors[0], (*region.shape, colors.shape[1])).copy() if several else None
    if everywhere is not None:
        everywhere[near] = own
    blend = (1 / gain)[:, None] * under + (1 - 1 / gain)[:, None] * own
    color = colors[0] if everywhere is None else everywhere
    return _Solution(strengths, color, float(np.median(np.abs(marked - blend)[:, inside])))


def _filled(pictures: Pixels, region: Mask) -> Pixels:
    hole = ndimage.binary_dilation(region, np.ones((3, 3)))
    return np.stack([smooth_fill(picture, hole) for picture in pictures])


def _described(found: _Solution, strength: Pixels) -> SolvedMark:
    """Return a solution as a mark of one opacity, in one colour or a picture of them."""
    opacity = float(ndimage.median_filter(strength, 3).max())
    coverage = np.minimum(strength / opacity, 1) if opacity else np.zeros_like(strength)
    return SolvedMark(coverage.astype(np.float32), found.color.astype(np.float32), opacity, found.residual)
