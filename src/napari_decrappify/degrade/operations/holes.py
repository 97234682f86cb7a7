"""Holes: parts of a picture set to black, for infilling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from ...parameters import Doc
from ..operation import (
    Mask,
    Operation,
    Plane,
    Range,
    Shape,
    Values,
    WholeRange,
    draw_float,
    draw_int,
)

Emptied: TypeAlias = tuple[Plane, Mask]


def _emptied(plane: Plane, mask: Mask) -> Emptied:
    holed = plane.copy()
    holed[mask] = 0
    return holed, mask


@dataclass(frozen=True)
class CentralHole(Operation):
    """Empty the middle: adversarial infill's 8 x 8 hole in a 16 x 16 patch, in proportion for any other size."""

    fraction: Annotated[float, Doc("Share of the picture's height and width that the hole takes.", 0, 1)] = 0.5

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Find the hole; nothing is random."""
        sides = [min(math.ceil(n * self.fraction), n) for n in shape[:2]]
        starts = [(n - side) // 2 for n, side in zip(shape, sides, strict=False)]
        return {"boxes": [[*starts, starts[0] + sides[0], starts[1] + sides[1]]]}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Emptied:
        """Set the box to black."""
        return RandomBoxes.apply(plane, values)


@dataclass(frozen=True)
class RandomBoxes(Operation):
    """Empty rectangles anywhere; `side` is a share of the picture's height and width."""

    count: Annotated[WholeRange, Doc("How many rectangles.", 0, 1000)] = (1, 4)
    side: Annotated[Range, Doc("Their sides as a share of the picture's height and width.", 0, 1)] = (0.08, 0.35)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the boxes as top, left, bottom, right."""
        return {"boxes": [self._box(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _box(self, rng: np.random.Generator, shape: Shape) -> list[int]:
        height, width = (max(round(n * draw_float(rng, self.side)), 1) for n in shape[:2])
        top, left = draw_int(rng, (0, shape[0] - height)), draw_int(rng, (0, shape[1] - width))
        return [top, left, top + height, left + width]

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Emptied:
        """Set the boxes to black."""
        mask = np.zeros(plane.shape[:2], bool)
        for top, left, bottom, right in values["boxes"]:
            mask[top:bottom, left:right] = True
        return _emptied(plane, mask)


@dataclass(frozen=True)
class FreeFormStrokes(Operation):
    """Empty brush strokes that wander over the picture, as users paint over what they want gone.

    `length` of a move and `width` of the brush are shares of the short side; `moves` is how often a stroke turns.
    """

    count: Annotated[WholeRange, Doc("How many strokes.", 0, 1000)] = (2, 7)
    moves: Annotated[WholeRange, Doc("How often a stroke turns.", 1, 1000)] = (3, 10)
    length: Annotated[Range, Doc("Length between two turns as a share of the short side.", 0, 10)] = (0.04, 0.22)
    width: Annotated[Range, Doc("Width of the brush as a share of the short side.", 0, 1)] = (0.03, 0.10)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each stroke's way and width."""
        return {"strokes": [self._stroke(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _stroke(self, rng: np.random.Generator, shape: Shape) -> Values:
        short = min(shape[:2])
        x, y = float(rng.uniform(0, shape[1])), float(rng.uniform(0, shape[0]))
        header, points = draw_float(rng, (0, 2 * math.pi)), [[round(x), round(y)]]
        for _ in range(draw_int(rng, self.moves)):
            header += float(rng.normal(0, 0.9))
            step = draw_float(rng, self.length) * short
            x = min(max(x + step * math.cos(header), 0), shape[1] - 1)
            y = min(max(y + step * math.sin(header), 0), shape[0] - 1)
            points.append([round(x), round(y)])
        return {"points": points, "width": max(round(draw_float(rng, self.width) * short), 1)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Emptied:
        """Set the strokes to black."""
        layer = Image.new("L", (plane.shape[1], plane.shape[0]))
        pen = ImageDraw.Draw(layer)
        for stroke in values["strokes"]:
            points, radius = [tuple(p) for p in stroke["points"]], stroke["width"] / 2
            pen.line(points, fill=255, width=stroke["width"])
            for x, y in points:
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        return _emptied(plane, np.asarray(layer) > 0)
