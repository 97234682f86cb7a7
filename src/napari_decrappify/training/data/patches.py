"""Patches: square places in pictures, drawn at random or for their detail, and cut out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...degrade.pictures import as_unit
from .picture_source import Pictures, Plane, readable_from

BLOCK = 4


@dataclass(frozen=True)
class Place:
    """A square in a picture; it may reach over the lower and right edge of one that is too small.

    Parameters
    ----------
    picture : int
        Index of the picture.
    y, x : int
        Upper left corner in pixels.
    side : int
        Length in pixels.
    """

    picture: int
    y: int
    x: int
    side: int

    def shrunk(self, scale: int) -> Place:
        """Return the same place in a picture that is `scale` times smaller."""
        return Place(self.picture, self.y // scale, self.x // scale, self.side // scale)


def draw_place(pictures: Pictures, side: int, rng: np.random.Generator, candidates: int = 1, grid: int = 1) -> Place:
    """Draw a place, uniformly over pictures and then over positions; for a broken picture, in the next that isn't.

    Parameters
    ----------
    pictures : Pictures
        Where to look.
    side : int
        Length of the square in pixels.
    rng : numpy.random.Generator
        The place is a pure function of it.
    candidates : int
        With more than one, as many places are drawn, each with its own picture, and that with the largest
        `gradient` is taken: empty planes and empty background are then rarely seen. Of K candidates, one among
        the flattest share p of all places is taken with probability p to the power of K.
    grid : int
        Corners are multiples of it.
    """
    if candidates == 1:
        return _any_place(pictures, side, rng, grid)
    places = (_any_place(pictures, side, rng, grid) for _ in range(candidates))
    return max(places, key=lambda place: gradient(cut(pictures, place)))


def cut(pictures: Pictures, place: Place) -> Plane:
    """Return the pixels of a place."""
    return piece(pictures, place.picture, place.y, place.x, place.side, place.side)


def piece(pictures: Pictures, index: int, y: int, x: int, height: int, width: int) -> Plane:
    """Return a rectangle of a picture, continued by reflection beyond its edges."""
    shape = pictures.shape(index)
    if y >= 0 and x >= 0 and y + height <= shape[0] and x + width <= shape[1]:
        return pictures.crop(index, y, x, height, width)
    rows, columns = _reflected(y, height, shape[0]), _reflected(x, width, shape[1])
    top, left = int(rows.min()), int(columns.min())
    inside = pictures.crop(index, top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1)
    return inside[np.ix_(rows - top, columns - left)]


def gradient(patch: Plane) -> float:
    """Return the mean absolute step between neighbouring blocks of 4 x 4 pixels, whose means leave little of noise."""
    grey = as_unit(patch).mean(-1)
    y, x = (max(1, n // BLOCK) for n in grey.shape)
    high, wide = min(BLOCK, grey.shape[0]), min(BLOCK, grey.shape[1])
    blocks = grey[: y * high, : x * wide].reshape(y, high, x, wide).mean((1, 3))
    steps = sum(float(np.abs(np.diff(blocks, axis=axis)).sum()) for axis in (0, 1))
    return steps / float(blocks.size)


def draw_way(flips: str, rng: np.random.Generator) -> int:
    """Draw how to flip and turn a patch: one of eight ways, left to right or not ("horizontal"), or "none" at all."""
    if flips == "none":
        return 0
    return int(rng.integers(8)) if flips == "eight" else 4 * int(rng.integers(2))


def turned(patch: Plane, way: int) -> Plane:
    """Return one of the eight flips and quarter turns: four turns, and from 4 on the same, mirrored left to right."""
    patch = np.rot90(patch, way % 4)
    return np.ascontiguousarray(patch[:, ::-1] if way >= 4 else patch)


def _any_place(pictures: Pictures, side: int, rng: np.random.Generator, grid: int) -> Place:
    picture = readable_from(pictures, int(rng.integers(len(pictures))))
    y, x = (grid * int(rng.integers((max(n, side) - side) // grid + 1)) for n in pictures.shape(picture))
    return Place(picture, y, x, side)


def _reflected(start: int, count: int, length: int) -> npt.NDArray[np.intp]:
    """Return the indices of `count` pixels from `start`, those outside mirrored at the edges."""
    indices = np.arange(start, start + count) % (2 * length)
    return np.where(indices < length, indices, 2 * length - 1 - indices)
