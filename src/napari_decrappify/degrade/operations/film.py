"""What years do to a print: dust, scratches, folds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from ...errors import InvalidParameterError
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
    draw_float,
    draw_int,
    draw_seed,
)
from ..pictures import as_unit, saturated
from .ink import Inked, united

PAPER = (243, 238, 228)
SOOT = (28, 24, 20)
SEEN = 0.02
"""Change of tone, of the range, from which a fold's shadow counts as damage."""

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dust(Operation):
    """Specks and fibres, light where dust lay on the negative and dark where it lies on the print.

    `size` is a speck's radius in pixels, `fibres` the share of hairs among the specks, `light` that of light ones.
    """

    per_megapixel: Annotated[Range, Doc("Specks and hairs on a megapixel.", 0, 1e6)] = (100, 900)
    size: Annotated[Range, Doc("Radius of a speck in pixels.", 0, 1000)] = (0.5, 2.2)
    fibres: Annotated[float, Doc("Share of hairs among the specks.", 0, 1)] = 0.12
    light: Annotated[float, Doc("Share of light ones among them; the others are dark.", 0, 1)] = 0.7

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw how much of each, and the seed of places and forms."""
        count = int(rng.poisson(draw_float(rng, self.per_megapixel) * shape[0] * shape[1] / 1e6))
        fibres, light = int(rng.binomial(count, self.fibres)), draw_float(rng, (0.75, 1.0))
        share = {"specks": count - fibres, "fibres": fibres, "light": self.light, "opacity": light}
        return {**share, "radius": [float(s) for s in self.size], "seed": draw_seed(rng)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Lay the dust of the seed on the plane."""
        rng, inked = np.random.default_rng(values["seed"]), Inked(plane)
        layers = {ink: np.zeros(inked.coverage.shape, np.uint8) for ink in (PAPER, SOOT)}
        if values["specks"] + values["fibres"] > 2 * inked.coverage.size + 100:
            raise InvalidParameterError("fewer specks than pixels", f"{values['specks']} and {values['fibres']} hairs")
        for index in range(values["specks"] + values["fibres"]):
            layer = layers[PAPER if rng.random() < values["light"] else SOOT]
            if index < values["specks"]:
                _speck(layer, rng, values["radius"])
            else:
                _fibre(layer, rng)
        for ink, layer in layers.items():
            inked.stamp(layer, 0, 0, ink, values["opacity"])
        return inked.plane, inked.coverage


