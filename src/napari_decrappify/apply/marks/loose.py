"""A mask that is painted loosely around marks: where in it they are, by what a finder and copies on a lattice say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask, grown
from .belief import Belief
from .copies import heard
from .grouping import RIM
from .solving import DOUBT

FOUND = 0.4
"""Coverage that must be seen in a part of a mask for it to be solved: others are filled."""
TIGHT = 0.4
"""Share of a part of a mask that must be seen to be covered for all of it to be taken for the mark."""
OVERLOOKED = 0.35
"""How far off coverage may be that is seen to be low in a part that fits tightly."""


class Loose(NamedTuple):
    """What a loose mask says.

    Attributes
    ----------
    hole : ndarray of bool
        (Y, X): where marks may be, and what shows none at all: that is filled.
    belief : Belief
        (Y, X): of the marks' coverage in the hole.
    unseen : int
        Parts of the mask that show no mark.
    """

    hole: Mask
    belief: Belief
    unseen: int


def inside_of(image: Pixels, mask: Mask, coverage: Pixels) -> Loose:
    """Return what is said of marks in a (Y, X) mask of a (Y, X, C) image by the coverage that a finder sees."""
    together = heard(image, coverage, DOUBT)
    believed, doubt = (coverage, np.full_like(coverage, DOUBT)) if together is None else together
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    parts = np.arange(1, count + 1)
    seen = np.append(False, ndimage.maximum(believed, labels, parts) >= FOUND)
    share = np.append(0, ndimage.mean((believed > FOUND).astype(np.float32), labels, parts))
    tight = (seen & (share > TIGHT))[labels]
    doubt = np.where(tight & (believed < FOUND), np.maximum(doubt, OVERLOOKED), doubt).astype(np.float32)
    marked = seen[labels] & (tight | grown(believed > RIM, 1))
    covered = np.where(marked, believed, 0).astype(np.float32)
    return Loose(marked | (mask & ~seen[labels]), Belief(covered, doubt), int(count - seen.sum()))
