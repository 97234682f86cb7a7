"""Marks taken off every plane of an image: found by a net that tells their coverage, then solved."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ...jobs import Job
from ...models import DamageRule
from ..alpha import read_visible
from ..engine.blending import Output, Pixels
from ..engine.engine import Engine, PlaneWork
from ..engine.tiling import Box
from ..finding import Finding
from ..masks import Mask, bounds, grown, put_back
from ..source import Array, Key, Source
from .counts import MarkCounts
from .fitting import smooth_fill
from .loose import inside_of
from .solving import Solution, solve_plane, wide_parts
from .spill import without_spill
from .tight import ToldPlane, is_full

Guess: TypeAlias = Callable[[Pixels, Mask], Pixels]

SPOILED = 1
"""Pixels around what was found and is filled that the fill doesn't go by: faint rims, and what JPEG made of them."""
SIDE, MARGIN = 2048, 256
"""Of the pieces in which large planes are solved, and what is seen around each."""
AROUND = 2
"""Pixels around a mark that is found in which its faintest rims may lie."""


@dataclass(frozen=True)
class Removed:
    """An image without its marks.

    Attributes
    ----------
    image : ndarray
        Of the image's shape and dtype.
    changed : ndarray of bool
        (..., Y, X): where it may differ.
    strokes, holes : ndarray of bool
        (..., Y, X): what of that has to be filled: what is too narrow to have a texture of its own, and what isn't.
        Planes of which nothing is known aren't among them: there, the smooth fill is all there can be.
    counts : MarkCounts
        How many marks were solved, and how many weren't.
    """

    image: Array
    changed: Mask
    strokes: Mask
    holes: Mask
    counts: MarkCounts


class MarkRemoval:
    """The removal of marks from every plane.

    Parameters
    ----------
    source : Source
        The image.
    engine : Engine
        A net that tells coverage.
    rule : DamageRule
        Where coverage counts as a mark.
    mask : ndarray of bool or None
        (..., Y, X): where marks are, and nothing else may change; None if nobody says.
    guess : callable
        Fills the (Y, X) mask of a (Y, X, C) picture in the unit range, smoothly: under a given mask, what can't be
        known is that.
    """

    def __init__(self, source: Source, engine: Engine, rule: DamageRule, mask: Mask | None, guess: Guess) -> None:
        self.source, self.engine, self.rule, self.mask, self.guess = source, engine, rule, mask, guess
        yx = source.layout.yx
        self._region = Box(0, yx[0], 0, yx[1])
        self._finding, self._found = Finding(rule, yx), np.zeros(yx, bool)
        self._coverage = np.zeros(yx, np.float16)
        shape = (*source.layout.leading, *yx)
        changed, strokes, holes = (np.zeros(shape, bool) for _ in range(3))
        self._removed = Removed(source.array.copy(), changed, strokes, holes, MarkCounts())

    def run(self) -> Job[Removed]:
        """Return the image with its marks un-blended, or filled smoothly where that is to be done better."""
        region = self._region if self.mask is None else bounds(self.mask, self._region)
        work = [
            PlaneWork(
                read=functools.partial(read_visible, self.source, plane),
                write=self._write,
                wanted=functools.partial(self._wanted, plane),
                begin=self._begin,
                finish=functools.partial(self._finish, plane),
            )
            for plane in self.source.planes()
        ]
        yield from self.engine.planes(self.source.layout.yx, region, work)
        return self._removed

    def _begin(self) -> None:
        self._coverage[...], self._found[...] = 0, False

    def _wanted(self, plane: Key, box: Box) -> bool:
        return self.mask is None or bool(self.mask[plane][box.slices].any())

    def _write(self, box: Box, output: Output) -> None:
        assert output.mask is not None  # a card that says coverage has a net that finds it
        self._coverage[box.slices] = output.mask
        self._finding.add(self._found, box.slices, output.mask)

    def _finish(self, plane: Key) -> None:
        if self.mask is None:
            self._finding.settle(self._found)
        where = grown(self._found, AROUND) if self.mask is None else self.mask[plane]
        for box, wide in _pieces(self.source.layout.yx):
            at = wide.slices
            if not where[at].any():
                continue
            pixels = read_visible(self.source, plane, wide).reshape(*wide.shape, -1)
            coverage = np.where(where[at], self._coverage[at], 0).astype(np.float32)
            solution = solve_plane(pixels, coverage) if self.mask is None else self._told(pixels, where[at], coverage)
            self._count(solution)
            self._keep(plane, box, box.seen_from(wide), solution)
        self._sort(self._removed.strokes[plane], self._removed.holes[plane])

    def _told(self, pixels: Pixels, mask: Mask, coverage: Pixels) -> Solution:
        """Return what is under the marks of a mask: one that fits them, or one that is painted loosely around them."""
        if not mask.all():
            plane = ToldPlane(pixels, mask, is_full(mask, coverage))
            tight = plane.tight(coverage)
            if tight is not None:
                return plane.solved_by_shape(self._guessed(pixels, mask), tight)
        loose = inside_of(pixels, mask, coverage)
        self._removed.counts.unsolved += loose.unseen
        return ToldPlane(pixels, loose.hole, True).solved_by(self._guessed(pixels, loose.hole), loose.belief)

    def _guessed(self, picture: Pixels, hole: Mask) -> Pixels:
        """Return a picture with its hole filled, as far as anything is known."""
        return smooth_fill(picture, hole) if hole.all() else self.guess(without_spill(picture, hole), hole)

    def _count(self, solution: Solution) -> None:
        counts = self._removed.counts
        counts.unblended += len(solution.marks)
        counts.filled += solution.opaque
        counts.unsolved += solution.unsolved

    @staticmethod
    def _sort(strokes: Mask, holes: Mask) -> None:
        """Leave the wide ones among (Y, X) holes; the others are strokes."""
        if grown(holes, SPOILED).all():
            holes[...] = False
        if not holes.any():
            return
        wide = wide_parts(holes)
        strokes[...] = holes & ~wide
        holes[...] = wide

    def _keep(self, plane: Key, box: Box, inside: Box, solution: Solution) -> None:
        """Write the part of a solution that is one piece of the plane; the rest only helped."""
        changed, holes = solution.changed[inside.slices], solution.holes[inside.slices]
        if self.mask is not None:
            changed, holes = (part & self.mask[plane][box.slices] for part in (changed, holes))
        self._removed.changed[plane][box.slices], self._removed.holes[plane][box.slices] = changed, holes
        image = self.source.color(self.source.array[plane])[box.slices]
        result = self.source.color(self._removed.image[plane])[box.slices]
        unit = solution.image[inside.slices].reshape(image.shape)
        result[...] = self.source.range_of(plane).intensity.from_unit(unit)
        put_back(result, image, changed)


def _pieces(yx: tuple[int, int]) -> Iterator[tuple[Box, Box]]:
    """Cut a plane into pieces; yield each with what is seen around it."""
    rows, columns = (max(1, round(side / SIDE)) for side in yx)
    for row in range(rows):
        for column in range(columns):
            box = Box(
                yx[0] * row // rows,
                yx[0] * (row + 1) // rows,
                yx[1] * column // columns,
                yx[1] * (column + 1) // columns,
            )
            yield box, box.grown(MARGIN, yx)
