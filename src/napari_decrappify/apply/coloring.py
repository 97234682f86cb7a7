"""Colour for every plane of an image."""

from __future__ import annotations

import numpy as np

from ..degrade.tone import LUMA
from .blending import Pixels
from .engine import Engine
from .source import Key, Source
from .tiling import Box
from .transformation import Transformation


class Colorization(Transformation):
    """The colouring of a region of every plane: (Y, X) becomes (Y, X, 3); of colours the luma counts."""

    @property
    def result_shape(self) -> tuple[int, ...]:
        """The shape of the coloured region."""
        return (*self.source.layout.leading, *self.region.shape, 4 if self.source.layout.alpha else 3)

    def read(self, plane: Key, box: Box) -> Pixels:
        """Return the luma of a piece of a plane as three equal channels."""
        pixels = self.source.read(plane, box)
        grey = pixels @ LUMA if pixels.ndim == 3 else pixels
        return np.repeat(grey[..., None], 3, -1)


def transformation(source: Source, engine: Engine, region: Box) -> Transformation:
    """Return what the engine's task does to a region of every plane."""
    return (Colorization if engine.setting.task == "colorize" else Transformation)(source, engine, region)
