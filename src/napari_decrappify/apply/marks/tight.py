"""Marks under a mask: the shape of one that fits says what is covered, copies and the picture say how much.

A mask may fit its marks to the pixel, or be grown by one or two; or it is painted loosely, and only a finder knows
where in it the marks are (`loose`). Which of that is so is decided by the evidence (MacKay, 1992, "Bayesian
interpolation"): how likely the picture is under each, when coverage is only known as well as each says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..engine.blending import Pixels
from ..masks import Mask
from .belief import Belief, Shapes, by_depth, depth_of
from .expected import evidence, expected, likeliest_noise
from .fitting import COVERED, Fit, Floats, color_map, smooth_fill
from .ground import roughness
from .grouping import Group, grouped
from .leftover import without_leftover
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
FULL, RIM_DEPTH = 0.6, 4.0
"""Share of a mask's rims that a finder must see to be covered for it to count as no loose one in any case, and how many
pixels deep they are."""
SEEN = 0.3
"""How much likelier it must be with marks than without any for there to be some."""
UNSEEN = Belief(np.zeros(1, np.float32), np.full(1, 0.05, np.float32))
"""What is believed of pixels that no mark is said to cover."""
UNEXPLAINED = 1.0
"""Deviation, in the unit range, of pixels that no mark explains: they may be anything."""
VISIBLE = 1.5
"""How much likelier, in nats, pixels must be with each colour of a mark of two than without any: or else one is that of
the ground, and the mask is loose."""


def is_full(mask: Mask, seen: Pixels) -> bool:
    """Return whether a finder sees a (Y, X) mask covered up to its rims."""
    rims = mask & (depth_of(mask) <= RIM_DEPTH)
    return float((seen[rims] > COVERED).mean()) > FULL


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
    full : bool
        Whether the mask is surely covered up to its rims: then no colour of a mark is that of the ground beside it.
    """

    def __init__(self, image: Pixels, mask: Mask, full: bool) -> None:
        self.image, self.mask, self._full = image, mask, full
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
        nothing = float(self._unmarked(smooth, self.mask).mean()) + SEEN
        best, found = -np.inf, Tight(0, [])
        for margin in MARGINS:
            belief = by_depth(self.mask, self._depth, margin)
            marks = self._marks(smooth, belief)
            evident = self._evidence(smooth, belief, marks)
            if evident <= best and best > nothing:
                break
            best, found = max((best, found), (evident, Tight(margin, marks)), key=lambda one: one[0])
        if self._full:
            return found
        if best < nothing:
            return None
        seen = np.where(self.mask, seen, 0).astype(np.float32)
        loose = Belief(seen, np.full(self.mask.shape, DOUBT, np.float32))
        return found if best > self._evidence(smooth, loose, self._marks(smooth, loose)) - LOOSER else None

    def solved_by_shape(self, guess: Pixels, tight: Tight) -> Solution:
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
        marks, before, shapes = tight.marks, by_depth(self.mask, self._depth, tight.margin), Shapes(self.mask)
        for _ in range(ROUNDS):
            belief = shapes.pooled(before, self._said(guess, marks, shapes.inside))
            marks = self._marks(guess, belief)
        return self._solution(guess, belief, marks)

    def solved_by(self, guess: Pixels, belief: Belief) -> Solution:
        """Take the marks off by what is believed of their coverage, (Y, X); the rest as for `solved_by_shape`."""
        return self._solution(guess, belief, self._marks(guess, belief))

    def _solution(self, guess: Pixels, belief: Belief, marks: list[Found]) -> Solution:
        image, mask = self.image, self.mask
        limits = min(float(image.min()), 0.0), max(float(image.max()), 1.0)
        picture, holes, solved = np.where(mask[..., None], guess, image), mask.copy(), []
        for where, mark in marks:
            at = where & mask
            if mark is None or mark.opacity > OPAQUE or not at.any():
                continue
            pixels = image[at], guess[at], belief.at(at), mark.color_at(at), mark.opacity, self._rough[at]
            found = expected(*pixels, likeliest_noise(*pixels))
            picture[at] = np.clip(without_leftover(found, guess[at], self._depth[at], self._rough[at]), *limits)
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
        return None if self._has_grounds_color(mark, group.fit, under, belief) else mark

    def _has_grounds_color(self, mark: SolvedMark, fit: Fit, under: Pixels, belief: Belief) -> bool:
        """Return whether of two colours one explains hardly more than no mark would."""
        if self._full or len(fit.colors) == 1:
            return False
        first, second = (np.square(mark.color - color).sum(-1) for color in fit.colors)
        inside = self.mask & (mark.coverage > 0.5)
        for at in (inside & (first < second), inside & (first >= second)):
            if at.any() and (self._marked(under, belief, mark, at) - self._unmarked(under, at)).mean() < VISIBLE:
                return True
        return False

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
            total += float(self._marked(under, belief, mark, at).sum())
            left &= ~at
        total += float(self._unmarked(under, left).sum())
        return total / int(self.mask.sum())

    def _marked(self, under: Pixels, belief: Belief, mark: SolvedMark | None, at: Mask) -> Floats:
        """Return how likely pixels are under a mark, or under something that isn't known."""
        image, known, rough = self.image[at], (under[at], belief.at(at)), self._rough[at]
        if mark is None:
            return evidence(image, *known, image.mean(0), 1.0, rough, UNEXPLAINED)
        return evidence(image, *known, mark.color_at(at), mark.opacity, rough)

    def _unmarked(self, under: Pixels, at: Mask) -> Floats:
        """Return how likely pixels are if there is no mark."""
        nothing = np.zeros(self.image.shape[-1], np.float32)
        return evidence(self.image[at], under[at], UNSEEN, nothing, 0.5, self._rough[at])
