"""Marks taken off every plane of an image: found by a net that tells their coverage, then solved."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...jobs import Job
from ...models import DamageRule
from ..alpha import read_visible
from ..engine.blending import Output, Pixels
from ..engine.engine import Engine, PlaneWork
from ..engine.tiling import Box
from ..finding import Finding
from ..masks import Mask, bounds, grown, put_back
from ..source import Array, Key, Source
from .grouping import RIM
from .solving import Solution, solve_plane

SIDE, MARGIN = 2048, 256
"""Of the pieces in which large planes are solved, and what is seen around each."""
AROUND = 2
"""Pixels around a mark that is found in which its faintest rims may lie."""
FOUND = 0.4
"""Coverage that must be seen in a part of a given mask for it to be solved: others are filled."""


@dataclass(frozen=True)
class Removed:
    """An image without its marks.

    Attributes
    ----------
    image : ndarray
        Of the image's shape and dtype.
    changed, holes : ndarray of bool
        (..., Y, X): where it may differ, and where of that it has to be filled.
    """

    image: Array
    changed: Mask
    holes: Mask


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
    mask : ndarray of bool, optional
        (..., Y, X): where marks are, and nothing else may change.
    """

    def __init__(self, source: Source, engine: Engine, rule: DamageRule, mask: Mask | None = None) -> None:
        self.source, self.engine, self.rule, self.mask = source, engine, rule, mask
        yx = source.layout.yx
        self._region = Box(0, yx[0], 0, yx[1])
        self._finding, self._found = Finding(rule, yx), np.zeros(yx, bool)
        self._coverage = np.zeros(yx, np.float16)
        shape = (*source.layout.leading, *yx)
        self._removed = Removed(source.array.copy(), np.zeros(shape, bool), np.zeros(shape, bool))

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
            where, holes = grown(self._found, AROUND), np.zeros_like(self._found)
        else:
            where, holes = told(self.mask[plane], self._coverage)
        for box, wide in _pieces(self.source.layout.yx):
            if where[wide.slices].any() or holes[wide.slices].any():
                coverage = np.where(where[wide.slices], self._coverage[wide.slices], 0).astype(np.float32)
                seen = read_visible(self.source, plane, wide)
                solution = solve_plane(seen.reshape(*wide.shape, -1), coverage, unknown=holes[wide.slices])
                self._keep(plane, box, box.seen_from(wide), solution)

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


def told(mask: Mask, coverage: Pixels) -> tuple[Mask, Mask]:
    """Return where in a given (Y, X) mask coverage is believed, and which parts of the mask show too little of it."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    seen = ndimage.maximum(np.where(coverage > RIM, coverage, 0), labels, np.arange(count + 1))
    blank = np.asarray(seen) < FOUND
    blank[0] = False
    holes: Mask = blank[labels]
    return mask & ~holes, holes


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
