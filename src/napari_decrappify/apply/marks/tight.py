"""Marks under a mask that fits them: its shape says what is covered, its copies and the picture say how much.

A mask may fit its marks to the pixel, or be grown by one or two; or it is painted loosely, and only a finder knows
where in it the marks are. Which of that is so is decided by the evidence (MacKay, 1992, "Bayesian interpolation"): how
likely the picture is under each, when coverage is only known as well as each says.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..engine.blending import Pixels
from ..masks import Mask
from .belief import Belief, Shapes, by_depth, depth_of
from .expected import NOISES, evidence, expected, likeliest_noise
from .fitting import COVERED, Floats, color_map, smooth_fill
from .ground import LEAST, roughness
from .grouping import Group, grouped
from .mark import SolvedMark
from .refining import physical_coverage
from .solving import DOUBT, OPAQUE, Solution, wide_parts

ROUNDS = 2
"""How often copies are asked, each time with the colours that are known better then."""
MARGINS = (0, 1, 2)
"""Pixels by which a mask may have been grown that still fits."""
NEAR, DEEPER = 0.4, 0.22
"""Of the ground's variance: how far off a fill is beyond its rim, and how much more with each pixel (measured)."""
LOOSER = 0.3
"""How much likelier, in nats a pixel, the picture must be with what a finder sees for a mask to count as loose."""
FULL = 0.6
"""Share of a mask that a finder must see to be covered for it to count as no loose one in any case."""
SEEN = 0.3
"""How much likelier it must be with marks than without any for there to be some."""
UNSEEN = Belief(np.zeros(1, np.float32), np.full(1, 0.05, np.float32))
"""What is believed of pixels that no mark is said to cover."""
UNEXPLAINED = 1.0
"""Deviation, in the unit range, of pixels that no mark explains: they may be anything."""
PLAIN, FEW = 1.5, 0.15
"""A mark of two colours isn't one if they are as far from the ground as that, in its own roughness, at more than such
a share of its pixels: one is that of the ground, and the mask is loose."""


def margin_of(image: Pixels, mask: Mask, seen: Pixels) -> int | None:
    """Return by how many pixels a mask is wider than its marks; None if it is loose, or shows no mark.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    mask : ndarray of bool
        (Y, X): what is told.
    seen : ndarray of float32
        (Y, X): the coverage that a finder sees.
    """
    smooth, depth = smooth_fill(image, mask), depth_of(mask)
    rough = depths_roughness(image, mask, depth)
    beliefs = [by_depth(mask, depth, margin) for margin in MARGINS]
    loose = Belief(np.where(mask, seen, 0).astype(np.float32), np.full(mask.shape, DOUBT, np.float32))
    found = [_evidence(image, smooth, mask, rough, belief) for belief in beliefs]
    best = int(np.argmax(found))
    if float((seen[mask] > COVERED).mean()) > FULL:
        return MARGINS[best]
    if found[best] < _plainness(image, smooth, mask, rough) + SEEN:
        return None
    return MARGINS[best] if found[best] > _evidence(image, smooth, mask, rough, loose) - LOOSER else None


def solve_tight(image: Pixels, mask: Mask, guess: Pixels, margin: int) -> Solution:
    """Take the marks off a plane under a mask that fits them.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    mask : ndarray of bool
        (Y, X): all that changes.
    guess : ndarray of float32
        (Y, X, C): what the mask would be filled with if nothing shone through.
    margin : int
        Pixels by which the mask is wider than the marks.

    Returns
    -------
    Solution
        What is opaque or can't be explained is the guess, and its wide parts are the holes.
    """
    depth = depth_of(mask)
    rough = depths_roughness(image, mask, depth)
    before = belief = by_depth(mask, depth, margin)
    shapes = Shapes(mask)
    marks = list(_marks(image, guess, rough, belief))
    for _ in range(ROUNDS):
        belief = shapes.pooled(before, _said(image, guess, rough, marks, shapes.inside))
        marks = list(_marks(image, guess, rough, belief))
    limits = min(float(image.min()), 0.0), max(float(image.max()), 1.0)
    picture, holes, solved = np.where(mask[..., None], guess, image), mask.copy(), []
    for where, mark in marks:
        at = where & mask
        if mark is None or mark.opacity > OPAQUE:
            continue
        color = mark.color if mark.color.ndim == 1 else mark.color[at]
        pixels = image[at], guess[at], Belief(belief.coverage[at], belief.doubt[at]), color, mark.opacity, rough[at]
        picture[at] = np.clip(expected(*pixels, likeliest_noise(*pixels)), *limits)
        holes[at] = False
        solved.append(mark)
    unsolved = sum(mark is None for _, mark in marks)
    return Solution(picture, mask, wide_parts(holes), solved, len(marks) - len(solved) - unsolved, unsolved)


