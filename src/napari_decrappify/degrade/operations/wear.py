"""What years do to the paper of a print: stains, torn borders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

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
from .film import PAPER
from .ink import Inked

STAINS = {"tea": (150, 112, 62), "rust": (140, 74, 40), "mould": (58, 60, 50), "bleach": (244, 240, 230)}
"""What stains are of, and their colour."""
BACKGROUNDS = ((250, 250, 248), (12, 12, 12), (128, 128, 126), PAPER)
"""What a scanner sees where paper is missing."""
LOBES = 7

Depths = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stains(Operation):
    """Translucent blots of tea, rust, mould or bleach, of no regular form, which cover more along the rim.

    `size` is the radius as a share of the short side, `rim` how much more the rim covers than the middle.
    """

    count: Annotated[WholeRange, Doc("How many stains.", 0, 100)] = (1, 2)
    size: Annotated[Range, Doc("Radius as a share of the picture's short side.", 0, 10)] = (0.03, 0.25)
    opacity: Annotated[Range, Doc("How much the middle covers; 1 covers all.", 0, 1)] = (0.12, 0.5)
    rim: Annotated[Range, Doc("How much more the rim covers, of what is left.", 0, 1)] = (0.0, 0.5)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each stain's place, outline and strength."""
        return {"stains": [self._stain(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _stain(self, rng: np.random.Generator, shape: Shape) -> Values:
        radius = max(draw_float(rng, self.size) * min(shape[:2]), 1.0)
        return {
            "centre": [float(c) for c in rng.random(2) * shape[:2]],
            "radius": radius,
            "lobes": [[float(n) for n in rng.normal(0, 0.35 / (k + 1), 2)] for k in range(LOBES)],
            "edge": max(radius * rng.uniform(0.03, 0.2), 1.0),
            "kind": list(STAINS)[int(rng.integers(len(STAINS)))],
            "opacity": draw_float(rng, self.opacity),
            "rim": draw_float(rng, self.rim),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Stain the plane."""
        inked = Inked(plane)
        for stain in values["stains"]:
            inked.stamp(_blot(inked.coverage.shape, stain), 0, 0, STAINS[stain["kind"]])
        return inked.plane, inked.coverage


@dataclass(frozen=True)
class TornBorder(Operation):
    """Pieces torn from the sides of a print: the scanner sees what lies behind, and bare paper along the tear.

    `depth` and `length` of a tear are shares of the short side, `rim` of bare paper is in pixels.
    """

    count: Annotated[WholeRange, Doc("How many tears.", 0, 100)] = (1, 2)
    depth: Annotated[Range, Doc("How deep a tear goes, as a share of the short side.", 0, 1)] = (0.02, 0.15)
    length: Annotated[Range, Doc("How long it is along its side, as a share of the short side.", 0, 10)] = (0.1, 0.8)
    rim: Annotated[Range, Doc("Width of the bare paper along it in pixels.", 0, 100)] = (0.5, 5.0)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw what lies behind, and each tear's side, place and size, and the seed of its unevenness."""
        behind = BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))]
        return {"behind": list(behind), "tears": [self._tear(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _tear(self, rng: np.random.Generator, shape: Shape) -> Values:
        side, short = int(rng.integers(4)), min(shape[:2])
        return {
            "side": side,
            "at": draw_float(rng, (0, shape[side % 2])),
            "length": max(draw_float(rng, self.length) * short, 1.0),
            "depth": max(draw_float(rng, self.depth) * short, 1.0),
            "rim": draw_float(rng, self.rim),
            "seed": draw_seed(rng),
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Tear pieces off the plane: bare paper where a tear reaches, and what lies behind where all is gone."""
        inked = Inked(plane)
        paper, gone = (np.zeros(inked.coverage.shape, np.uint8) for _ in range(2))
        for tear in values["tears"]:
            _tear_off(np.rot90(paper, tear["side"]), np.rot90(gone, tear["side"]), tear)
        inked.stamp(paper, 0, 0, PAPER)
        inked.stamp(gone, 0, 0, values["behind"])
        return inked.plane, inked.coverage


def _blot(shape: tuple[int, ...], stain: Mapping[str, Any]) -> Coverage:
    """Return the coverage of a stain whose outline is a circle with lobes."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    y, x = y - stain["centre"][0], x - stain["centre"][1]
    angle, outline = np.arctan2(y, x), np.ones(shape)
    for k, (cosine, sine) in enumerate(stain["lobes"]):
        outline += cosine * np.cos((k + 1) * angle) + sine * np.sin((k + 1) * angle)
    inside = stain["radius"] * np.clip(outline, 0.1, None) - np.hypot(y, x)
    rim = stain["rim"] * np.exp(-((inside / (2 * stain["edge"])) ** 2))
    strength = stain["opacity"] + (1 - stain["opacity"]) * rim
    blot: Coverage = np.rint(255 * strength * np.clip(inside / stain["edge"] + 0.5, 0, 1)).astype(np.uint8)
    return blot


def _tear_off(paper: Coverage, gone: Coverage, tear: Mapping[str, Any]) -> None:
    """Cover what is missing from the left side of two layers: with the bare paper, and without it."""
    rng, rows = np.random.default_rng(tear["seed"]), np.arange(paper.shape[0])
    away = np.abs(rows - tear["at"]) / tear["length"] * 2
    depth = tear["depth"] * np.clip(1 - away ** rng.uniform(1, 3), -1, 1) + _ragged(rng, rows.size, tear["depth"])
    bare = tear["rim"] * np.clip(0.6 + _ragged(rng, rows.size, 1.5), 0, 2)
    columns = np.arange(paper.shape[1])
    for layer, edge in ((paper, depth), (gone, depth - bare)):
        cover = np.clip(edge[:, None] - columns, 0, 1) * (away < 1)[:, None]
        np.maximum(layer, (255 * cover).astype(np.uint8), out=layer)


def _ragged(rng: np.random.Generator, length: int, height: float) -> Depths:
    """Draw a curve around 0, rough at every length, as paper tears."""
    curve = np.zeros(length)
    for pitch in (3, 9, 27):
        knots = rng.normal(0, 0.04 * height * math.sqrt(pitch / 3), length // pitch + 3)
        curve += np.interp(np.arange(length) / pitch, np.arange(knots.size), knots)
    return curve
