"""The colours of a mark that many pictures share: which one each pixel has, and about how strong it is there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from ..engine.blending import Pixels

Labels = npt.NDArray[np.intp]

MOST_COLORS = 3
LEAST_GAIN = 0.2
"""Share of what is unexplained that one more colour must explain."""
ROUNDS = 15
TINY = 1e-6


@dataclass(frozen=True)
class Sums:
    """Sums over N pictures of (N, P, C) values J under a mark, and S for what lies under it: all that fits need."""

    count: int
    change: Pixels  # of J - S, (P, C)
    under: Pixels  # of S, (P, C)
    change_under: Pixels  # of their product, (P,)
    under_under: Pixels
    change_change: Pixels

    @classmethod
    def of(cls, marked: Pixels, under: Pixels) -> Self:
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

    def strength(self, color: Pixels) -> tuple[Pixels, Pixels]:
        """Return how strong a mark of a colour would be at each pixel, and the squares that it leaves unexplained."""
        power = self.count * (color @ color) - 2 * self.under @ color + self.under_under
        product = self.change @ color - self.change_under
        strength = np.clip(product / np.maximum(power, TINY), 0, 1)
        return strength, self.change_change - 2 * strength * product + np.square(strength) * power

    def explained(self, colors: Pixels, labels: Labels) -> Pixels:
        """Return the share of the squares of each pixel's change that a mark of its colour explains."""
        left = np.array([self.strength(color)[1] for color in colors])[labels, np.arange(len(labels))]
        share: Pixels = 1 - left / np.maximum(self.change_change, TINY)
        return share

    def color(self, strength: Pixels, weight: Pixels) -> Pixels:
        """Return the colour that explains best what marks of such strength do."""
        heavy = weight * strength
        sums = heavy @ (self.change + strength[:, None] * self.under)
        color: Pixels = np.clip(sums / max(self.count * float(heavy @ strength), TINY), 0, 1)
        return color


def colors_of(sums: Sums) -> tuple[Pixels, Labels, Pixels]:
    """Return (K, C) colours, (P,) which of them each pixel has, and its strength: the fewest colours that explain much.

    Each begins with the best among dark, medium and bright in all channels, and is settled as k-means does.
    """
    channels = sums.change.shape[1]
    grid = np.array(list(itertools.product((0.0, 0.5, 1.0), repeat=channels)))
    alone = [sums.strength(color)[1] for color in grid]
    strong = sums.change_change >= np.median(sums.change_change)
    colors, unexplained = np.empty((0, channels)), sums.change_change
    while len(colors) < MOST_COLORS:
        best = int(np.argmin([np.minimum(unexplained, one)[strong].sum() for one in alone]))
        more = _settled(sums, np.concatenate([colors, grid[best : best + 1]]))
        left = _assigned(sums, more)[2]
        if len(colors) and left[strong].sum() > (1 - LEAST_GAIN) * unexplained[strong].sum():
            break
        colors, unexplained = more, left
    labels, strength, _ = _assigned(sums, colors)
    return colors, labels, strength


def _settled(sums: Sums, colors: Pixels) -> Pixels:
    for _ in range(ROUNDS):
        labels, strength, left = _assigned(sums, colors)
        weight = 1 / (left + np.median(left) + TINY)
        theirs = [weight * (labels == label) for label in range(len(colors))]
        colors = np.stack([sums.color(strength, w) if w.any() else c for c, w in zip(colors, theirs, strict=True)])
    return colors


def _assigned(sums: Sums, colors: Pixels) -> tuple[Labels, Pixels, Pixels]:
    """Return which colour explains each pixel best, with what strength, and the squares that it leaves."""
    strengths, left = zip(*[sums.strength(color) for color in colors], strict=True)
    labels = np.argmin(left, axis=0)
    everywhere = np.arange(len(labels))
    return labels, np.array(strengths)[labels, everywhere], np.array(left)[labels, everywhere]
