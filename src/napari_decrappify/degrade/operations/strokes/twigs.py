"""Twigs and whiskers of the scene: thin strokes that taper. Finders of scratches and hairs must leave them alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np

from ....parameters import Doc
from ...operation import Operation, Plane, Range, Shape, Values, WholeRange, Written, draw_float, draw_int
from ..ink import Inked
from ..shapes import draw_plain_color
from .stroke import Points, draw_stroke, wandering, with_radius

Bundle: TypeAlias = list[Points]


@dataclass(frozen=True)
class SceneTwigs(Operation):
    """Put twigs or whiskers into the scene: bundles of strokes that taper, in one colour; they mark nothing."""

    count: Annotated[WholeRange, Doc("How many bundles.", 0, 1000)] = (1, 3)
    width: Annotated[Range, Doc("Width of a stroke at its thick end in pixels.", 0.1, 100)] = (0.8, 5.0)
    opacity: Annotated[Range, Doc("How much a stroke covers; 1 covers all.", 0, 1)] = (0.6, 1.0)
    white: Annotated[float, Doc("How often they are near white; near black otherwise.", 0, 1)] = 0.35

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw what each bundle is, and its strokes."""
        return {"bundles": [self._bundle(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _bundle(self, rng: np.random.Generator, shape: Shape) -> Values:
        kind = KINDS[int(rng.integers(len(KINDS)))]
        return {
            "strokes": kind(rng, shape, draw_float(rng, self.width) / 2),
            "colour": draw_plain_color(rng, self.white),
            "opacity": draw_float(rng, self.opacity),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Put the strokes there."""
        inked = Inked(plane)
        for bundle in values["bundles"]:
            layer = np.zeros(plane.shape[:2], np.uint8)
            for stroke in bundle["strokes"]:
                draw_stroke(layer, stroke)
            inked.stamp(layer, 0, 0, bundle["colour"], bundle["opacity"])
        return inked.plane, None


def twigs(rng: np.random.Generator, shape: Shape, radius: float) -> Bundle:
    """Draw a twig that tapers, with others that leave it."""
    start, heading = (rng.random(2) * shape[:2]).tolist(), rng.uniform(0, 2 * math.pi)
    length = rng.uniform(0.2, 0.9) * min(shape[:2])
    stem = wandering(rng, start, heading, length, curl=0.8)
    strokes: Bundle = [with_radius(stem, radius, 0.3 * radius)]
    for joint in rng.integers(2, len(stem) - 1, int(rng.integers(1, 6))):
        way = stem[joint + 1] - stem[joint]
        aside = math.atan2(way[0], way[1]) + rng.uniform(0.3, 1.0) * (1 if rng.random() < 0.5 else -1)
        branch = wandering(rng, stem[joint].tolist(), aside, length * rng.uniform(0.15, 0.5), curl=0.8, pieces=8)
        strokes.append(with_radius(branch, 0.6 * radius, 0.2))
    return strokes


def whiskers(rng: np.random.Generator, shape: Shape, radius: float) -> Bundle:
    """Draw a fan of hairs that taper to nothing."""
    start, heading = rng.random(2) * shape[:2], rng.uniform(0, 2 * math.pi)
    length, radius = rng.uniform(0.1, 0.45) * min(shape[:2]), min(radius, 1.0)
    strokes: Bundle = []
    for _ in range(int(rng.integers(3, 9))):
        root = (start + rng.normal(0, 0.03 * length, 2)).tolist()
        hair = wandering(rng, root, heading + rng.normal(0, 0.3), length * rng.uniform(0.6, 1.2), curl=0.5, pieces=8)
        strokes.append(with_radius(hair, radius, 0.15))
    return strokes


KINDS: tuple[Callable[[np.random.Generator, Shape, float], Bundle], ...] = (twigs, whiskers)
