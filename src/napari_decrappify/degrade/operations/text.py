"""Text written over a picture: numbers, as in lesson 7 of fast.ai, and random strings, as in watermark removal."""

from __future__ import annotations

import math
import string
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
    WholeRange,
    Written,
    draw_color,
    draw_float,
    draw_int,
)
from .ink import Inked
from .lettering import draw_font, write

CHARACTERS = string.digits + string.ascii_letters
MEAN_ADVANCE = 0.55
"""Width of a letter by its font size, on average."""
NARROW_ADVANCE = 0.35
"""The same in a narrow font."""


def write_items(plane: Plane, values: Mapping[str, Any]) -> Written:
    """Write the words of ``values["items"]`` one over the other."""
    inked = Inked(plane)
    for item in values["items"]:
        write(inked, item)
    return inked.plane, inked.coverage


def _seen(item: Values, width: int) -> Values | None:
    """Leave out letters, or a whole word at an angle, that would surely lie above or beside a plane of this width."""
    if item["angle"]:
        turn, length = math.radians(abs(item["angle"])), len(item["text"]) * item["size"]
        down = length * math.sin(turn) + 2 * item["size"]
        onward = length * math.cos(turn) + 2 * item["size"]
        return item if item["y"] + down > 0 and item["x"] + onward > 0 else None
    advance = MEAN_ADVANCE * item["size"]
    before = min(max(int(-item["x"] / advance) - 1, 0), len(item["text"]) - 1)
    x = item["x"] + int(before * advance)
    after = before + int((width - x) / (NARROW_ADVANCE * item["size"])) + 2
    return {**item, "text": item["text"][before:after], "x": x}


@dataclass(frozen=True)
class DrawNumber(Operation):
    """Write numbers in white; the defaults are lesson 7's: one of 10 to 70, starting in the top left quarter."""

    number: Annotated[WholeRange, Doc("The numbers to draw from.", 0, 10**9)] = (10, 70)
    count: Annotated[WholeRange, Doc("How many numbers.", 0, 1000)] = (1, 1)
    size: Annotated[WholeRange, Doc("Font size in pixels.", 1, 1000)] = (10, 10)
    area: Annotated[
        float, Doc("Share of the height and width, from the top left corner, in which a number starts.", 0, 1)
    ] = 0.5
    fonts: Annotated[
        tuple[str, ...], Doc("Font files that lettering is drawn from; Pillow's own font if there are none.")
    ] = ()

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw numbers and places."""
        return {"items": [self._item(rng, shape) for _ in range(draw_int(rng, self.count))]}

    def _item(self, rng: np.random.Generator, shape: Shape) -> Values:
        return {
            "text": str(draw_int(rng, self.number)),
            "x": draw_int(rng, (0, shape[1] * self.area)),
            "y": draw_int(rng, (0, shape[0] * self.area)),
            "font": draw_font(rng, self.fonts),
            "size": draw_int(rng, self.size),
            "colour": [255, 255, 255],
        }

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Write the numbers."""
        return write_items(plane, values)


@dataclass(frozen=True)
class DrawStrings(Operation):
    """Write random strings: 5 to 50 of 20 letters and digits, size 20 to 39, any colour.

    The defaults are those of "GANs for Watermark Removal".

    Parameters
    ----------
    count : (low, high)
        How many strings a picture gets.
    per_megapixel : (low, high), optional
        Instead of `count`: how many start on a megapixel. A plane is then treated as a piece cut from a larger picture,
        so that strings also come in over its top and left borders: training patches see what whole photos show.
    length, size : (low, high)
        Characters of a string; font size in pixels.
    opacity, angle : (low, high)
        1 covers; degrees.
    outlined, hollow, boxed : float
        How often a string has an outline, has nothing but that, and stands on a box.
    fonts : tuple of str
        Font files to draw from; none is Pillow's default font.
    """

    count: Annotated[WholeRange, Doc("How many strings a picture gets.", 0, 100_000)] = (5, 50)
    per_megapixel: Annotated[
        Range | None, Doc("How many start on a megapixel, instead of so many a picture.", 0, 100_000)
    ] = None
    length: Annotated[WholeRange, Doc("Characters of a string.", 1, 1000)] = (20, 20)
    size: Annotated[WholeRange, Doc("Font size in pixels.", 1, 1000)] = (20, 39)
    opacity: Annotated[Range, Doc("How much they cover; 1 covers all.", 0, 1)] = (1.0, 1.0)
    angle: Annotated[Range, Doc("Turned by so many degrees.", -360, 360)] = (0.0, 0.0)
    outlined: Annotated[float, Doc("How often a string has an outline.", 0, 1)] = 0.0
    hollow: Annotated[float, Doc("How often an outlined string is nothing but its outline.", 0, 1)] = 0.0
    boxed: Annotated[float, Doc("How often a string stands on a box.", 0, 1)] = 0.0
    fonts: Annotated[
        tuple[str, ...], Doc("Font files that lettering is drawn from; Pillow's own font if there are none.")
    ] = ()

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the number of strings and each of them."""
        above, before = self._reach() if self.per_megapixel else (0, 0)
        if self.per_megapixel:
            area = (shape[0] + above) * (shape[1] + before) / 1e6
            count = int(rng.poisson(draw_float(rng, self.per_megapixel) * area))
        else:
            count = draw_int(rng, self.count)
        items = [self._item(rng, (-above, shape[0] - 1), (-before, shape[1] - 1)) for _ in range(count)]
        if self.per_megapixel:
            items = [seen for item in items if (seen := _seen(item, shape[1]))]
        return {"items": items}

    def _reach(self) -> tuple[int, int]:
        """How far above and left of a plane a string may start and still be seen on it."""
        size = sum(self.size) / 2
        width = int(MEAN_ADVANCE * size * sum(self.length) / 2)
        return (width if any(self.angle) else int(size), width)

    def _item(self, rng: np.random.Generator, rows: Range, columns: Range) -> Values:
        letters = rng.integers(len(CHARACTERS), size=draw_int(rng, self.length))
        item: Values = {
            "text": "".join(CHARACTERS[i] for i in letters),
            "x": draw_int(rng, columns),
            "y": draw_int(rng, rows),
            "font": draw_font(rng, self.fonts),
            "size": draw_int(rng, self.size),
            "colour": draw_color(rng),
            "opacity": draw_float(rng, self.opacity),
            "angle": draw_float(rng, self.angle),
        }
        if rng.random() < self.outlined:
            item |= {"stroke": draw_int(rng, (1, 1 + item["size"] // 20)), "stroke_colour": draw_color(rng)}
            item["hollow"] = bool(rng.random() < self.hollow)
        if rng.random() < self.boxed:
            item |= {"padding": draw_int(rng, (0, item["size"] // 2)), "box_colour": draw_color(rng)}
            item["box_opacity"] = draw_float(rng, (0.2, 1.0))
        return item

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Write the strings."""
        return write_items(plane, values)
