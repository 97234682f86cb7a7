"""Lettering: words as tiles of ink coverage, in a font, at an angle, with an outline or on a box."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..errors import FileReadError
from .ink import Coverage, Inked


class Tile(NamedTuple):
    """The coverage of a word: its letters, their outline alone, and the box behind them."""

    fill: Coverage
    outline: Coverage | None
    box: Coverage | None
    top: int
    left: int


@functools.lru_cache(maxsize=512)
def font_at(path: str | None, size: int) -> ImageFont.FreeTypeFont:
    """Return a font at a size in pixels; None is Pillow's own scalable default font.

    Raises
    ------
    FileReadError
        If the file is missing or no font.
    """
    if path is None:
        return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        advice = "Steps that were drawn with a font need the same file, at the same place, to be done again."
        raise FileReadError(f"a font file at {path}", str(error), advice) from error


def check_fonts(fonts: Sequence[str | Path]) -> tuple[str, ...]:
    """Return the paths as strings, after having opened each font once."""
    paths = tuple(str(path) for path in fonts)
    for path in paths:
        font_at(path, 20)
    return paths


def draw_font(rng: np.random.Generator, fonts: Sequence[str]) -> str | None:
    """Draw one of the font files; None, the default font, if there are none."""
    return fonts[int(rng.integers(len(fonts)))] if fonts else None


def letter(item: Mapping[str, Any]) -> Tile:
    """Render the word of `item`: text, font, size, and, if given, stroke, angle (degrees), padding of a box."""
    return _tile(
        item["text"],
        font_at(item["font"], item["size"]),
        item.get("stroke", 0),
        item.get("angle", 0.0),
        item.get("padding"),
    )


def write(inked: Inked, item: Mapping[str, Any]) -> None:
    """Write one word on a plane, its anchor (Pillow's "la") at (y, x); at an angle, its top left corner."""
    tile = letter(item)
    y, x, opacity = item["y"] + tile.top, item["x"] + tile.left, item.get("opacity", 1.0)
    if tile.box is not None:
        inked.stamp(tile.box, y, x, item["box_colour"], item["box_opacity"])
    if tile.outline is not None:
        inked.stamp(tile.outline, y, x, item["stroke_colour"], opacity)
    if not item.get("hollow", False):
        inked.stamp(tile.fill, y, x, item["colour"], opacity)


def _tile(text: str, font: ImageFont.FreeTypeFont, stroke: int, angle: float, padding: int | None) -> Tile:
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    margin = padding or 0
    left, top = math.floor(left) - margin, math.floor(top) - margin
    size = (max(math.ceil(right) + margin - left, 1), max(math.ceil(bottom) + margin - top, 1))
    fill = _turned(_written(text, font, size, left, top, 0), angle)
    outline = None
    if stroke:
        bold = _turned(_written(text, font, size, left, top, stroke), angle)
        outline = (bold * ((255 - fill.astype(np.uint16)) / 255)).astype(np.uint8)
    box = None if padding is None else _turned(Image.new("L", size, 255), angle)
    return Tile(fill, outline, box, *((0, 0) if angle else (top, left)))


def _written(
    text: str, font: ImageFont.FreeTypeFont, size: tuple[int, int], left: int, top: int, stroke: int
) -> Image.Image:
    tile = Image.new("L", size)
    ImageDraw.Draw(tile).text((-left, -top), text, fill=255, font=font, stroke_width=stroke)
    return tile


def _turned(tile: Image.Image, angle: float) -> Coverage:
    return np.asarray(tile.rotate(angle, Image.Resampling.BILINEAR, expand=True) if angle else tile)
