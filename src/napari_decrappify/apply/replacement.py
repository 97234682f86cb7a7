"""Pixels replaced in every plane of an image, where a mask says or where the net finds damage, and nowhere else."""

from __future__ import annotations

import functools

import numpy as np

from ..errors import InvalidParameterError
from ..jobs import Job
from ..models import DamageRule
from .alpha import read_visible
from .engine.blending import Output, Pixels
from .engine.engine import Engine, PlaneWork
from .engine.tiling import Box
from .finding import Finding
from .masks import Mask, bounds, put_back
from .source import (
    Array,
    Key,
    Source,
    allocate,
)


class Replacement:
    """The replacement of pixels in a region of every plane.

    Parameters
    ----------
    source : Source
        The image.
    engine : Engine
        A net of the same size as its input.
    region : Box
        What is wanted of each plane.
    where : ndarray of bool or DamageRule
        Where anything may change: a mask of the whole source, ``(..., Y, X)``, or what counts as damage if the net is
        to find it.
    """

    def __init__(self, source: Source, engine: Engine, region: Box, where: Mask | DamageRule) -> None:
        layout = source.layout
        self.source, self.engine, self.region = source, engine, region
        self.finding = Finding(where, region.shape) if isinstance(where, DamageRule) else None  # of the plane under way
        self.given = None if isinstance(where, DamageRule) else where
        shape = (*layout.leading, *region.shape)
        self.mask: Mask = np.zeros(shape, bool) if self.given is None else self.given[(..., *region.slices)]
        self.result = allocate(layout.with_yx(*region.shape), source.array.dtype)
        self.uncertainty = np.zeros(shape, np.float32) if engine.run_context.uncertainty else None

    def run(self) -> Job[tuple[Array, Mask, Pixels | None]]:
        """Return the region with pixels replaced, the mask that was used, and the uncertainty if it is to be told.

        Outside the mask the image is bit-identical, and the uncertainty 0.
        """
        run = self.region if self.given is None else bounds(self.given, self.region)
        work = [self._work(plane) for plane in self.source.planes()]
        yield from self.engine.planes(self.source.layout.yx, run, work)
        return self.result, self.mask, self.uncertainty

    def _work(self, plane: Key) -> PlaneWork:
        return PlaneWork(
            read=functools.partial(read_visible, self.source, plane),
            write=functools.partial(self._write, plane),
            wanted=functools.partial(self._wanted, plane),
            finish=functools.partial(self._finish, plane),
            hole=None if self.given is None else self.given[plane],
        )

    def _wanted(self, plane: Key, box: Box) -> bool:
        return self.finding is not None or bool(self.mask[plane][box.seen_from(self.region).slices].any())

    def _write(self, plane: Key, box: Box, output: Output) -> None:
        place, known = box.seen_from(self.region).slices, self.source.range_of(plane)
        self.source.color(self.result[plane])[place] = known.intensity.from_unit(output.image)
        if self.uncertainty is not None and output.spread is not None:
            np.copyto(self.uncertainty[plane][place], output.spread * known.length, where=self.mask[plane][place])
        if self.finding is None:
            return
        if output.mask is None:
            name = self.engine.model.card.name
            raise InvalidParameterError(f"a mask, as model {name} doesn't find damage by itself", "mask=None")
        self.finding.add(self.mask[plane], place, output.mask)

    def _finish(self, plane: Key) -> None:
        if self.finding is not None:
            self.finding.settle(self.mask[plane])
        image, result = self.source.array[plane][self.region.slices], self.result[plane]
        put_back(self.source.color(result), self.source.color(image), self.mask[plane])
        if self.source.layout.alpha:
            result[..., 3] = image[..., 3]
