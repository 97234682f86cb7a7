"""Patterns of lines: cables, grids, nets and honeycombs, as a scene may have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ..parameters import Doc
from .ink import Coverage, Inked
from .operation import Operation, Plane, Range, Shape, Values, WholeRange, Written, draw_colour, draw_float, draw_int
from .shapes import draw_plain_colour

FINE = 2
"""Lines are drawn this many times larger and then averaged down, for soft edges."""
SAMPLES = 24
"""Points of a line that bends."""

Lines: TypeAlias = npt.NDArray[np.float64]
"""(lines, points of each, 2): x and y."""


def _parallels(side: float, cell: float) -> Lines:
    """Straight lines along x."""
    along, places = np.linspace(-side, side, SAMPLES), np.arange(-side, side, cell)
    lines: Lines = np.stack(np.meshgrid(along, places), -1)
    return lines


def _cables(side: float, cell: float) -> Lines:
    """Return a few lines side by side."""
    lines = _parallels(side, cell)
    middle: Lines = lines[abs(lines[:, 0, 1]) < 2 * cell]
    return middle


def _grid(side: float, cell: float) -> Lines:
    """Lines along x and along y."""
    lines = _parallels(side, cell)
    both: Lines = np.concatenate([lines, lines[..., ::-1]])
    return both


def _net(side: float, cell: float) -> Lines:
    """Waves that touch each other, as in a net of cords."""
    rows = np.arange(-side, side, cell)
    along, places = np.meshgrid(np.arange(-side, side, cell / 6), rows)
    waves = cell / 2 * np.cos(np.pi * along / cell)
    waves[1::2] *= -1
    return np.stack([along, places + waves], -1)


def _honeycomb(side: float, cell: float) -> Lines:
    """Return the outlines of hexagons side by side, three edges of each."""
    corners = cell / math.sqrt(3) * np.array([[np.sin(a), np.cos(a)] for a in np.pi / 3 * np.arange(4)])
    places = _places(side, cell, cell * math.sqrt(3) / 2)
    places[1::2, :, 0] += cell / 2
    outlines: Lines = places.reshape(-1, 1, 2) + corners
    return outlines


def _windows(side: float, cell: float) -> Lines:
    """Outlines of upright boxes in rows."""
    box = cell * np.array([[-0.25, -0.35], [0.25, -0.35], [0.25, 0.35], [-0.25, 0.35], [-0.25, -0.35]])
    return _places(side, cell, cell).reshape(-1, 1, 2) + box


def _arcs(side: float, cell: float) -> Lines:
    """Circles around one centre."""
    turn = np.linspace(0, 2 * np.pi, 3 * SAMPLES)
    rings: Lines = np.arange(cell, side, cell)[:, None, None] * np.stack([np.cos(turn), np.sin(turn)], -1)
    return rings


def _places(side: float, across: float, down: float) -> Lines:
    """Return the (x, y) of a lattice, a row of them after another."""
    return np.stack(np.meshgrid(np.arange(-side, side, across), np.arange(-side, side, down)), -1)


PATTERNS: dict[str, Callable[[float, float], Lines]] = {
    "cables": _cables,
    "grid": _grid,
    "net": _net,
    "honeycomb": _honeycomb,
    "windows": _windows,
    "arcs": _arcs,
}


@dataclass(frozen=True)
class DrawPattern(Operation):
    """Draw cables, a grid, a net, a honeycomb, rows of windows or arcs over a part of the picture, seen at a slant.

    Parameters
    ----------
    count : (low, high)
        How many patterns.
    cell, width : (low, high)
        Pixels from one line to the next, and of a line.
    opacity : (low, high)
        1 covers.
    reach : (low, high)
        Radius of the disc that is covered, as a share of the picture's longer side.
    """

    count: Annotated[WholeRange, Doc("How many patterns.", 0, 100)] = (1, 1)
    cell: Annotated[Range, Doc("Pixels from one line to the next.", 4, 10_000)] = (8.0, 60.0)
    width: Annotated[Range, Doc("Width of a line in pixels.", 0.5, 1000)] = (1.0, 7.0)
    opacity: Annotated[Range, Doc("How much they cover; 1 covers all.", 0, 1)] = (0.6, 1.0)
    reach: Annotated[Range, Doc("Radius that is covered, as a share of the longer side.", 0.01, 10)] = (0.2, 1.0)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw what is drawn where, in which colour and at which slant."""
        return {"patterns": [self._pattern(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _pattern(self, rng: np.random.Generator, shape: Shape) -> Values:
        cell = draw_float(rng, self.cell)
        return {
            "pattern": tuple(PATTERNS)[int(rng.integers(len(PATTERNS)))],
            "cell": cell,
            "width": min(draw_float(rng, self.width), cell / 3),
            "centre": [draw_float(rng, (0, n)) for n in shape[:2]],
            "reach": draw_float(rng, self.reach) * max(shape[:2]),
            "angle": draw_float(rng, (0, 180)),
            "slant": [draw_float(rng, (0.4, 1.0)), *(draw_float(rng, (-0.5, 0.5)) for _ in range(2))],
            "colour": draw_plain_colour(rng, 0.5) if rng.random() < 0.5 else draw_colour(rng),
            "opacity": draw_float(rng, self.opacity),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Draw the patterns."""
        inked = Inked(plane)
        for item in values["patterns"]:
            inked.stamp(_coverage(inked.mask.shape, item), 0, 0, item["colour"], item["opacity"])
        return inked.plane, inked.mask


def _coverage(shape: tuple[int, ...], item: Mapping[str, Any]) -> Coverage:
    """Return a pattern's coverage of a plane, within its disc."""
    height, width = shape
    sheet = Image.new("L", (width * FINE, height * FINE))
    pen, (y, x), reach = ImageDraw.Draw(sheet), item["centre"], item["reach"]
    line = max(1, round(item["width"] * FINE))
    lines = _slanted(PATTERNS[item["pattern"]](1.5 * reach, item["cell"]), item["angle"], item["slant"], reach)
    for points in _within(lines + np.array([x, y]), shape) * FINE:
        pen.line([tuple(point) for point in points], fill=255, width=line, joint="curve")
    disc = Image.new("L", sheet.size)
    box = [FINE * value for value in (x - reach, y - reach, x + reach, y + reach)]
    ImageDraw.Draw(disc).ellipse(box, fill=255)
    drawn = Image.composite(sheet, Image.new("L", sheet.size), disc)
    return np.asarray(drawn.reduce(FINE))


def _slanted(lines: Lines, angle: float, slant: tuple[float, float, float], reach: float) -> Lines:
    """Turn lines around the origin, flatten them, and look at them in perspective, at most twice as large or small."""
    flat, *tilt = slant
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    turned = lines * (1, flat) @ np.array([[cos, sin], [-sin, cos]])
    depth = np.clip(1 + turned @ np.array(tilt) / (2 * reach), 0.5, 2)
    nearer: Lines = turned / depth[..., None]
    return nearer


def _within(lines: Lines, shape: tuple[int, ...]) -> Lines:
    """Return the lines that may touch a plane."""
    low, high = lines.min(1), lines.max(1)
    near: Lines = lines[(high >= 0).all(1) & (low <= shape[::-1]).all(1)]
    return near
