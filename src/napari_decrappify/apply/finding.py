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
FAR = 28  # the same for doubt: a window of 912 pixels
BLOCK = 512  # side of the squares in which copies of a mark are looked for; regions start at multiples of it
COPIES = 1.5  # weight of what the copies of a pixel say, beside its own probability
FAINT = 0.03  # probability from which a pixel is in doubt
CLOSEST = 1e-6  # to 0 and 1 that probabilities count


def margin_of(rule: DamageRule) -> int:
    """Return how many pixels around a pixel decide whether it is in the mask."""
    if rule.seed is None:
        return rule.dilate
    far = rule.dilate + SEED_REACH
    cells = NEIGHBOURS if rule.doubt is None else FAR
    return round_up(far + (cells + 1) * CELL, BLOCK) if rule.evidence else far


def grid_of(rule: DamageRule) -> int:
    """Return of what the places of regions must be multiples, for a pixel to get what it gets in the whole plane."""
    return BLOCK if rule.evidence else 1


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
            seeds = self._seeds(mask, self._logits, rule.seed) if rule.evidence else self._logits > logit(rule.seed)
            grow(seeds, SEED_REACH)
            mask &= seeds
        grow(mask, rule.dilate)

    def _seeds(self, mask: Mask, logits: npt.NDArray[np.float16], seed: float) -> Mask:
        """Return the seeds that count by the evidence around them; the mask hears copies."""
        rule, trusted = self._rule, self._trusted(logits, seed)
        _hear_copies(mask, logits, logit(rule.threshold), logit(seed))
        counted: Mask = (logits > logit(seed)) & convincing(logits > logit(rule.sure), rule.evidence)
        return counted if trusted is None else counted & trusted

    def _trusted(self, logits: npt.NDArray[np.float16], seed: float) -> Mask | None:
        """Return where the net isn't in doubt; None if that is everywhere."""
        rule = self._rule
        if rule.doubt is None:
            return None
        faint = around((logits > logit(FAINT)) & (logits < logit(rule.threshold)), FAR)
        return on_pixels(faint <= rule.doubt * around(logits > logit(seed), FAR), logits.shape)


def _hear_copies(
    mask: Mask, logits: npt.NDArray[np.float16], threshold: npt.NDArray[Any], seed: npt.NDArray[Any]
) -> None:
    """Add to the logits what copies say, wherever damage stands on a lattice; what is likely there follows.

    What is seen clearly keeps its own: a logo beside tiled text has no copies.
    """
    from .lattice import agreed, find_lattice  # SciPy is loaded by the work, not by a dock that opens

    for place in itertools.product(*(_blocks(n) for n in logits.shape)):
        block = logits[place].astype(np.float32)
        lattice = find_lattice(block)
        if lattice is not None:
            together = block + COPIES * agreed(block, lattice)
            logits[place] = np.where(seen_alone(block, threshold, seed), block, together)
            mask[place] = logits[place] > threshold


def seen_alone(logits: npt.NDArray[Any], threshold: npt.NDArray[Any], seed: npt.NDArray[Any]) -> Mask:
    """Return the pieces above a threshold that hold a seed."""
    from scipy import ndimage

    pieces, count = ndimage.label(logits > threshold, np.ones((3, 3)))
    seeded = np.zeros(count + 1, bool)
    seeded[pieces[logits > seed]] = True
    return np.asarray(seeded[pieces])


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
    return on_pixels(around(sure, NEIGHBOURS) >= evidence, sure.shape)


def around(pixels: Mask, reach: int) -> npt.NDArray[np.int64]:
    """Return for each cell of a (Y, X) plane how many pixels of a kind it and so many cells to each side hold."""
    y, x = pixels.shape
    down, right = (round_up(n, CELL) for n in (y, x))
    cells = np.pad(pixels, ((0, down - y), (0, right - x))).reshape(down // CELL, CELL, right // CELL, CELL)
    counts: npt.NDArray[np.int64] = cells.sum((1, 3), dtype=np.int64)
    for axis in (0, 1):
        wide = [(reach, reach) if axis == other else (0, 0) for other in (0, 1)]
        counts = np.lib.stride_tricks.sliding_window_view(np.pad(counts, wide), 2 * reach + 1, axis).sum(-1)
    return counts


def on_pixels(cells: Mask, shape: tuple[int, ...]) -> Mask:
    """Return what cells say for each pixel of a plane."""
    pixels: Mask = cells.repeat(CELL, 0).repeat(CELL, 1)[: shape[0], : shape[1]]
    return pixels
