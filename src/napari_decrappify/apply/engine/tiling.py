"""How a plane is cut into tiles: where each is read from, and which part of it is kept.

Tiles are read from multiples of the net's own cell size with at least its receptive field around what is kept, so
that a tiled plane equals an untiled one; only at the borders of the plane is there nothing to read and the net pads
by itself, tiled or not. The cuts share the plane out evenly, so that no sliver pays for a whole halo.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ...errors import DeviceError

FLOOR = 32


class Box(NamedTuple):
    """A rectangle of pixels, the stops exclusive."""

    y0: int
    y1: int
    x0: int
    x1: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the rectangle in a plane."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def shape(self) -> tuple[int, int]:
        """Its height and width."""
        return self.y1 - self.y0, self.x1 - self.x0

    @property
    def area(self) -> int:
        """Its pixels."""
        return (self.y1 - self.y0) * (self.x1 - self.x0)

    def scaled(self, scale: int) -> Box:
        """Return the same rectangle in an enlarged plane."""
        return Box(*(scale * n for n in self))

    def seen_from(self, outer: Box) -> Box:
        """Return the rectangle in the coordinates of another that contains it."""
        return Box(self.y0 - outer.y0, self.y1 - outer.y0, self.x0 - outer.x0, self.x1 - outer.x0)

    def grown(self, margin: int, yx: tuple[int, int]) -> Box:
        """Return the rectangle with a margin, as far as the plane goes."""
        y, x = yx
        return Box(
            max(0, self.y0 - margin), min(y, self.y1 + margin), max(0, self.x0 - margin), min(x, self.x1 + margin)
        )


class Span(NamedTuple):
    """A tile along one axis: read from where to where, and the cuts between which it counts."""

    read: tuple[int, int]
    keep: tuple[int, int]
    cuts: tuple[int, int]


@dataclass(frozen=True)
class Tile:
    """A tile: what the net reads, what of its output is kept, and its place along both axes.

    Attributes
    ----------
    read, keep : Box
        In input pixels. Where tiles are cross-faded, `keep` reaches over the cuts.
    y, x : Span
        The two axes one by one.
    """

    read: Box
    keep: Box
    y: Span
    x: Span


@dataclass(frozen=True)
class Tiling:
    """A way to cut planes, in input pixels.

    Attributes
    ----------
    tile : tuple of int
        The most pixels along Y and X between two cuts; at the ends of the plane, which need no halo, it is more.
    halo : int
        Context around what is kept; it is read and thrown away.
    blend : int
        Half the width of the cross-fade over a cut. 0, a clean cut, is exact where `halo` covers all that the net
        sees; a net that sees further is blended, to hide the seam.
    multiple : int
        Tiles are read from multiples of it.
    """

    tile: tuple[int, int]
    halo: int
    blend: int = 0
    multiple: int = 1

    def rows(self, yx: tuple[int, int], region: Box) -> Iterator[list[Tile]]:
        """Yield the rows of tiles that fill a region of a plane."""
        across = self._spans(region.x0, region.x1, yx[1], self.tile[1])
        for y in self._spans(region.y0, region.y1, yx[0], self.tile[0]):
            yield [Tile(Box(*y.read, *x.read), Box(*y.keep, *x.keep), y, x) for x in across]

    def halved(self) -> Tiling:
        """Return a tiling of tiles half as long on both sides.

        Raises
        ------
        DeviceError
            If the tiles are as small as they get.
        """
        smallest = round_up(max(FLOOR, 2 * self.blend), self.multiple)
        if max(self.tile) <= smallest:
            raise DeviceError(
                f"memory for a tile of {self.tile[0]} x {self.tile[1]} pixels with a halo of {self.halo}",
                "too little, even after halving the tile again and again",
                "Close other programs, or use device='cpu'.",
            )
        y, x = (max(smallest, round_up(-(-side // 2), self.multiple)) for side in self.tile)
        return dataclasses.replace(self, tile=(y, x))

    def _spans(self, start: int, stop: int, length: int, most: int) -> list[Span]:
        margin = round_up(self.halo + self.blend, self.multiple)
        side, edges = cuts(max(0, start - margin), min(length, stop + margin), most, margin, self.multiple)
        edges = [start, *edges[1:-1], stop]
        return [self._span(a, b, start, stop, length, side) for a, b in itertools.pairwise(edges)]

    def _span(self, a: int, b: int, start: int, stop: int, length: int, side: int) -> Span:
        keep = max(start, a - self.blend), min(stop, b + self.blend)
        last = round_up(min(length, keep[1] + self.halo), self.multiple)
        first = min(max(0, keep[0] - self.halo) // self.multiple * self.multiple, max(0, last - side))
        return Span((first, min(length, last)), keep, (a, b))


def cuts(start: int, stop: int, most: int, margin: int, multiple: int) -> tuple[int, list[int]]:
    """Share [start, stop), all that is read, out among tiles that read as much; return how much, and the cuts.

    The tiles at both ends read no margin outside, so they keep more. Tiles of one shape let a net use the memory of
    the one before again, piece by piece.
    """
    most = round_up(most, multiple)
    first = start // multiple * multiple
    span = round_up(stop, multiple) - first
    parts = max(1, -(-(span - 2 * margin) // most))
    side = round_up(-(-(span + 2 * margin * (parts - 1)) // parts), multiple)
    inner = (first + side - margin + part * (side - 2 * margin) for part in range(parts - 1))
    return side, [start, *inner, stop]


def best_tile(yx: tuple[int, int], halo: int, multiple: int, pixels: int) -> tuple[float, tuple[int, int]]:
    """Return the tile that makes a plane cost least, of those that read at most so many pixels at once.

    The cost, which comes first, is the number of pixels that are read in all.

    Parameters
    ----------
    yx : tuple of int
        Height and width of the plane.
    halo, multiple : int
        As in `Tiling`, `halo` with the cross-fade.
    pixels : int
        The most pixels that fit into memory at once.
    """
    margin = round_up(halo, multiple)
    y, x = (round_up(side, multiple) for side in yx)
    least: tuple[float, tuple[int, int]] = math.inf, (round_up(FLOOR, multiple),) * 2
    for columns in range(1, x // multiple + 1):
        width = round_up(-(-(x + 2 * margin * (columns - 1)) // columns), multiple)
        height = min(y, pixels // width // multiple * multiple)
        if height < min(y, 2 * margin + multiple):
            continue
        rows = 1 if height == y else -(-(y - 2 * margin) // (height - 2 * margin))
        height = round_up(-(-(y + 2 * margin * (rows - 1)) // rows), multiple)
        cost = rows * height * columns * width
        if cost < least[0]:
            tile = (y if rows == 1 else height - 2 * margin, x if columns == 1 else width - 2 * margin)
            least = cost, tile
    return least


def round_up(number: int, multiple: int) -> int:
    """Return the smallest multiple that isn't below a number."""
    return -(-number // multiple) * multiple
