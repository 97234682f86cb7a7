"""Tiles that overlap, cross-faded: their weights add up to one at every pixel, and only a band of rows is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .tiling import Box, Span, Tile

Pixels: TypeAlias = npt.NDArray[np.float32]


class Output(NamedTuple):
    """What a net makes of a piece of a plane.

    Attributes
    ----------
    image : ndarray of float32
        (Y, X) or (Y, X, 3), enlarged by the net's scale.
    mask : ndarray of float32, optional
        (Y, X), the probability of damage, of nets that find it.
    spread : ndarray of float32, optional
        The standard deviation of an ensemble's answers at each pixel of the image, the mean over its colours.
    """

    image: Pixels
    mask: Pixels | None = None
    spread: Pixels | None = None


Write: TypeAlias = Callable[[Box, Output], None]


class Blender:
    """Adds up the tiles of a row under linear ramps, and writes each output row once no later tile reaches it.

    Parameters
    ----------
    write : callable
        Takes a box in input pixels and the output there.
    region : Box
        What the tiles fill.
    blend : int
        Half the width of the ramps, in input pixels.
    scale : int
        Output pixels for each input pixel.
    """

    def __init__(self, write: Write, region: Box, blend: int, scale: int) -> None:
        self._write, self._region, self._blend = write, region, blend
        self._scales = {"image": scale, "mask": 1, "spread": scale}
        self._top = region.y0
        self._bands: dict[str, Pixels] = {}

    def add(self, tile: Tile, output: Output) -> None:
        """Add the output of a tile for its `keep` box."""
        for name, piece in output._asdict().items():
            if piece is not None:
                self._bands[name] = self._added(self._bands.get(name), tile, piece, self._scales[name])

    def finish(self, bottom: int) -> None:
        """Write the rows above `bottom`, to which nothing will be added any more."""
        ready = bottom - self._top
        if self._bands:
            split = {name: _split(band, ready * self._scales[name]) for name, band in self._bands.items()}
            self._bands = {name: rest for name, (_, rest) in split.items()}
            done = Output(**{name: rows for name, (rows, _) in split.items()})
            self._write(Box(self._top, bottom, self._region.x0, self._region.x1), done)
        self._top = bottom

    def _added(self, band: Pixels | None, tile: Tile, piece: Pixels, scale: int) -> Pixels:
        place = tile.keep.seen_from(Box(self._top, self._top, self._region.x0, self._region.x1)).scaled(scale)
        if band is None:
            band = np.zeros((0, (self._region.x1 - self._region.x0) * scale, *piece.shape[2:]), np.float32)
        band = _extended(band, place.y1)
        weight = np.multiply.outer(self._ramp(tile.y, scale), self._ramp(tile.x, scale))
        band[place.slices] += piece * weight.reshape(weight.shape + (1,) * (piece.ndim - 2))
        return band

    def _ramp(self, span: Span, scale: int) -> Pixels:
        """Weights along one axis: what has risen at the first cut and not yet at the second."""
        at: Pixels = np.arange(span.keep[0] * scale, span.keep[1] * scale, dtype=np.float32)
        at += np.float32(0.5)
        at /= np.float32(scale)
        rise: Pixels = np.ones_like(at) if span.keep[0] == span.cuts[0] else self._risen(at, span.cuts[0])
        if span.keep[1] != span.cuts[1]:
            rise -= self._risen(at, span.cuts[1])
        return rise

    def _risen(self, at: Pixels, cut: int) -> Pixels:
        return np.clip((at - cut) / (2 * self._blend) + 0.5, 0, 1).astype(np.float32)


def _extended(band: Pixels, rows: int) -> Pixels:
    if band.shape[0] >= rows:
        return band
    return np.concatenate([band, np.zeros((rows - band.shape[0], *band.shape[1:]), np.float32)])


def _split(band: Pixels, rows: int) -> tuple[Pixels, Pixels]:
    band = _extended(band, rows)
    return band[:rows], band[rows:].copy()
