"""Pixels borrowed from the planes beside a plane, for the holes of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...jobs import Job, Progress
from ..engine.tiling import Box
from ..masks import Mask
from ..source import Key, Source
from ..texture.holes import Hole, holes_in
from .loans import Loan, Loans
from .prediction import predicted
from .surroundings import Surroundings
from .trust import apart, borrowed_fill, trusted

MARGIN = 64
"""Around a hole, at least, what counts; around thick ones, twice as far as their copies lie."""


@dataclass(frozen=True)
class Borrowing:
    """A stack whose holes are to be filled by neighbours.

    Attributes
    ----------
    source : Source
        The stack.
    mask : ndarray of bool
        (..., Y, X): its holes.
    axis : int
        The leading axis along which planes are neighbours.
    """

    source: Source
    mask: Mask
    axis: int

    def run(self, planes: Sequence[Key]) -> Job[Loans]:
        """Return what can be borrowed for these planes; it depends on them and on those within reach only."""
        loans: Loans = {}
        for number, plane in enumerate(planes):
            holes = holes_in(self.mask[plane])
            for done, hole in enumerate(holes):
                note = f"plane {number + 1} of {len(planes)}, neighbours of hole {done + 1} of {len(holes)}"
                yield Progress(number * len(holes) + done, len(planes) * len(holes), note)
                loan = self._loan(plane, hole)
                if loan is not None:
                    loans.setdefault(plane, []).append(loan)
        return loans

    def _loan(self, plane: Key, hole: Hole) -> Loan | None:
        window, marked = _window(hole, self.source.layout.yx)
        around = Surroundings(self.source, self.mask, self.axis, plane, window)
        prediction = predicted(around, marked)
        if prediction is None:
            return None
        seen, known = around.pixels(0, prediction.intensity), around.known()
        taken = trusted(seen, known, marked, prediction)
        if not taken.any():
            return None
        inside = hole.box.seen_from(window).slices
        filled = np.where(taken[..., None], borrowed_fill(seen, known, prediction), np.float32(0))[inside]
        values = prediction.intensity.from_unit(filled)
        return Loan(hole.box, taken[inside], values if self.source.layout.rgb else values[..., 0])


def _window(hole: Hole, yx: tuple[int, int]) -> tuple[Box, Mask]:
    """Return a box around a hole as wide as its thickness asks for, however long it is; and the hole in it."""
    marked = hole.mask[hole.box.seen_from(hole.window).slices]
    depth = ndimage.distance_transform_edt(np.pad(marked, 1)).max()
    window = hole.box.grown(max(MARGIN, 2 * apart(depth)), yx)
    inside = np.zeros(window.shape, bool)
    inside[hole.box.seen_from(window).slices] = marked
    return window, inside
