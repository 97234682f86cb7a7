"""Holes: parts of a picture set to black, for infilling; and single pixels hidden, for denoising."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

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
    draw_seed,
)

Emptied: TypeAlias = tuple[Plane, Mask]

AROUND = np.delete(np.mgrid[-2:3, -2:3].reshape(2, -1), 12, axis=1)
"""The way from a pixel to each of the 24 around it, along Y and X."""
LINE = 4  # pixels hidden to either side of one, where noise runs along lines


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


@dataclass(frozen=True)
class BlindPixels(Operation):
    """Hide single pixels behind the value of a neighbour, one pixel in each square of the picture.

    Who is to say what such a pixel was can only go by what lies around it: of noise that differs from pixel to pixel
    nothing can be known, of the picture much. So nets learn to denoise without any clean picture (Noise2Void, Krull et
    al., 2019). Where noise runs `along` lines, the pixel's neighbours on its line are hidden too, as they would tell
    (StructN2V, Broaddus et al., 2020). The mask is of the single pixels alone.
    """

    side: Annotated[int, Doc("Side of the squares in pixels: one pixel of each is hidden.", 2, 64)] = 4
    along: Annotated[
        Literal["nothing", "rows", "columns"], Doc("Lines along which noise goes on from pixel to pixel.")
    ] = "nothing"

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the seed of places and neighbours."""
        return {"side": self.side, "along": self.along, "seed": draw_seed(rng)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Emptied:
        """Put what lies around into the pixels, all channels of a pixel at once; nothing that is hidden itself."""
        rng, shape = np.random.default_rng(values["seed"]), plane.shape[:2]
        mask = _one_in_each_square(rng, shape, values["side"])
        hidden = _with_lines(mask, values["along"])
        y, x = np.nonzero(hidden)
        rows, columns = (at + away[:, None] for at, away in zip((y, x), AROUND, strict=True))
        outside = (rows < 0) | (rows >= shape[0]) | (columns < 0) | (columns >= shape[1])
        rows, columns = np.clip(rows, 0, shape[0] - 1), np.clip(columns, 0, shape[1] - 1)
        unknown = outside | hidden[rows, columns]
        blind = plane.copy()
        drawn = np.argmin(rng.random(rows.shape) + unknown, axis=0)[None]
        blind[y, x] = plane[tuple(np.take_along_axis(at, drawn, 0)[0] for at in (rows, columns))]
        return blind, mask


def _one_in_each_square(rng: np.random.Generator, shape: Shape, side: int) -> Mask:
    """Return a mask of pixels, one drawn in each square; those that fall outside of the picture are left out."""
    y, x = np.mgrid[: shape[0] : side, : shape[1] : side].reshape(2, -1)
    y, x = (at + rng.integers(side, size=at.size) for at in (y, x))
    inside = (y < shape[0]) & (x < shape[1])
    mask = np.zeros(shape, bool)
    mask[y[inside], x[inside]] = True
    return mask


def _with_lines(mask: Mask, along: str) -> Mask:
    """Return a mask that goes on for some pixels to both sides, along rows or columns."""
    if along == "nothing":
        return mask
    longer, axis = mask.copy(), 1 if along == "rows" else 0
    for away in range(1, LINE + 1):
        near, far = ([slice(None), slice(None)] for _ in range(2))
        near[axis], far[axis] = slice(None, -away), slice(away, None)
        longer[tuple(far)] |= mask[tuple(near)]
        longer[tuple(near)] |= mask[tuple(far)]
    return longer
