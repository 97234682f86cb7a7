"""Marks that were made alike: words of one colour and opacity, wherever they stand.

One fit of all is tried first: it holds for a lattice and for a line. Words that it doesn't explain are fitted one by
one, the largest first, and each takes those with it that are like it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask
from .fitting import COVERED, FEWEST, Fit, MarkedPixels, Places, distances, fitted

RIM = 0.06
"""Coverage from which a pixel is part of a mark at all."""
LINK = 3
"""Pixels by which letters are grown to join in a word."""
ALIKE = 1.5
"""Squared deviations, typical ones of a word, up to which a fit explains it."""
COMMON = 0.5
"""Share of all pixels that one fit must explain to be one."""
MOST_WORDS = 24
"""Words that get a fit of their own; those left after that are small, and nobody can say what they are."""


@dataclass(frozen=True)
class Group:
    """Words with their fit.

    Attributes
    ----------
    where : ndarray of bool
        (Y, X), the words and a few pixels around them.
    fit : Fit or None
        None where nothing explains the words: they have to be filled.
    """

    where: Mask
    fit: Fit | None


def grouped(
    image: Pixels, smooth: Pixels, coverage: Pixels, rough: Pixels, doubt: float | Pixels, link: int = LINK
) -> list[Group]:
    """Return the marks of a plane in groups; parameters as for `fitting.fit_mark`, or the doubt of each pixel."""
    around = ndimage.binary_dilation(coverage > RIM, np.ones((3, 3)), link) if link else coverage > 0
    labels, count = ndimage.label(around, np.ones((3, 3)))
    words = _Words(_places(labels, coverage, count), (image, smooth, coverage, rough), doubt)
    of_word = words.sorted_out()
    groups = [Group(np.isin(labels, np.flatnonzero(of_word == number) + 1), fit) for number, fit in words.fits()]
    return [group for group in groups if group.where.any()]


def _places(labels: np.ndarray, coverage: Pixels, count: int) -> list[Places]:
    """Return the places of the well covered pixels of each word."""
    inside = np.flatnonzero(coverage > COVERED)
    of_word = labels.ravel()[inside]
    order = np.argsort(of_word, kind="stable")
    ends = np.searchsorted(of_word[order], np.arange(1, count + 2))
    return [inside[order[a:b]] for a, b in itertools.pairwise(ends)]


class _Words:
    """Words and the fits that explain them."""

    def __init__(
        self, places: list[Places], planes: tuple[Pixels, Pixels, Pixels, Pixels], doubt: float | Pixels
    ) -> None:
        self._places, self._planes, self._doubt = places, planes, doubt
        self._found: list[Fit] = []

    def fits(self) -> list[tuple[int, Fit | None]]:
        """Return the fits with their numbers; -1 is that of words without one."""
        return [(-1, None), *enumerate(self._found)]

    def sorted_out(self) -> np.ndarray:
        """Return the number of each word's fit."""
        of_word = np.full(len(self._places), -1)
        sizes = np.array([len(places) for places in self._places])
        if sizes.sum() < FEWEST:
            return of_word
        self._take(of_word, self._fit(np.arange(len(sizes))))
        if sizes[of_word == 0].sum() < COMMON * sizes.sum():
            self._found, of_word = [], np.full(len(sizes), -1)
        tried = 0
        for word in np.argsort(-sizes):
            if of_word[word] < 0 and sizes[word] >= FEWEST and tried < MOST_WORDS:
                tried += 1
                self._take(of_word, self._fit(np.array([word])))
        for number in range(len(self._found)):
            members = np.flatnonzero(of_word == number)
            if 1 < len(members) < len(sizes):
                self._found[number] = self._fit(members)
        return of_word

    def _take(self, of_word: np.ndarray, fit: Fit) -> None:
        """Give a fit the words without one that it explains; it counts if there are any."""
        free = np.flatnonzero(of_word < 0)
        like = [int(word) for word in free if len(self._places[word])]
        like = [word for word in like if self._distance(word, fit) < ALIKE]
        if like:
            of_word[like] = len(self._found)
            self._found.append(fit)

    def _fit(self, words: np.ndarray) -> Fit:
        return fitted(self._pixels(np.concatenate([self._places[word] for word in words])))

    def _distance(self, word: int, fit: Fit) -> float:
        return float(np.median(distances(self._pixels(self._places[word]), fit)))

    def _pixels(self, places: Places) -> MarkedPixels:
        return MarkedPixels.of(places, *self._planes, self._doubt)
