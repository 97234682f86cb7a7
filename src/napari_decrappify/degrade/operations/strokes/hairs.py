"""Hairs on the glass of a scanner."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from ....parameters import Doc
from ...operation import Operation, Plane, Range, Shape, Values, WholeRange, Written, draw_float, draw_int
from ..film import PAPER, SOOT
from ..ink import Inked
from .stroke import draw_stroke, wandering, with_radius


@dataclass(frozen=True)
class Hairs(Operation):
    """Long curled hairs that lay on the glass of the scanner, most of them dark."""

    count: Annotated[WholeRange, Doc("How many hairs.", 0, 1000)] = (1, 4)
    length: Annotated[Range, Doc("Length as a share of the picture's short side.", 0, 10)] = (0.1, 0.6)
    width: Annotated[Range, Doc("Width in pixels.", 0.1, 100)] = (0.8, 2.2)
    opacity: Annotated[Range, Doc("How much a hair covers; 1 covers all.", 0, 1)] = (0.4, 0.95)
    light: Annotated[float, Doc("Share of light ones among them; the others are dark.", 0, 1)] = 0.3

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each hair's course, colour and strength."""
        return {"hairs": [self._hair(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _hair(self, rng: np.random.Generator, shape: Shape) -> Values:
        start, heading = (rng.random(2) * shape[:2]).tolist(), rng.uniform(0, 2 * math.pi)
        length, radius = draw_float(rng, self.length) * min(shape[:2]), draw_float(rng, self.width) / 2
        course = wandering(rng, start, heading, length, curl=rng.uniform(1, 5), pieces=24)
        ink = PAPER if rng.random() < self.light else SOOT
        return {"points": with_radius(course, radius), "ink": list(ink), "opacity": draw_float(rng, self.opacity)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Lay the hairs on the plane."""
        inked = Inked(plane)
        for hair in values["hairs"]:
            layer = np.zeros(inked.coverage.shape, np.uint8)
            draw_stroke(layer, hair["points"])
            inked.stamp(layer, 0, 0, hair["ink"], hair["opacity"])
        return inked.plane, inked.coverage
