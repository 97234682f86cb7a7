"""Marks under a mask that fits them: its shape says what is covered, its copies and the picture say how much.

A mask may fit its marks to the pixel, or be grown by one or two; or it is painted loosely, and only a finder knows
where in it the marks are. Which of that is so is decided by the evidence (MacKay, 1992, "Bayesian interpolation"): how
likely the picture is under each, when coverage is only known as well as each says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..engine.blending import Pixels
from ..masks import Mask
from .belief import Belief, Shapes, by_depth, depth_of
from .expected import evidence, expected, likeliest_noise
from .fitting import COVERED, Floats, color_map, smooth_fill
from .ground import LEAST, roughness
from .grouping import Group, grouped
from .mark import SolvedMark
from .refining import physical_coverage
from .solving import DOUBT, OPAQUE, Solution, wide_parts

ROUNDS = 2
"""How often copies are asked, each time with the colours that are known better then."""
MARGINS = (0, 1, 2)
"""Pixels by which a mask may have been grown that still fits, tried until it gets no likelier."""
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


class Found(NamedTuple):
    """A mark, and where it is, (Y, X); None where nothing explains what is seen there."""

    where: Mask
    mark: SolvedMark | None


class Tight(NamedTuple):
    """How a mask fits: it is so many pixels wider than its marks, which are about these."""

    margin: int
    marks: list[Found]


class ToldPlane:
    """A plane and a mask of its marks, with what follows from the two.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    mask : ndarray of bool
        (Y, X): where marks are, and all that changes.
    """

    def __init__(self, image: Pixels, mask: Mask) -> None:
        self.image, self.mask = image, mask
        self._depth = depth_of(mask)
        off = np.sqrt(NEAR + DEEPER * self._depth)  # the more, the deeper
        self._rough: Pixels = (roughness(image, mask) * off).astype(np.float32)

    def tight(self, seen: Pixels) -> Tight | None:
        """Return how the mask fits its marks; None if it is loose, or shows no mark.

        Parameters
        ----------
        seen : ndarray of float32
            (Y, X): the coverage that a finder sees.
        """
        smooth = smooth_fill(self.image, self.mask)
        best, found = -np.inf, Tight(0, [])
        for margin in MARGINS:
            belief = by_depth(self.mask, self._depth, margin)
            marks = self._marks(smooth, belief)
            evident = self._evidence(smooth, belief, marks)
            if evident <= best:
                break
            best, found = evident, Tight(margin, marks)
        if float((seen[self.mask] > COVERED).mean()) > FULL:
            return found
        if best < float(self._unmarked(smooth, self.mask).mean()) + SEEN:
            return None
        loose = Belief(np.where(self.mask, seen, 0).astype(np.float32), np.full(self.mask.shape, DOUBT, np.float32))
        return found if best > self._evidence(smooth, loose, self._marks(smooth, loose)) - LOOSER else None

    def solved(self, guess: Pixels, tight: Tight) -> Solution:
        """Take the marks off under a mask that fits them.

        Parameters
        ----------
        guess : ndarray of float32
            (Y, X, C): what the mask would be filled with if nothing shone through.
        tight : Tight
            How it fits.

        Returns
        -------
        Solution
            What is opaque or can't be explained is the guess, and its wide parts are the holes.
        """
        image, mask, marks = self.image, self.mask, tight.marks
        before, shapes = by_depth(mask, self._depth, tight.margin), Shapes(mask)
        for _ in range(ROUNDS):
            belief = shapes.pooled(before, self._said(guess, marks, shapes.inside))
            marks = self._marks(guess, belief)
        limits = min(float(image.min()), 0.0), max(float(image.max()), 1.0)
        picture, holes, solved = np.where(mask[..., None], guess, image), mask.copy(), []
        for where, mark in marks:
            at = where & mask
            if mark is None or mark.opacity > OPAQUE:
                continue
            pixels = image[at], guess[at], _at(belief, at), _color(mark, at), mark.opacity, self._rough[at]
            picture[at] = np.clip(expected(*pixels, likeliest_noise(*pixels)), *limits)
            holes[at] = False
            solved.append(mark)
        unsolved = sum(mark is None for _, mark in marks)
        return Solution(picture, mask, wide_parts(holes), solved, len(marks) - len(solved) - unsolved, unsolved)

    def _marks(self, under: Pixels, belief: Belief) -> list[Found]:
        groups = grouped(self.image, under, belief.coverage, self._rough, belief.doubt)
        return [Found(group.where, self._mark(group, under, belief)) for group in groups]

    def _mark(self, group: Group, under: Pixels, belief: Belief) -> SolvedMark | None:
        if group.fit is None:
            return None
        coverage = np.where(group.where, belief.coverage, 0).astype(np.float32)
        color = color_map(group.fit, self.image, under, coverage)
        mark = SolvedMark(coverage, color, group.fit.opacity, group.fit.residual)
        return None if self._is_ground(mark, under) else mark

    def _is_ground(self, mark: SolvedMark, under: Pixels) -> bool:
        """Return whether one colour of two is that of the ground."""
        if mark.color.ndim == 1:
            return False
        inside = mark.coverage > 0.5
        apart = np.sqrt(np.square(mark.color[inside] - under[inside]).mean(-1)) / (self._rough[inside] + LEAST)
        return bool((apart < PLAIN).mean() > FEW)

    def _said(self, under: Pixels, marks: list[Found], inside: np.ndarray) -> Belief:
        """Return what the picture says of coverage, by itself, at places of the flattened plane."""
        shape = self.mask.shape
        coverage, doubt = np.zeros(shape, np.float32), np.full(shape, np.inf, np.float32)
        for where, mark in marks:
            if mark is not None:
                said, off = physical_coverage(self.image, under, mark, self._rough)
                coverage[where], doubt[where] = said[where], off[where]
        return Belief(coverage.ravel()[inside], doubt.ravel()[inside])

    def _evidence(self, under: Pixels, belief: Belief, marks: list[Found]) -> float:
        """Return how likely, in nats, a pixel of the mask is on the average."""
        total, left = 0.0, self.mask.copy()
        for where, mark in marks:
            at = where & self.mask
            if not at.any():
                continue
            image, pixels = self.image[at], (under[at], _at(belief, at))
            if mark is None:
                found = evidence(image, *pixels, image.mean(0), 1.0, self._rough[at], UNEXPLAINED)
            else:
                found = evidence(image, *pixels, _color(mark, at), mark.opacity, self._rough[at])
            total += float(found.sum())
            left &= ~at
        total += float(self._unmarked(under, left).sum())
        return total / int(self.mask.sum())

    def _unmarked(self, under: Pixels, at: Mask) -> Floats:
        """Return how likely pixels are if there is no mark."""
        nothing = np.zeros(self.image.shape[-1], np.float32)
        return evidence(self.image[at], under[at], UNSEEN, nothing, 0.5, self._rough[at])


def _at(belief: Belief, at: Mask) -> Belief:
    return Belief(belief.coverage[at], belief.doubt[at])


def _color(mark: SolvedMark, at: Mask) -> Pixels:
    return mark.color if mark.color.ndim == 1 else mark.color[at]
