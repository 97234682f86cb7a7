"""A mark as the physical thing that it is: J = (1 - o m) I + o m c, of coverage m, opacity o and colour c."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..engine.blending import Pixels
from ..masks import Mask

LEAST_LEFT = 0.02
"""Share of the picture that is taken to shine through, at the least: un-blending divides by it."""


@dataclass(frozen=True)
class SolvedMark:
    """A mark of one opacity.

    Attributes
    ----------
    coverage : ndarray of float32
        (Y, X), in [0, 1]: how much of each pixel the mark takes, its anti-aliased rims included. 0 is untouched.
    color : ndarray of float32
        (C,), or (Y, X, C) where it changes from place to place, in the unit range of the picture.
    opacity : float
        In [0, 1]; 1 hides all that it covers.
    residual : float
        In the unit range: how far the marked picture typically is from what the mark would make of a smooth fill of
        its surroundings. The picture's own texture counts, too. It is infinite if nothing could be solved.
    """

    coverage: Pixels
    color: Pixels
    opacity: float
    residual: float

    @property
    def strength(self) -> Pixels:
        """How much of each pixel is the mark's colour, (Y, X): coverage times opacity."""
        strength: Pixels = np.float32(self.opacity) * self.coverage
        return strength

    def color_at(self, where: Mask) -> Pixels:
        """Return the colour of the pixels of a (Y, X) mask: (N, C), or (C,) if it is one for all."""
        return self.color if self.color.ndim == 1 else self.color[where]


def unblended(image: Pixels, mark: SolvedMark) -> Pixels:
    """Take a mark off a picture.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    mark : SolvedMark
        Of the same size and channels.

    Returns
    -------
    ndarray of float32
        (Y, X, C), not clipped; exactly the image where the coverage is 0. Where less than a fiftieth of the picture
        shines through, there is nothing to be brought back, and what comes out has to be filled.
    """
    strength = mark.strength[..., None]
    picture = (image - strength * mark.color) / np.maximum(1 - strength, np.float32(LEAST_LEFT))
    return picture.astype(np.float32, copy=False)


def blended(image: Pixels, mark: SolvedMark) -> Pixels:
    """Put a mark on a (Y, X, C) picture: what `unblended` undoes."""
    strength = mark.strength[..., None]
    marked: Pixels = ((1 - strength) * image + strength * mark.color).astype(np.float32)
    return marked
