"""Logo shapes: discs, rings, stars, shields and the like, filled or as an outline."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import Image, ImageDraw

from ...parameters import Doc
from ..operation import (
    Coverage,
    Operation,
    Plane,
    Range,
    Shape,
    Values,
    WholeRange,
    Written,
    draw_color,
    draw_float,
    draw_int,
)
from .ink import Inked, check_tile

FINE = 4
"""Shapes are drawn this many times larger and then averaged down, for soft edges."""


def _regular(corners: int, inner: float = 1.0) -> list[tuple[float, float]]:
    """Corners of a regular polygon, or of a star where `inner` < 1, in [-1, 1]."""
    count = corners * (1 if inner == 1.0 else 2)
    turns = [(2 * math.pi * i / count - math.pi / 2, inner if i % 2 else 1.0) for i in range(count)]
    return [(r * math.cos(t), r * math.sin(t)) for t, r in turns]


POLYGONS: dict[str, list[tuple[float, float]]] = {
    "triangle": _regular(3),
    "diamond": [(0, -1), (0.7, 0), (0, 1), (-0.7, 0)],
    "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
    "hexagon": _regular(6),
    "star": _regular(5, 0.45),
    "sun": _regular(12, 0.75),
    "shield": [(-0.8, -0.9), (0.8, -0.9), (0.8, 0.1), (0.55, 0.6), (0, 1), (-0.55, 0.6), (-0.8, 0.1)],
    "arrow": [(-0.9, -0.3), (0.1, -0.3), (0.1, -0.8), (0.95, 0), (0.1, 0.8), (0.1, 0.3), (-0.9, 0.3)],
    "chevron": [(-0.8, -0.9), (0, -0.9), (0.8, 0), (0, 0.9), (-0.8, 0.9), (0, 0)],
}
SHAPES = ("disc", "target", *POLYGONS)


@functools.lru_cache(maxsize=256)
def logo(shape: str, size: int, line: int, angle: float) -> Coverage:
    """Return a shape's coverage in a square tile of `size` pixels; `line` is the outline's width, 0 fills it."""
    fine = size * FINE
    check_tile(fine, fine)
    tile = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(tile)
    if shape in POLYGONS:
        _polygon(pen, POLYGONS[shape], fine, line * FINE)
    else:
        _circles(pen, shape, fine, line * FINE)
    small = tile.reduce(FINE)
    return np.asarray(small.rotate(angle, Image.Resampling.BILINEAR, expand=True) if angle else small)


def _polygon(pen: ImageDraw.ImageDraw, corners: list[tuple[float, float]], fine: int, line: int) -> None:
    radius = max((fine - 1 - line) / 2, 0.5)
    centre = (fine - 1) / 2
    points = [(centre + radius * x, centre + radius * y) for x, y in corners]
    if line:
        pen.line([*points, points[0], points[1]], fill=255, width=line, joint="curve")
    else:
        pen.polygon(points, fill=255)


def _circles(pen: ImageDraw.ImageDraw, shape: str, fine: int, line: int) -> None:
    whole = (0, 0, fine - 1, fine - 1)
    pen.ellipse(whole, fill=None if line else 255, outline=255, width=max(line, 1))
    if shape == "target":
        inset = fine // 4
        inner = (inset, inset, fine - 1 - inset, fine - 1 - inset)
        pen.ellipse(inner, fill=255 if line else 0)


@dataclass(frozen=True)
class DrawLogo(Operation):
    """Put logo shapes on a picture, each somewhere with its centre inside.

    Parameters
    ----------
    count : (low, high)
        How many.
    size : (low, high)
        Pixels across.
    opacity, angle : (low, high)
        1 covers; degrees.
    outline : float
        How often a shape is drawn as an outline only.
    plain : float
        How often its colour is near white or near black; any colour otherwise.
    """

    count: Annotated[WholeRange, Doc("How many logos.", 0, 1000)] = (1, 1)
    size: Annotated[WholeRange, Doc("Pixels across.", 1, 10_000)] = (24, 140)
    opacity: Annotated[Range, Doc("How much they cover; 1 covers all.", 0, 1)] = (0.3, 0.7)
    angle: Annotated[Range, Doc("Turned by so many degrees.", -360, 360)] = (-30.0, 30.0)
    outline: Annotated[float, Doc("How often a shape is drawn as an outline only.", 0, 1)] = 0.5
    plain: Annotated[float, Doc("How often its colour is near white or near black; any colour otherwise.", 0, 1)] = 0.8

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each shape and its place."""
        return {"logos": [self._logo(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _logo(self, rng: np.random.Generator, shape: Shape) -> Values:
        size = draw_int(rng, self.size)
        return {
            "shape": SHAPES[int(rng.integers(len(SHAPES)))],
            "size": size,
            "line": draw_int(rng, (1, 1 + size // 16)) if rng.random() < self.outline else 0,
            "angle": float(round(draw_float(rng, self.angle))),
            "y": draw_int(rng, (0, shape[0] - 1)) - size // 2,
            "x": draw_int(rng, (0, shape[1] - 1)) - size // 2,
            "colour": draw_plain_color(rng) if rng.random() < self.plain else draw_color(rng),
            "opacity": draw_float(rng, self.opacity),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Stamp the shapes."""
        inked = Inked(plane)
        for item in values["logos"]:
            tile = logo(item["shape"], item["size"], item["line"], item["angle"])
            inked.stamp(tile, item["y"], item["x"], item["colour"], item["opacity"])
        return inked.plane, inked.coverage


def draw_plain_color(rng: np.random.Generator, white: float = 0.75) -> list[int]:
    """Draw a colour near white, `white` of the times, or near black, with hardly any hue."""
    level = rng.integers(200, 256) if rng.random() < white else rng.integers(0, 60)
    return [int(c) for c in np.clip(level + rng.integers(-8, 9, 3), 0, 255)]
