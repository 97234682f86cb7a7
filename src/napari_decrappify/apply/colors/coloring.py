"""Colour for every plane of an image: found on the plane made small, put on its luma at full size."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from ...degrade.operations.tone import LUMA
from ...jobs import Job
from ..engine.blending import Output, Pixels
from ..engine.engine import Engine, PlaneWork
from ..engine.tiling import Box
from ..source import (
    Array,
    Key,
    Source,
    allocate,
)
from .finish import Finish
from .hints import Hints, PlaneHints, cell_means

SHORT_SIDE = 128  # of the bundled model's training patches; of 96 to 512 pixels, it colours val best at this size
AROUND = 2  # small pixels within which colour is taken for linear in luma
EVEN = np.float32(1e-3)  # luma whose variance is far below it tells nothing of colour
STRIP = 2**18  # pixels that are painted at once
SLOPE, OFFSET, SPREAD = slice(0, 3), slice(3, 6), 6
TINTS = 7
TINY = np.finfo(np.float32).tiny


def reduction(yx: tuple[int, int]) -> int:
    """Return by how much a plane of this size is reduced for its colours to be found."""
    return max(1, round(min(yx) / SHORT_SIDE))


def reduced_yx(yx: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the reduced plane."""
    y, x = (-(-side // reduction(yx)) for side in yx)
    return y, x


class SmallPlane:
    """A reduced plane, and the colours that a net finds for it.

    Parameters
    ----------
    luma : ndarray of float32
        (y, x), nominally in [0, 1].
    """

    def __init__(self, luma: Pixels) -> None:
        self._luma = luma
        self._chroma = np.zeros((*luma.shape, 3), np.float32)
        self._spread = np.zeros((*luma.shape, 1), np.float32)

    def read(self, box: Box) -> Pixels:
        """Return a piece as three equal channels."""
        return np.repeat(self._luma[box.slices][..., None], 3, -1)

    def write(self, box: Box, output: Output) -> None:
        """Take the chroma of what the net made of a piece, whatever its luma."""
        change = output.image - self._luma[box.slices][..., None]
        self._chroma[box.slices] = change - (change @ LUMA)[..., None]
        if output.spread is not None:
            self._spread[box.slices] = output.spread[..., None]

    def settle(self, finish: Finish, factor: int, hints: PlaneHints | None) -> None:
        """Make the colours that were found even, and spread hints over them; for the plane reduced by that factor."""
        if finish.evenness or hints is not None:
            self._chroma = finish.settled(self._luma, self._chroma, None if hints is None else hints.reduced(factor))

    def tints(self, factor: int) -> Pixels:
        """Return how the plane that was reduced by that factor is to be coloured.

        Around each pixel chroma is fitted to luma, which lets the edges of colours follow those of the full size (the
        fast guided filter: He and Sun, 2015). Where nothing was reduced, chroma is taken as it was found.

        Returns
        -------
        ndarray of float32
            (y, x, 7): three slopes of chroma over luma, three offsets, and the spread.
        """
        if factor == 1:
            return np.concatenate([np.zeros_like(self._chroma), self._chroma, self._spread], -1)
        luma = self._luma[..., None]
        mean, mean_chroma = _around(luma), _around(self._chroma)
        covariance = _around(luma * self._chroma) - mean * mean_chroma
        slope: Pixels = np.divide(covariance, _around(luma * luma) - mean * mean + EVEN)
        offset = mean_chroma - slope * mean
        return np.concatenate([_around(slope), _around(offset), self._spread], -1)


class Colorization:
    """The colouring of every plane: (Y, X) becomes (Y, X, 3); of colours the luma counts.

    Parameters
    ----------
    source : Source
        The image.
    engine : Engine
        A net of the same size as its input.
    evenness : float
        See `Finish`.
    hints : Hints, optional
        Colours that are to hold at some places, from which they spread.
    """

    def __init__(self, source: Source, engine: Engine, evenness: float = 0.0, hints: Hints | None = None) -> None:
        self.source, self.engine, self._hints = source, engine, hints
        self._finishing = Finish(engine.run_context, evenness)
        layout = source.layout
        self._factor = reduction(layout.yx)
        self._small: SmallPlane  # of the plane under way
        self._result = allocate((*layout.leading, *layout.yx, 4 if layout.alpha else 3), source.array.dtype)
        wanted = engine.run_context.uncertainty
        self._uncertainty = allocate((*layout.leading, *layout.yx), np.dtype(np.float32)) if wanted else None

    def run(self) -> Job[tuple[Array, Pixels | None]]:
        """Return the coloured image, of the image's dtype, and its uncertainty if the engine is to tell it."""
        yx = reduced_yx(self.source.layout.yx)
        work = [
            PlaneWork(
                read=lambda box: self._small.read(box),
                write=lambda box, output: self._small.write(box, output),
                begin=functools.partial(self._begin, plane),
                finish=functools.partial(self._finish, plane),
            )
            for plane in self.source.planes()
        ]
        yield from self.engine.planes(yx, Box(0, yx[0], 0, yx[1]), work)
        return self._result, self._uncertainty

    def _begin(self, plane: Key) -> None:
        self._small = SmallPlane(
            np.concatenate([reduced(self.source, plane, strip, self._factor) for strip in self._strips()])
        )

    def _finish(self, plane: Key) -> None:
        hints = None if self._hints is None else self._hints.of(plane)
        self._small.settle(self._finishing, self._factor, hints)
        tints = self._small.tints(self._factor)
        for strip in self._strips():
            image, spread = painted(self.source, plane, strip, tints, strip, self._factor, hints)
            self._result[plane][strip.slices] = image
            if self._uncertainty is not None:
                self._uncertainty[plane][strip.slices] = spread

    def _strips(self) -> Iterator[Box]:
        y, x = self.source.layout.yx
        height = max(1, STRIP // (x * self._factor)) * self._factor
        return (Box(top, min(y, top + height), 0, x) for top in range(0, y, height))


def reduced(source: Source, plane: Key, box: Box, factor: int) -> Pixels:
    """Return the mean luma of each factor x factor pixels of a box that starts at a multiple."""
    return cell_means(_luma(source.read(plane, box)), factor)


def painted(
    source: Source, plane: Key, box: Box, tints: Pixels, place: Box, factor: int, hints: PlaneHints | None = None
) -> tuple[Array, Pixels]:
    """Return a box of a plane in colour, of the image's dtype, and its uncertainty.

    Parameters
    ----------
    source, plane, box
        What is painted.
    tints : ndarray of float32
        (y, x, 7), of the whole plane, reduced.
    place : Box
        Where the box lies in the whole plane.
    factor : int
        By how much the tints are smaller.
    hints : PlaneHints, optional
        Of the whole plane: colours that are taken as they are.
    """
    luma, known = _luma(source.read(plane, box)), source.range_of(plane)
    fine = enlarged(tints, place, factor)
    chroma = fine[..., SLOPE] * luma[..., None] + fine[..., OFFSET]
    if hints is not None:
        hints.put(chroma, place)
    image = known.intensity.from_unit(on_luma(luma, chroma))
    if source.layout.alpha:
        image = np.concatenate([image, source.alpha(plane)[box.slices][..., None]], -1).astype(image.dtype, copy=False)
    return image, fine[..., SPREAD] * np.float32(known.length)


def on_luma(luma: Pixels, chroma: Pixels) -> Pixels:
    """Put chroma, whose luma is 0, on luma.

    Where a colour would leave [0, 1] it fades towards grey until it doesn't, so that no clipping changes the luma.
    """
    grey = luma[..., None]
    room = np.where(chroma > 0, 1 - grey, grey) / np.maximum(np.abs(chroma), TINY)
    colors: Pixels = grey + chroma * room.min(-1, keepdims=True).clip(0, 1)
    return colors


def enlarged(small: Pixels, box: Box, factor: int) -> Pixels:
    """Return a box of what small values give, by linear interpolation between the centres of their pixels."""
    for axis, (start, stop) in enumerate(((box.y0, box.y1), (box.x0, box.x1))):
        from_centre, last = 2 * np.arange(start, stop) + 1 - factor, small.shape[axis] - 1
        below, share = np.divmod(from_centre, 2 * factor)
        low, high = (small.take(np.clip(below + step, 0, last), axis) for step in (0, 1))
        weight = (share / (2 * factor)).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
        small = low + weight * (high - low)
    return small


def _luma(pixels: Pixels) -> Pixels:
    return pixels @ LUMA if pixels.ndim == 3 else pixels


def _around(values: Pixels) -> Pixels:
    """Return the mean of the pixels around each of (y, x, c) values."""
    batch = torch.from_numpy(values).permute(2, 0, 1)[None]
    padded = F.pad(batch, (AROUND,) * 4, mode="replicate")
    return F.avg_pool2d(padded, 2 * AROUND + 1, 1)[0].permute(1, 2, 0).numpy()
