"""Lettering: words as tiles of ink coverage, in a font, at an angle, with an outline or on a box."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...bounds import check_regular
from ...errors import FileReadError
from ..operation import Coverage
from .ink import Inked, check_tile

Extent = tuple[int, int, int, int]
Seen = tuple[int, int, int, int]


class Tile(NamedTuple):
    """The coverage of a word: its letters, their outline alone, and the box behind them; and where they start."""

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
        check_regular(Path(path))
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


def whole_word(item: Mapping[str, Any]) -> Tile:
    """Render the word of `item`: text, font, size, and, if given, stroke, angle (degrees), padding of a box."""
    box = extent(item)
    return _rendered(item, box, (0, 0, *_turned_size(*box[2:], item.get("angle", 0.0))))


def write(inked: Inked, item: Mapping[str, Any]) -> None:
    """Write one word on a plane, its anchor (Pillow's "la") at (y, x); at an angle, its top left corner."""
    tile = _word_on(item, inked.coverage.shape) if item.get("angle") else whole_word(item)
    if tile is None:
        return
    y, x, opacity = item["y"] + tile.top, item["x"] + tile.left, item.get("opacity", 1.0)
    if tile.box is not None:
        inked.stamp(tile.box, y, x, item["box_colour"], item["box_opacity"])
    if tile.outline is not None:
        inked.stamp(tile.outline, y, x, item["stroke_colour"], opacity)
    if not item.get("hollow", False):
        inked.stamp(tile.fill, y, x, item["colour"], opacity)


def _word_on(item: Mapping[str, Any], plane: tuple[int, ...]) -> Tile | None:
    """Render what of a turned word lies on a plane, None if nothing does."""
    box = extent(item)
    rows, columns = _turned_size(*box[2:], item["angle"])
    top, left = max(-item["y"], 0), max(-item["x"], 0)
    bottom, right = min(rows, plane[0] - item["y"]), min(columns, plane[1] - item["x"])
    return _rendered(item, box, (top, left, bottom, right)) if top < bottom and left < right else None


def _rendered(item: Mapping[str, Any], box: Extent, seen: Seen) -> Tile:
    """Render a part of a turned word; an upright word is always rendered whole."""
    font, stroke, angle = font_at(item["font"], item["size"]), item.get("stroke", 0), item.get("angle", 0.0)
    left, top, width, height = box
    upright = Image.new("L", (width, height))
    ImageDraw.Draw(upright).text((-left, -top), item["text"], fill=255, font=font)
    fill, outline = _turned(upright, angle, seen), None
    if stroke:
        ImageDraw.Draw(upright).text((-left, -top), item["text"], fill=255, font=font, stroke_width=stroke)
        outline = (_turned(upright, angle, seen) * ((255 - fill.astype(np.uint16)) / 255)).astype(np.uint8)
    back = _turned(Image.new("L", upright.size, 255), angle, seen) if "padding" in item else None
    return Tile(fill, outline, back, *(seen[:2] if angle else (top, left)))


def extent(item: Mapping[str, Any]) -> Extent:
    """Return left, top, width and height of an upright word with its margin, from its anchor."""
    font, margin = font_at(item["font"], item["size"]), item.get("padding", 0)
    left, top, right, bottom = font.getbbox(item["text"], stroke_width=item.get("stroke", 0))
    left, top = math.floor(left) - margin, math.floor(top) - margin
    width, height = max(math.ceil(right) + margin - left, 1), max(math.ceil(bottom) + margin - top, 1)
    check_tile(height, width)
    return left, top, width, height


def _turned_size(width: int, height: int, angle: float) -> tuple[int, int]:
    """Return rows and columns that a tile takes at an angle."""
    cos, sin = _direction(angle)
    return math.ceil(width * abs(sin) + height * abs(cos)), math.ceil(width * abs(cos) + height * abs(sin))


def _turned(tile: Image.Image, angle: float, seen: Seen) -> Coverage:
    """Turn a tile counterclockwise, bilinearly; compute only what is seen of the result."""
    if not angle:
        return np.asarray(tile)
    cos, sin = _direction(angle)
    rows, columns = _turned_size(tile.width, tile.height, angle)
    y, x = seen[0] - rows / 2, seen[1] - columns / 2
    across = (cos, -sin, cos * x - sin * y + tile.width / 2)
    down = (sin, cos, sin * x + cos * y + tile.height / 2)
    size = (seen[3] - seen[1], seen[2] - seen[0])
    return np.asarray(tile.transform(size, Image.Transform.AFFINE, across + down, Image.Resampling.BILINEAR))


def _direction(angle: float) -> tuple[float, float]:
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))
