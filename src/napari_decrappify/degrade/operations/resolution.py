"""Resolution lost: downscaling to a short side, by a factor, and by binning pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from ...parameters import Doc
from ..operation import (
    Operation,
    Plane,
    Range,
    Shape,
    Values,
    Written,
    draw_float,
)
from ..pictures import Filter, resample


@dataclass(frozen=True)
class Downscale(Operation):
    """Resize so that the SHORT side has so many pixels, antialiased; never enlarges.

    Lesson 7 of fast.ai resizes to 96 pixels, bilinear.

    The picture stays small; a `Crappifier` with `back` resizes it to its old size after its last operation.
    """

    geometric: ClassVar[bool] = True
    short_side: Annotated[int, Doc("Pixels of the short side afterwards.", 1, 100_000)] = 96
    filter: Annotated[Filter, Doc("How pixels are made from others.")] = "bilinear"

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Find the small size; nothing is random."""
        short = min(shape[:2])
        small = min(self.short_side, short)
        return {"size": [max(n * small // short, 1) for n in shape[:2]], "filter": self.filter}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Resize to the size drawn."""
        return resample(plane, values["size"], values["filter"]), None


@dataclass(frozen=True)
class Resize(Downscale):
    """Resize to a size given as recorded; what a `Crappifier` with `back` ends with."""


@dataclass(frozen=True)
class Reduce(Operation):
    """Make each side `factor` times smaller, cropped at the bottom and right to a multiple first.

    ``"bicubic"`` is Pillow's antialiased bicubic, the common ground of upscaling benchmarks. A side shorter than
    the factor becomes one pixel.
    """

    geometric: ClassVar[bool] = True
    factor: Annotated[int, Doc("How many times smaller each side becomes.", 1, 64)] = 2
    filter: Annotated[Filter, Doc("How pixels are made from others.")] = "bicubic"

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Find the small size; nothing is random."""
        return {"size": [max(n // self.factor, 1) for n in shape[:2]], "factor": self.factor, "filter": self.filter}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Crop to the multiple and resize."""
        (y, x), factor = values["size"], values["factor"]
        return resample(plane[: y * factor, : x * factor], (y, x), values["filter"]), None


@dataclass(frozen=True)
class PixelBinning(Reduce):
    """Average blocks of `factor` x `factor` pixels, as a detector read out with binning."""

    factor: Annotated[int, Doc("How many pixels along each side are averaged to one.", 1, 64)] = 4
    filter: Annotated[Filter, Doc("How pixels are made from others.")] = "box"


@dataclass(frozen=True)
class LowResolution(Operation):
    """Downscale by a random factor and resize back: detail lost, size kept."""

    factor: Annotated[Range, Doc("How many times smaller the picture is made before it is enlarged again.", 1, 64)] = (
        1.5,
        4.0,
    )
    filter: Annotated[Filter, Doc("How pixels are made from others.")] = "bilinear"

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the factor."""
        factor = draw_float(rng, self.factor)
        return {"small": [max(round(n / factor), 1) for n in shape[:2]], "filter": self.filter}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Resize down and up."""
        small = resample(plane, values["small"], values["filter"])
        return resample(small, (plane.shape[0], plane.shape[1]), values["filter"]), None
