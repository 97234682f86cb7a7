"""Every plane of an image enlarged."""

from __future__ import annotations

import functools

from ..jobs import Job
from .alpha import enlarged_alpha
from .blending import Pixels
from .engine import Engine, PlaneWork
from .source import Array, Key, Source, allocate
from .tiling import Box


def enlarged(source: Source, engine: Engine, region: Box) -> Job[Array]:
    """Enlarge a region of every plane; returns an array of that region, enlarged, with the image's dtype."""
    scale = engine.net.scale
    y, x = region.scaled(scale).shape
    result = allocate(source.layout.with_yx(y, x), source.array.dtype)

    def write(plane: Key, box: Box, image: Pixels, _mask: Pixels | None) -> None:
        place = result[plane][box.seen_from(region).scaled(scale).slices]
        source.color(place)[...] = source.range_of(plane).intensity.from_unit(image)
        if source.layout.alpha:
            place[..., 3] = enlarged_alpha(source.array[plane][..., 3], box, scale)

    work = [
        PlaneWork(functools.partial(source.read, plane), functools.partial(write, plane)) for plane in source.planes()
    ]
    yield from engine.planes(source.layout.yx, region, work)
    return result
