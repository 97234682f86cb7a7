"""Damage replaced in every plane of an image, where a mask says or where the net finds it, and nowhere else."""

from __future__ import annotations

import functools

import numpy as np

from ..errors import InvalidParameterError
from ..jobs import Job
from .blending import Pixels
from .engine import Engine, PlaneWork
from .finding import DamageRule, Finding
from .masks import Mask, put_back
from .source import Array, Key, Source, allocate
from .tiling import Box


class Removal:
    """The replacement of damage in a region of every plane.

    Parameters
    ----------
    source : Source
        The image.
    engine : Engine
        A net of the same size as its input.
    region : Box
        What is wanted of each plane.
    mask : ndarray of bool, optional
        ``(..., Y, X)`` of the region: only there does anything change. None lets the net find the damage.
    rule : DamageRule
        What counts as damage where the net finds it.
    """

    def __init__(self, source: Source, engine: Engine, region: Box, mask: Mask | None, rule: DamageRule) -> None:
        layout = source.layout
        self.source, self.engine, self.region = source, engine, region
        self.finding = Finding(rule, region.shape) if mask is None else None  # of the plane that is under way
        self.result = allocate(layout.with_yx(*region.shape), source.array.dtype)
        self.mask: Mask = np.zeros((*layout.leading, *region.shape), bool) if mask is None else mask

    def run(self) -> Job[tuple[Array, Mask]]:
        """Return the repaired region and the mask that was used; outside of it the image is bit-identical."""
        work = [self._work(plane) for plane in self.source.planes()]
        yield from self.engine.planes(self.source.layout.yx, self.region, work)
        return self.result, self.mask

    def _work(self, plane: Key) -> PlaneWork:
        return PlaneWork(
            read=functools.partial(self.source.read, plane),
            write=functools.partial(self._write, plane),
            wanted=functools.partial(self._wanted, plane),
            finish=functools.partial(self._finish, plane),
        )

    def _wanted(self, plane: Key, box: Box) -> bool:
        return self.finding is not None or bool(self.mask[plane][box.seen_from(self.region).slices].any())

    def _write(self, plane: Key, box: Box, image: Pixels, damage: Pixels | None) -> None:
        place = box.seen_from(self.region).slices
        self.source.color(self.result[plane])[place] = self.source.range_of(plane).intensity.from_unit(image)
        if self.finding is None:
            return
        if damage is None:
            name = self.engine.model.card.name
            raise InvalidParameterError(f"a mask, as model {name} doesn't find damage by itself", "mask=None")
        self.finding.add(self.mask[plane], place, damage)

    def _finish(self, plane: Key) -> None:
        if self.finding is not None:
            self.finding.settle(self.mask[plane])
        image, result = self.source.array[plane][self.region.slices], self.result[plane]
        put_back(self.source.color(result), self.source.color(image), self.mask[plane])
        if self.source.layout.alpha:
            result[..., 3] = image[..., 3]
