"""The holes of a plane, each with the window in which texture is looked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from ..engine.tiling import Box
from ..masks import Mask

CELL = 32
"""Holes are one if their cells of so many pixels touch."""
LEAST, MARGIN = 32, 96
"""Around a hole, where texture is looked for: four times its longer side within these; around large ones, half."""


class Hole(NamedTuple):
    """A hole, or some that lie near each other.

    Attributes
    ----------
    box : Box
        Where it lies in its plane.
    window : Box
        That, with its surroundings.
    mask : ndarray of bool
        Its pixels, of the window's shape.
    """

    box: Box
    window: Box
    mask: Mask


def holes_in(mask: Mask) -> list[Hole]:
    """Return the holes of a (Y, X) mask, from the top down."""
    rows, columns = (np.arange(0, side, CELL) for side in mask.shape)
    cells = np.logical_or.reduceat(np.logical_or.reduceat(mask, rows, 0), columns, 1)
    labels, _ = ndimage.label(cells, np.ones((3, 3)))
    return [_hole(mask, labels[place] == label, place) for label, place in enumerate(ndimage.find_objects(labels), 1)]


def margin_around(sides: tuple[int, int]) -> int:
    """Return how far around a hole of this height and width texture is looked for, in pixels."""
    longer = max(sides)
    return max(LEAST, min(4 * longer, MARGIN), longer // 2)


def _hole(mask: Mask, cells: Mask, place: tuple[slice, slice]) -> Hole:
    y, x = (slice(CELL * side.start, min(CELL * side.stop, end)) for side, end in zip(place, mask.shape, strict=True))
    own = cells.repeat(CELL, 0).repeat(CELL, 1)[: y.stop - y.start, : x.stop - x.start] & mask[y, x]
    (y0, y1), (x0, x1) = (np.flatnonzero(own.any(axis))[[0, -1]].tolist() for axis in (1, 0))
    box = Box(y.start + y0, y.start + y1 + 1, x.start + x0, x.start + x1 + 1)
    window = box.grown(margin_around(box.shape), (mask.shape[0], mask.shape[1]))
    inside = np.zeros(window.shape, bool)
    inside[box.seen_from(window).slices] = own[y0 : y1 + 1, x0 : x1 + 1]
    return Hole(box, window, inside)
