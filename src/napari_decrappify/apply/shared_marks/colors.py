"""The colours of a mark that many pictures share: which one each pixel has, and about how strong it is there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.intp]
Floats = npt.NDArray[np.floating[Any]]

MOST_COLORS = 3
UNEXPLAINED, EXPLAINED = 0.35, 0.6
"""Shares of the squares of a pixel's change: up to the one it has no colour, from the other it has one."""
RAREST, FEWEST = 0.03, 12
"""Share of the pixels, and their number, to which one more colour must give one."""
NEAR, HARDLY = 0.3, 0.1
"""Of the unit range, and of what is unexplained: where pictures hardly differ, many colours explain the same."""
SOME, HALF = 0.3, 0.5
"""Strengths from which a pixel has a colour at all, and may be hidden by it."""
NEARLY = 0.9
"""Of the strengths that a colour has: what is nearly as strong as nearly all is all covered."""
ROUNDS = 15
TINY = 1e-6


@dataclass(frozen=True)
class Sums:
    """Sums over N pictures of (N, P, C) values J under a mark, and S for what lies under it: all that fits need."""

    count: int
    change: Floats  # of J - S, (P, C)
    under: Floats  # of S, (P, C)
    change_under: Floats  # of their product, (P,)
    under_under: Floats
    change_change: Floats

    @classmethod
    def of(cls, marked: Floats, under: Floats) -> Self:
        """Return the sums, picture by picture."""
        change = marked - under
        return cls(
            len(marked),
            change.sum(0),
            under.sum(0),
            np.einsum("npc,npc->p", change, under),
            np.einsum("npc,npc->p", under, under),
            np.einsum("npc,npc->p", change, change),
        )

    def at(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Return the sums of some of the pixels."""
        return type(self)(self.count, *(getattr(self, part.name)[chosen] for part in fields(self)[1:]))

    def strength(self, color: Floats) -> tuple[Floats, Floats]:
        """Return how strong a mark of a colour would be at each pixel, and the squares that it leaves unexplained."""
        power = self.count * (color @ color) - 2 * self.under @ color + self.under_under
        product = self.change @ color - self.change_under
        strength = np.clip(product / np.maximum(power, TINY), 0, 1)
        return strength, self.change_change - 2 * strength * product + np.square(strength) * power

    @property
    def marked(self) -> Floats:
        """The sums of J, (P, C)."""
        return self.change + self.under

    def hidden(self, color: Floats) -> Floats:
        """Return the squares that an opaque mark of a colour leaves unexplained."""
        squares = self.change_change + 2 * self.change_under + self.under_under
        left: Floats = squares - 2 * self.marked @ color + self.count * (color @ color)
        return left

    def color(self, strength: Floats, weight: Floats) -> Floats:
        """Return the colour that explains best what marks of such strength do."""
        heavy = weight * strength
        sums = heavy @ (self.change + strength[:, None] * self.under)
        color: Floats = np.clip(sums / max(self.count * float(heavy @ strength), TINY), 0, 1)
        return color


def colors_of(sums: Sums, most: int = MOST_COLORS) -> tuple[Floats, Labels, Floats]:
    """Return (K, C) colours, (P,) which of them each pixel has, and its strength: the fewest colours that explain much.

    Each begins with the best among dark, medium and bright in all channels, and is settled as k-means does.
    """
    channels = sums.change.shape[1]
    grid = np.array(list(itertools.product((0.0, 0.5, 1.0), repeat=channels)))
    alone = [sums.strength(color)[1] for color in grid]
    whole = np.maximum(sums.change_change, TINY)
    colors: Floats = np.empty((0, channels))
    unexplained: Floats = whole
    while len(colors) < most:
        best = int(np.argmin([(np.minimum(unexplained, one) / np.sqrt(whole)).sum() for one in alone]))
        more = _settled(sums, np.concatenate([colors, grid[best : best + 1]]))
        left = _assigned(sums, more)[2]
        won = (unexplained > (1 - UNEXPLAINED) * whole) & (left < (1 - EXPLAINED) * whole)
        if len(colors) and won.sum() < max(FEWEST, RAREST * len(whole)):
            break
        colors, unexplained = more, left
    pure = _purer(sums, colors)
    labels, strength, _ = _assigned(sums, pure)
    return pure, labels, strength


def extremes(sums: Sums) -> tuple[Floats, Labels, Floats]:
    """Return the same for black and white, and no other colours: what dims light, or hides it."""
    colors = np.array([[0.0], [1.0]]).repeat(sums.change.shape[1], axis=1)
    labels, strength, _ = _assigned(sums, colors)
    return colors, labels, strength


def _purer(sums: Sums, colors: Floats) -> Floats:
    """Return colours with those instead that are likelier if they explain hardly less: opaque ones, black and white."""
    labels, strength, left = _assigned(sums, colors)
    purer = colors.copy()
    for number, color in enumerate(colors):
        theirs = labels == number
        enough = (1 + HARDLY) * left[theirs].sum()
        pure = np.full_like(color, round(float(color.mean())))
        if np.abs(color - pure).max() < NEAR and sums.strength(pure)[1][theirs].sum() < enough:
            purer[number] = pure
        some = theirs & (strength > SOME)
        if not some.any():
            continue
        full = some & (strength > max(HALF, NEARLY * np.quantile(strength[some], NEARLY)))  # letters have thin strokes
        if full.sum() >= FEWEST:
            solid = np.median(sums.marked[full], axis=0) / sums.count
            if sums.hidden(solid)[full].sum() < (1 + HARDLY) * left[full].sum():
                purer[number] = solid
    return purer


def _settled(sums: Sums, colors: Floats) -> Floats:
    for _ in range(ROUNDS):
        labels, strength, left = _assigned(sums, colors)
        weight = 1 / (left + np.median(left) + TINY)
        theirs = [weight * (labels == label) for label in range(len(colors))]
        colors = np.stack([sums.color(strength, w) if w.any() else c for c, w in zip(colors, theirs, strict=True)])
    return colors


def _assigned(sums: Sums, colors: Floats) -> tuple[Labels, Floats, Floats]:
    """Return which colour explains each pixel best, with what strength, and the squares that it leaves."""
    strengths, left = zip(*[sums.strength(color) for color in colors], strict=True)
    labels = np.argmin(left, axis=0)
    everywhere = np.arange(len(labels))
    return labels, np.array(strengths)[labels, everywhere], np.array(left)[labels, everywhere]
