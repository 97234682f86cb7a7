"""What of a mark is left in the picture under it: it stands out in the same way wherever the mark's rims lie.

A picture knows nothing of the mark that lay on it. What it differs by from a guess of it is as often above as below
at any depth of the mark, and no more than the ground is rough: what goes beyond that isn't the picture's.
"""

from __future__ import annotations

import numpy as np

from .fitting import Floats
from .ground import LEAST

STEPS, DEEPEST = 2, 8
"""Into how many parts a pixel of depth is divided, and the last part, which has all that is deeper."""
PATCH = 60
"""Pixels that are off together, as the ground's texture is coarser than they are."""
SURE = 3.0
"""Deviations of a mean from which it is no chance."""


def without_leftover(picture: Floats, guess: Floats, depth: Floats, rough: Floats) -> Floats:
    """Return pixels of a picture that a mark was taken off, without what it left.

    Parameters
    ----------
    picture, guess : ndarray of float32
        (N, C), in the unit range: what was found, and what nobody who hadn't seen it would expect.
    depth : ndarray of float32
        (N,): how far in the mark's mask they are, in pixels.
    rough : ndarray of float32
        (N,): how far off the guess may be, as a standard deviation.
    """
    apart, part = picture - guess, np.minimum(np.rint(STEPS * depth), DEEPEST).astype(int)
    variance = np.square(rough) + np.float32(LEAST**2)
    for number in np.unique(part):
        at = part == number
        mean = apart[at].mean(0)
        chance = SURE**2 * float(variance[at].mean()) * PATCH / int(at.sum())
        apart[at] -= np.float32(max(0.0, 1 - chance / max(float(np.square(mean).mean()), 1e-12))) * mean
    rest = float(np.square(apart).mean())
    calmer: Floats = guess + np.float32(min(1.0, float(variance.mean()) / max(rest, 1e-12))) * apart
    return calmer
