"""A region of every plane put through a net as a whole: enlarged, or as large as before."""

from __future__ import annotations

import functools

import numpy as np

from ..jobs import Job
from .alpha import enlarged_alpha, read_visible
from .engine.blending import Output, Pixels
from .engine.engine import Engine, PlaneWork
from .engine.tiling import Box
from .source import (
    Array,
    Key,
    Source,
    allocate,
)


class Transformation:
    """The transformation of a region of every plane.

    Parameters
    ----------
    source : Source
        The image.
    engine : Engine
        The net; its scale is how much larger the result is.
    region : Box
        What is wanted of each plane.
    """

    def __init__(self, source: Source, engine: Engine, region: Box) -> None:
        self.source, self.engine, self.region = source, engine, region
        yx = region.scaled(engine.net.scale).shape
        self.result = allocate(source.layout.with_yx(*yx), source.array.dtype)
        wanted = engine.run_context.uncertainty
        self.uncertainty = allocate((*source.layout.leading, *yx), np.dtype(np.float32)) if wanted else None

    def run(self) -> Job[tuple[Array, Pixels | None]]:
        """Return the transformed region, of the image's dtype, and its uncertainty if the engine is to tell it."""
        work = [
            PlaneWork(functools.partial(read_visible, self.source, plane), functools.partial(self._write, plane))
            for plane in self.source.planes()
        ]
        yield from self.engine.planes(self.source.layout.yx, self.region, work)
        return self.result, self.uncertainty

    def _write(self, plane: Key, box: Box, output: Output) -> None:
        scale, known = self.engine.net.scale, self.source.range_of(plane)
        place = box.seen_from(self.region).scaled(scale).slices
        result = self.result[plane][place]
        (result if output.image.ndim == 2 else result[..., :3])[...] = known.intensity.from_unit(output.image)
        if self.source.layout.alpha:
            result[..., 3] = enlarged_alpha(self.source.alpha(plane), box, scale)
        if self.uncertainty is not None and output.spread is not None:
            self.uncertainty[plane][place] = output.spread * known.length
