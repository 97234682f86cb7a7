"""Tones lost: greyscale, fading, and the casts of old prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

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
from ..pictures import as_unit, saturated

LUMA = np.array([0.299, 0.587, 0.114], np.float32)

CASTS: dict[str, tuple[float, float, float]] = {
    "yellowed": (1.0, 0.88, 0.62),
    "reddened": (1.0, 0.78, 0.76),
    "greenish": (0.86, 1.0, 0.84),
    "bluish": (0.80, 0.92, 1.0),
}
"""What is left of red, green and blue at full strength: paper yellows, and the three dyes of a print fade unequally."""


@dataclass(frozen=True)
class Greyscale(Operation):
    """Take the colour away and keep three equal channels (ITU-R BT.601 luma, as Pillow's "L")."""

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Nothing is random."""
        return {}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Replace each channel by the luma; a grey plane stays as it is."""
        if plane.ndim == 2:
            return plane, None
        return saturated(np.repeat(_luma(as_unit(plane)), 3, axis=-1), plane), None


@dataclass(frozen=True)
class Fade(Operation):
    """Fade a print: blacks are lifted, whites drop, contrast goes."""

    lift: Annotated[Range, Doc("How far black rises, as a share of the range.", 0, 1)] = (0.05, 0.25)
    drop: Annotated[Range, Doc("How far white falls, as a share of the range.", 0, 1)] = (0.0, 0.15)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw how far black rises and white falls."""
        return {"lift": draw_float(rng, self.lift), "drop": draw_float(rng, self.drop)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Map black to `lift` and white to 1 - `drop`."""
        span = 1 - values["lift"] - values["drop"]
        return saturated(as_unit(plane) * np.float32(span) + np.float32(values["lift"]), plane), None


@dataclass(frozen=True)
class Discolour(Operation):
    """Give an old print's cast, after having lost some saturation; grey planes have no hue and stay as they are."""

    strength: Annotated[Range, Doc("Strength of the cast; 1 is all that old prints show.", 0, 1)] = (0.4, 1.0)
    saturation: Annotated[Range, Doc("Share of the saturation that is left.", 0, 1)] = (0.4, 0.9)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the cast, its strength and what is left of the saturation."""
        cast = CASTS[list(CASTS)[int(rng.integers(len(CASTS)))]]
        strength = draw_float(rng, self.strength)
        gains = [1 - strength * (1 - gain) for gain in cast]
        return {"gains": gains, "saturation": draw_float(rng, self.saturation)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Mix with the luma, then scale the channels."""
        if plane.ndim == 2:
            return plane, None
        unit = as_unit(plane)
        luma = _luma(unit)
        unit = luma + (unit - luma) * np.float32(values["saturation"])
        return saturated(unit * np.asarray(values["gains"], np.float32), plane), None


def _luma(unit: Plane) -> Plane:
    luma: Plane = (unit * LUMA).sum(axis=-1, keepdims=True)
    return luma
