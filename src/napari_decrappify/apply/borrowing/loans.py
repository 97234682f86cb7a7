"""What was borrowed for an image, kept beside it: memory follows the holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from ..engine.blending import Pixels
from ..engine.tiling import Box
from ..masks import Mask
from ..source import Array, Key, Source


class Loan(NamedTuple):
    """Pixels that were borrowed for a hole of a plane.

    Attributes
    ----------
    box : Box
        Where the hole lies.
    mask : ndarray of bool
        (Y, X), of the box's shape: what was borrowed of it.
    values : ndarray
        (Y, X) or (Y, X, 3), in the image's dtype: what counts of it is under the mask.
    """

    box: Box
    mask: Mask
    values: Array

    def lay(self, values: Array, pixels: Array, box: Box) -> None:
        """Write this loan's values, or others of their shape, into pixels that are a box of the plane."""
        y0, x0 = max(self.box.y0, box.y0), max(self.box.x0, box.x0)
        y1, x1 = min(self.box.y1, box.y1), min(self.box.x1, box.x1)
        if y0 < y1 and x0 < x1:
            shared = Box(y0, y1, x0, x1)
            own = shared.seen_from(self.box).slices
            pixels[shared.seen_from(box).slices][self.mask[own]] = values[own][self.mask[own]]


Loans: TypeAlias = dict[Key, list[Loan]]


@dataclass(frozen=True)
class LentSource(Source):
    """An image as its net sees it, with what was borrowed for it in its holes."""

    loans: Loans = field(default_factory=dict)

    def read(self, plane: Key, box: Box) -> Pixels:
        """Return a piece of a plane as float32, (Y, X) or (Y, X, 3), nominally in [0, 1]."""
        pixels = super().read(plane, box)
        for loan in self.loans.get(plane, []):
            loan.lay(self.range_of(plane).intensity.to_unit(loan.values), pixels, box)
        return pixels


def pay_in(loans: Loans, source: Source, result: Array) -> None:
    """Write what was borrowed into a result of the source's shape."""
    y, x = source.layout.yx
    for plane, of_plane in loans.items():
        for loan in of_plane:
            loan.lay(loan.values, source.color(result[plane]), Box(0, y, 0, x))


def remaining(mask: Mask, loans: Loans) -> Mask:
    """Return a mask of what is still to be filled."""
    rest: Mask = np.array(mask)
    for plane, of_plane in loans.items():
        for loan in of_plane:
            rest[plane][loan.box.slices] &= ~loan.mask
    return rest
