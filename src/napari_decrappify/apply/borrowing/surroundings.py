"""The planes beside one, along an axis of the stack, within a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...intensity import Intensity
from ..engine.blending import Pixels
from ..engine.tiling import Box
from ..masks import Mask
from ..source import Key, Source

REACH = 4
"""How many planes away, at most, a pixel is borrowed from."""


@dataclass(frozen=True)
class Surroundings:
    """A window of a plane, and the same window in the planes beside it.

    Attributes
    ----------
    source : Source
        The stack.
    mask : ndarray of bool
        (..., Y, X): its holes.
    axis : int
        The leading axis along which planes are neighbours.
    plane : tuple of int
        The index of the plane.
    window : Box
        What is looked at.
    """

    source: Source
    mask: Mask
    axis: int
    plane: Key
    window: Box

    def distances(self, sign: int) -> Iterator[int]:
        """Yield how far away the planes before (-1) or after (1) this one are, the nearest first."""
        for distance in range(1, REACH + 1):
            if 0 <= self.plane[self.axis] + sign * distance < self.source.layout.leading[self.axis]:
                yield distance

    def known(self, offset: int = 0) -> Mask:
        """Return where the plane so far away is no hole, finite and not wholly transparent."""
        plane = self._plane(offset)
        values = self.source.array[plane][self.window.slices]
        known: Mask = ~self.mask[plane][self.window.slices]
        if values.dtype.kind == "f":
            known &= np.isfinite(values.reshape(*known.shape, -1)).all(-1)
        return known & (values[..., 3] > 0) if self.source.layout.alpha else known

    def pixels(self, offset: int, intensity: Intensity) -> Pixels:
        """Return the plane so far away as float32, (Y, X, C); what isn't known there is 0."""
        known = self.known(offset)
        values = self.source.color(self.source.array[self._plane(offset)][self.window.slices])
        values = values.reshape(*known.shape, -1)
        return intensity.to_unit(np.where(known[..., None], values, values.dtype.type(0)))

    def intensity(self, offset: int) -> Intensity:
        """Return how the values of the plane so far away are measured."""
        return self.source.range_of(self._plane(offset)).intensity

    def _plane(self, offset: int) -> Key:
        along = self.plane[self.axis] + offset
        return (*self.plane[: self.axis], along, *self.plane[self.axis + 1 :])