def depths_roughness(image: Pixels, mask: Mask, depth: Pixels) -> Pixels:
    """Return how far off a fill of a mask may be, (Y, X): the more, the deeper."""
    rough: Pixels = (roughness(image, mask) * np.sqrt(NEAR + DEEPER * depth)).astype(np.float32)
    return rough


def _marks(image: Pixels, under: Pixels, rough: Pixels, belief: Belief) -> Iterator[tuple[Mask, SolvedMark | None]]:
    """Yield the marks of a plane, and where each is; None for one that nothing explains."""
    for group in grouped(image, under, belief.coverage, rough, belief.doubt):
        mark = _mark(group, image, under, belief)
        yield group.where, None if mark is None or _is_ground(mark, under, rough) else mark


def _mark(group: Group, image: Pixels, under: Pixels, belief: Belief) -> SolvedMark | None:
    if group.fit is None:
        return None
    coverage = np.where(group.where, belief.coverage, 0).astype(np.float32)
    return SolvedMark(coverage, color_map(group.fit, image, under, coverage), group.fit.opacity, group.fit.residual)


def _is_ground(mark: SolvedMark, under: Pixels, rough: Pixels) -> bool:
    """Return whether one colour of two is that of the ground."""
    if mark.color.ndim == 1:
        return False
    inside = mark.coverage > 0.5
    apart = np.sqrt(np.square(mark.color[inside] - under[inside]).mean(-1)) / (rough[inside] + LEAST)
    return bool((apart < PLAIN).mean() > FEW)


def _said(
    image: Pixels, under: Pixels, rough: Pixels, marks: list[tuple[Mask, SolvedMark | None]], inside: np.ndarray
) -> Belief:
    """Return what the picture says of coverage, by itself, at places of the flattened plane."""
    coverage, doubt = np.zeros(rough.shape, np.float32), np.full(rough.shape, np.inf, np.float32)
    for where, mark in marks:
        if mark is not None:
            said, off = physical_coverage(image, under, mark, rough)
            coverage[where], doubt[where] = said[where], off[where]
    return Belief(coverage.ravel()[inside], doubt.ravel()[inside])


def _evidence(image: Pixels, under: Pixels, mask: Mask, rough: Pixels, belief: Belief) -> float:
    """Return how likely, in nats, a pixel of the mask is on the average."""
    total, left = 0.0, mask.copy()

    for where, mark in _marks(image, under, rough, belief):
        at = where & mask
        if not at.any():
            continue
        known = Belief(belief.coverage[at], belief.doubt[at])
        if mark is None:
            color, opacity, noise = image[at].mean(0), 1.0, UNEXPLAINED
        else:
            color, opacity, noise = mark.color if mark.color.ndim == 1 else mark.color[at], mark.opacity, NOISES[0]
        total += float(evidence(image[at], under[at], known, color, opacity, rough[at], noise).sum())
        left &= ~at
    total += float(_unmarked(image, under, left, rough).sum())
    return total / int(mask.sum())


def _plainness(image: Pixels, under: Pixels, mask: Mask, rough: Pixels) -> float:
    """Return how likely, in nats, a pixel of the mask is on the average if there is no mark."""
    return float(_unmarked(image, under, mask, rough).mean())


def _unmarked(image: Pixels, under: Pixels, at: Mask, rough: Pixels) -> Floats:
    return evidence(image[at], under[at], UNSEEN, np.zeros(image.shape[-1], np.float32), 0.5, rough[at])
