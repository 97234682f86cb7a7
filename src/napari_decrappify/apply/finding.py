"""From damage probabilities to a damage mask: what is likely, where something surer, or a copy, vouches for it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from ..models import DamageRule
from .engine.tiling import round_up
from .masks import Mask, grow

SEED_REACH = 12  # pixels that a seed vouches for, in all eight directions
CELL = 16  # pixels of the grid on which evidence is counted
NEIGHBOURS = 16  # cells to each side whose evidence counts: a window of 528 pixels
BLOCK = 512  # side of the squares in which copies of a mark are looked for; regions start at multiples of it
COPIES = 1.5  # weight of what the copies of a pixel say, beside its own probability
UNHEARD = 0.01  # share of copies that may say otherwise, whatever they all say together
CLOSEST = 1e-6  # to 0 and 1 that probabilities count


def margin_of(rule: DamageRule) -> int:
    """Return how many pixels around a pixel decide whether it is in the mask."""
    if rule.seed is None:
        return rule.dilate
    far = rule.dilate + SEED_REACH
    if rule.evidence:
        far = round_up(far + (NEIGHBOURS + 1) * CELL, grid_of(rule))
    return far


def grid_of(rule: DamageRule) -> int:
    """Return of what the places of regions must be multiples, for a pixel to get what it gets in the whole plane."""
    return BLOCK if rule.copies else CELL if rule.evidence else 1


def found_damage(rule: DamageRule, probability: npt.NDArray[Any]) -> Mask:
    """Return the mask of a whole plane from its (Y, X) probabilities."""
    mask = np.zeros(probability.shape, bool)
    finding = Finding(rule, probability.shape)
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
        self._logits = None if rule.seed is None else np.zeros(shape, np.float16)

    def add(self, mask: Mask, place: tuple[slice, slice], probability: npt.NDArray[Any]) -> None:
        """Take the probabilities of a piece; `mask` gets what is likely there."""
        mask[place] = probability > self._rule.threshold
        if self._logits is not None:
            self._logits[place] = logit(probability.astype(np.float32))

    def settle(self, mask: Mask) -> None:
        """Make the mask of the plane, in place, once all pieces are there; a new plane may follow."""
        rule = self._rule
        if self._logits is not None and rule.seed is not None:
            if rule.copies:
                _hear_copies(mask, self._logits, logit(rule.threshold))
            seeds = self._logits > logit(rule.seed)
            if rule.evidence:
                seeds &= convincing(self._logits > logit(rule.sure), rule.evidence)
            grow(seeds, SEED_REACH)
            mask &= seeds
        grow(mask, rule.dilate)


def _hear_copies(mask: Mask, logits: npt.NDArray[np.float16], threshold: npt.NDArray[Any]) -> None:
    """Add to the logits what copies say, wherever damage stands on a lattice; what is likely there follows."""
    from .lattice import agreed, find_lattice  # SciPy is loaded by the work, not by a dock that opens

    for place in itertools.product(*(_blocks(n) for n in logits.shape)):
        block = logits[place].astype(np.float32)
        lattice = find_lattice(block)
        if lattice is not None:
            together = agreed(1 / (1 + np.exp(-block)), lattice)
            logits[place] = block + COPIES * logit(UNHEARD + (1 - 2 * UNHEARD) * together)
            mask[place] = logits[place] > threshold


def logit(probability: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return the logarithm of the odds, finite for 0 and 1 too."""
    inside = np.clip(probability, CLOSEST, 1 - CLOSEST)
    odds: npt.NDArray[Any] = np.log(inside / (1 - inside))
    return odds


def _blocks(length: int) -> list[slice]:
    """Return an axis in blocks; what is left over belongs to the last."""
    edges = [BLOCK * block for block in range(max(1, length // BLOCK))]
    return [slice(*ends) for ends in itertools.pairwise([*edges, length])]


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
