"""Texture laid into the filled holes of an image, hole by hole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...jobs import Job, Progress
from ..alpha import read_visible
from ..engine.blending import Pixels
from ..masks import Mask
from ..source import Array, Key, Source
from .holes import Hole, holes_in
from .synthesis import synthesize


@dataclass(frozen=True)
class Texturing:
    """How filled holes get texture; plain values, so that it crosses process borders with lazy work.

    Attributes
    ----------
    share : float
        Above 0: of the way from the smooth fill to the textured one.
    seed : int
        With the plane's index and the hole's place in it, it gives the random draws of a hole: what else there is to
        fill doesn't matter to them.
    device : str
        Where texture is looked for.
    """

    share: float
    seed: int
    device: str

    def run(self, filled: Source, mask: Mask, result: Array) -> Job[None]:
        """Lay texture into the holes of every plane.

        Parameters
        ----------
        filled : Source
            The image, its holes filled.
        mask : ndarray of bool
            (..., Y, X): the holes.
        result : ndarray
            Of the image's shape and dtype; its pixels in the holes are written. It may be the image itself, as a plane
            is read before it is written.
        """
        planes = filled.planes()
        for number, plane in enumerate(planes):
            holes, made = holes_in(mask[plane]), []
            for done, hole in enumerate(holes):
                note = f"plane {number + 1} of {len(planes)}, texture of hole {done + 1} of {len(holes)}"
                yield Progress(number * len(holes) + done, len(planes) * len(holes), note)
                made.append(self._values(filled, mask, plane, hole))
            for hole, values in zip(holes, made, strict=True):
                filled.color(result[plane])[hole.window.slices][hole.mask] = values

    def _values(self, filled: Source, mask: Mask, plane: Key, hole: Hole) -> Array:
        """Return the values of a hole's pixels, in the order of its mask."""
        smooth = filled.read(plane, hole.window)
        seen = np.where(_channels_last(hole.mask, smooth), smooth, read_visible(filled, plane, hole.window))
        known = ~mask[plane][hole.window.slices] & _visible(filled, plane, hole)
        textured = self._synthesized(seen, hole.mask, known, self._generator(filled.index_of(plane), hole))
        before = smooth[hole.mask]
        mixed = before + np.float32(self.share) * (textured[hole.mask] - before)
        return filled.range_of(plane).intensity.from_unit(mixed)

    def _synthesized(self, pixels: Pixels, hole: Mask, known: Mask, generator: torch.Generator) -> Pixels:
        image = torch.from_numpy(pixels).to(self.device).reshape(*pixels.shape[:2], -1).permute(2, 0, 1).clamp(0, 1)
        where, sources = (torch.from_numpy(marked).to(self.device) for marked in (hole, known))
        made = synthesize(image.contiguous(), where, image, known=sources, generator=generator)
        textured: Pixels = made.permute(1, 2, 0).reshape(pixels.shape).cpu().numpy()
        return textured

    def _generator(self, plane: Key, hole: Hole) -> torch.Generator:
        entropy = (self.seed, *plane, hole.box.y0, hole.box.x0)
        return torch.Generator().manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))


def _visible(filled: Source, plane: Key, hole: Hole) -> Mask:
    """Return where the image has finite values that aren't wholly transparent."""
    values = filled.array[plane][hole.window.slices]
    finite: Mask = np.isfinite(values.reshape(*hole.mask.shape, -1)).all(-1)
    return finite & (values[..., 3] > 0) if filled.layout.alpha else finite


def _channels_last(mask: Mask, pixels: Pixels) -> Mask:
    return mask[..., None] if pixels.ndim == 3 else mask