@dataclass(frozen=True)
class Scratches(Operation):
    """Fine lines that come and go: most run along the film, the others slant.

    `length` is a share of the picture's side, `width` in pixels, `along` the share of upright ones.
    """

    count: Annotated[WholeRange, Doc("How many scratches.", 0, 10_000)] = (3, 14)
    length: Annotated[Range, Doc("Length as a share of the picture's side.", 0, 1)] = (0.15, 1.0)
    width: Annotated[Range, Doc("Width in pixels.", 0.1, 100)] = (0.6, 1.8)
    opacity: Annotated[Range, Doc("How much a scratch covers; 1 covers all.", 0, 1)] = (0.4, 0.95)
    along: Annotated[float, Doc("Share of those that run straight along the film; the others slant.", 0, 1)] = 0.65

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each scratch's run, width and strength, and the seed of its unevenness."""
        return {"lines": [self._line(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _line(self, rng: np.random.Generator, shape: Shape) -> Values:
        straight = bool(rng.random() < self.along)
        vertical = straight or bool(rng.random() < 0.5)
        run, aside = (shape[0], shape[1]) if vertical else (shape[1], shape[0])
        length = max(round(draw_float(rng, self.length) * run * (1 if straight else 0.5)), 1)
        start = draw_int(rng, (0, run - length))
        return {
            "vertical": vertical,
            "run": [start, start + length],
            "at": draw_float(rng, (0, aside)),
            "slope": draw_float(rng, (-0.01, 0.01)) if straight else draw_float(rng, (-0.8, 0.8)),
            "width": draw_float(rng, self.width),
            "opacity": draw_float(rng, self.opacity),
            "light": bool(rng.random() < 0.85),
            "seed": draw_seed(rng),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Scratch the plane."""
        inked = Inked(plane)
        for line in values["lines"]:
            layer = np.zeros(inked.coverage.shape, np.uint8)
            _scratch(layer if line["vertical"] else layer.T, line)
            inked.stamp(layer, 0, 0, PAPER if line["light"] else SOOT, line["opacity"])
        return inked.plane, inked.coverage


@dataclass(frozen=True)
class Folds(Operation):
    """Creases from edge to edge: a shadow on one side, a shine on the other, and broken emulsion between.

    `width` of the bent strip and `crack` of the bare paper are shares of the short side, `depth` of the range.
    """

    count: Annotated[WholeRange, Doc("How many folds.", 0, 100)] = (1, 2)
    width: Annotated[Range, Doc("Width of the bent strip as a share of the short side.", 0, 1)] = (0.012, 0.035)
    crack: Annotated[Range, Doc("Width of the bare paper as a share of the short side.", 0, 1)] = (0.002, 0.007)
    depth: Annotated[Range, Doc("Depth of shadow and shine as a share of the range.", 0, 1)] = (0.1, 0.3)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each fold's course, depth and width, and the seed of its unevenness."""
        return {"folds": [self._fold(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _fold(self, rng: np.random.Generator, shape: Shape) -> Values:
        vertical, short = bool(rng.random() < 0.5), min(shape[:2])
        return {
            "vertical": vertical,
            "at": draw_float(rng, (0.12, 0.88)) * shape[1 if vertical else 0],
            "slope": draw_float(rng, (-0.15, 0.15)),
            "width": max(draw_float(rng, self.width) * short, 1.0),
            "crack": max(draw_float(rng, self.crack) * short, 0.5),
            "depth": draw_float(rng, self.depth) * (1 if rng.random() < 0.5 else -1),
            "seed": draw_seed(rng),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Fold the plane."""
        covered = np.zeros(plane.shape[:2], np.uint8)
        for fold in values["folds"]:
            plane, written = _folded(plane, fold)
            covered = united(covered, written)
        return plane, covered


def _speck(layer: Coverage, rng: np.random.Generator, radius: list[float]) -> None:
    """Cover a few soft discs that overlap: no speck is round."""
    size = radius[0] + (radius[1] - radius[0]) * rng.random() ** 3
    centre = rng.random(2) * layer.shape
    for _ in range(int(rng.integers(1, 4))):
        _dab(layer, centre + rng.normal(0, 0.7 * size, 2), size * rng.uniform(0.6, 1.1))


def _fibre(layer: Coverage, rng: np.random.Generator) -> None:
    """Cover a short curled hair."""
    at, header, width = rng.random(2) * layer.shape, rng.uniform(0, 2 * math.pi), rng.uniform(0.35, 0.75)
    bend, length = rng.normal(0, 0.07), int(rng.integers(10, 45))
    for _ in range(length):
        _dab(layer, at, width)
        header += bend + rng.normal(0, 0.06)
        at = at + np.array([math.sin(header), math.cos(header)])


def _dab(layer: Coverage, centre: Curve, radius: float) -> None:
    """Cover a disc with soft edges."""
    reach = math.ceil(radius + 1)
    top, left = (max(int(c) - reach, 0) for c in centre)
    region = layer[top : max(int(centre[0]) + reach + 1, 0), left : max(int(centre[1]) + reach + 1, 0)]
    y, x = np.ogrid[: region.shape[0], : region.shape[1]]
    distance = np.hypot(y + top - centre[0], x + left - centre[1])
    np.maximum(region, (255 * np.clip(radius + 0.5 - distance, 0, 1)).astype(np.uint8), out=region)


def _scratch(layer: Coverage, line: Mapping[str, Any]) -> None:
    """Cover a line that runs down the layer, antialiased across."""
    rng, (start, stop) = np.random.default_rng(line["seed"]), line["run"]
    rows = np.arange(max(start, 0), min(stop, layer.shape[0]))
    middle = line["at"] + line["slope"] * (rows - start) + _uneven(rng, rows.size, 40) * 1.5
    strength = np.clip(0.75 + _uneven(rng, rows.size, 12) * 0.6, 0, 1) * _ends(rows.size)
    reach = math.ceil(line["width"]) + 1
    columns = np.floor(middle).astype(int)[:, None] + np.arange(-reach, reach + 1)
    ink = np.clip(line["width"] / 2 + 0.5 - np.abs(columns - middle[:, None]), 0, 1) * strength[:, None]
    inside = (columns >= 0) & (columns < layer.shape[1])
    at = np.broadcast_to(rows[:, None], columns.shape)[inside], columns[inside]
    layer[at] = np.maximum(layer[at], (255 * ink[inside]).astype(np.uint8))


def _folded(plane: Plane, fold: Mapping[str, Any]) -> tuple[Plane, Coverage]:
    rng, height = np.random.default_rng(fold["seed"]), plane.shape[0 if fold["vertical"] else 1]
    rows = np.arange(height)
    middle = fold["at"] + fold["slope"] * rows + _uneven(rng, height, 60) * fold["width"] * 0.3
    columns = np.arange(plane.shape[1 if fold["vertical"] else 0])
    aside = columns - middle[:, None]
    across = aside / fold["width"]
    bend = np.clip(1 + 0.3 * _uneven(rng, height, 30), 0, None)[:, None]
    shade = (fold["depth"] * bend * 2.3 * across * np.exp(-2 * across**2)).astype(np.float32)
    bare = fold["crack"] * (0.35 + 0.9 * _uneven(rng, height, 25) + 0.5 * _uneven(rng, height, 5))
    crack = (255 * np.clip(bare[:, None] - np.abs(aside) + 0.35, 0, 1)).astype(np.uint8)
    for _ in range(int(rng.poisson(height / 120))):
        row, size = int(rng.integers(height)), fold["crack"] * rng.uniform(0.5, 2.0)
        for _ in range(6):
            _dab(crack, np.array([row, middle[row]]) + rng.normal(0, size, 2), size * rng.uniform(0.2, 0.7))
    shade, crack = (shade, crack) if fold["vertical"] else (shade.T, crack.T)
    toned = as_unit(plane) + (shade if plane.ndim == 2 else shade[..., None])
    marked = np.abs(shade) > SEEN
    inked = Inked(np.where(marked if plane.ndim == 2 else marked[..., None], saturated(toned, plane), plane))
    inked.stamp(crack, 0, 0, PAPER, 0.95)
    return inked.plane, np.where(marked, np.uint8(255), inked.coverage)


def _uneven(rng: np.random.Generator, length: int, pitch: int) -> Curve:
    """Draw a curve around 0, about 0.5 high, that changes over `pitch` pixels."""
    knots = rng.normal(0, 0.5, length // pitch + 3)
    return np.interp(np.arange(length) / pitch, np.arange(knots.size), knots)


def _ends(length: int) -> Curve:
    """Rise from 0 to 1 and fall again within the last pixels of a line."""
    place = np.arange(length) + 1
    return np.clip(np.minimum(place, place[::-1]) / 12, 0, 1)
