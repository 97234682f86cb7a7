"""From damage probabilities to a damage mask: what is likely, where something surer vouches for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..models import ModelCard
from .masks import Mask, grow
from .tiling import round_up

SEED_REACH = 12  # pixels that a seed vouches for, in all eight directions
CELL = 16  # pixels of the grid on which evidence is counted; regions start at multiples of it
NEIGHBOURS = 16  # cells to each side whose evidence counts: a window of 528 pixels
DILATE = 1  # pixels by which found damage is grown where nobody says otherwise


@dataclass(frozen=True)
class DamageRule:
    """How the damage probabilities that a net gives become a mask.

    Parameters
    ----------
    threshold : float
        Probability above which a pixel may be damaged.
    seed : float, optional
        If given, such pixels count only within `SEED_REACH` of one whose probability is above this (hysteresis).
    sure, evidence : float, int
        Seeds count only where at least `evidence` pixels in a window of 528 pixels have a probability above `sure`: one
        sure letter makes faint ones nearby likely, while what merely resembles letters rarely convinces anywhere.
    dilate : int
        Pixels by which the mask is grown at the end.
    """

    threshold: float
    seed: float | None = None
    sure: float = 1.0
    evidence: int = 0
    dilate: int = DILATE

    @classmethod
    def of(cls, card: ModelCard, dilate: int = DILATE) -> DamageRule:
        """Return the rule on a model's card."""
        return cls(card.mask_threshold, card.mask_seed, card.mask_sure, card.mask_evidence, dilate)

    @property
    def margin(self) -> int:
        """How many pixels around a pixel decide whether it is in the mask."""
        if self.seed is None:
            return self.dilate
        far = self.dilate + SEED_REACH
        return round_up(far + (NEIGHBOURS + 1) * CELL, CELL) if self.evidence else far

    def found(self, probability: npt.NDArray[Any]) -> Mask:
        """Return the mask of a whole plane from its (Y, X) probabilities."""
        mask = np.zeros(probability.shape, bool)
        finding = Finding(self, probability.shape)
        finding.add(mask, (slice(None), slice(None)), probability)
        finding.settle(mask)
        return mask


class Finding:
    """The mask of one plane, made of pieces that come one after another.

    Parameters
    ----------
    rule : DamageRule
        What counts as damage.
    shape : tuple of int
        Of the plane.
    """

    def __init__(self, rule: DamageRule, shape: tuple[int, ...]) -> None:
        self._rule = rule
        self._seeds = None if rule.seed is None else np.zeros(shape, bool)
        self._sure = np.zeros(shape, bool) if rule.seed is not None and rule.evidence else None

    def add(self, mask: Mask, place: tuple[slice, slice], probability: npt.NDArray[Any]) -> None:
        """Take the probabilities of a piece; `mask` gets what is likely there."""
        mask[place] = probability > self._rule.threshold
        if self._seeds is not None:
            self._seeds[place] = probability > self._rule.seed
        if self._sure is not None:
            self._sure[place] = probability > self._rule.sure

    def settle(self, mask: Mask) -> None:
        """Make the mask of the plane, in place, once all pieces are there; a new plane may follow."""
        if self._seeds is not None:
            if self._sure is not None:
                self._seeds &= convincing(self._sure, self._rule.evidence)
            grow(self._seeds, SEED_REACH)
            mask &= self._seeds
        grow(mask, self._rule.dilate)


def convincing(sure: Mask, evidence: int) -> Mask:
    """Return the pixels of a (Y, X) plane whose cell and 16 cells to each side hold that many sure pixels."""
    y, x = sure.shape
    down, right = (round_up(n, CELL) for n in (y, x))
    cells = np.pad(sure, ((0, down - y), (0, right - x))).reshape(down // CELL, CELL, right // CELL, CELL)
    counts = cells.sum((1, 3), dtype=np.int64)
    for axis in (0, 1):
        wide = [(NEIGHBOURS, NEIGHBOURS) if axis == other else (0, 0) for other in (0, 1)]
        counts = np.lib.stride_tricks.sliding_window_view(np.pad(counts, wide), 2 * NEIGHBOURS + 1, axis).sum(-1)
    enough: Mask = counts >= evidence
    return enough.repeat(CELL, 0).repeat(CELL, 1)[:y, :x]
