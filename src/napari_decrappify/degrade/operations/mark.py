"""Marks as people lay them over pictures: words and symbols, single or tiled, plain, shaded, outlined, with shadows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import Image

from ...errors import InvalidParameterError
from ...parameters import Doc
from ...type_checks import shown
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
    draw_seed,
)
from ..pictures import smooth
from .ink import Inked
from .lettering import draw_font, whole_word
from .shapes import draw_plain_color
from .symbols import SYMBOLS, symbol
from .watermark import draw_brand, lattice


@dataclass(frozen=True)
class DrawMark(Operation):
    """Lay one mark over a picture: a word, a symbol, or both, once or tiled.

    Parameters
    ----------
    size : (low, high)
        Height of letters in pixels, and of a symbol; small ones are as frequent as large ones on a scale of ratios.
    opacity, angle : (low, high)
        1 covers; degrees.
    symbol, both : float
        How often it is a symbol without a word, and one beside a word.
    tiled : float
        How often it is repeated all over the picture.
    plain : float
        How often its colour is near white or near black; any colour otherwise.
    gradient : float
        How often it goes over into another colour from one end to the other.
    hollow, outlined : float
        How often letters are nothing but their outline, and have one in a contrasting colour.
    shadow : float
        How often a soft dark shadow falls beside it.
    fonts : tuple of str
        Font files to draw from; none is Pillow's default font.
    """

    size: Annotated[WholeRange, Doc("Height of letters and symbols in pixels.", 4, 1000)] = (10, 240)
    opacity: Annotated[Range, Doc("How much it covers; 1 covers all.", 0, 1)] = (0.15, 1.0)
    angle: Annotated[Range, Doc("Turned by so many degrees.", -360, 360)] = (-50.0, 50.0)
    symbol: Annotated[float, Doc("How often it is a symbol without a word.", 0, 1)] = 0.3
    both: Annotated[float, Doc("How often a symbol stands beside a word.", 0, 1)] = 0.2
    tiled: Annotated[float, Doc("How often it is repeated all over the picture.", 0, 1)] = 0.3
    plain: Annotated[float, Doc("How often its colour is near white or near black; any colour otherwise.", 0, 1)] = 0.7
    gradient: Annotated[float, Doc("How often it goes over into another colour.", 0, 1)] = 0.2
    hollow: Annotated[float, Doc("How often letters are nothing but their outline.", 0, 1)] = 0.25
    outlined: Annotated[float, Doc("How often letters have a contrasting outline.", 0, 1)] = 0.2
    shadow: Annotated[float, Doc("How often a soft shadow falls beside it.", 0, 1)] = 0.15
    fonts: Annotated[
        tuple[str, ...], Doc("Font files that lettering is drawn from; Pillow's own font if there are none.")
    ] = ()

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw what it shows, how it looks and where it stands."""
        size = round(math.exp(draw_float(rng, (math.log(self.size[0]), math.log(self.size[1])))))
        kind = rng.random()
        values: Values = {"angle": draw_float(rng, self.angle) if rng.random() < 0.6 else 0.0}
        if kind >= self.symbol:
            values["word"] = self._word(rng, size)
        if kind < self.symbol + self.both:
            values["symbol"] = _draw_symbol(rng, size if kind >= self.symbol else max(size, 24))
        color = draw_plain_color(rng, 0.7) if rng.random() < self.plain else draw_color(rng)
        values |= {"opacity": draw_float(rng, self.opacity), "colours": [color]}
        if rng.random() < self.gradient:
            values["colours"].append(draw_color(rng))
        if rng.random() < self.shadow:
            away, turn = draw_float(rng, (1, 2 + size / 10)), draw_float(rng, (0, 2 * math.pi))
            values["shadow"] = {
                "y": round(away * math.sin(turn)),
                "x": round(away * math.cos(turn)),
                "blur": draw_float(rng, (0.0, 1 + size / 25)),
                "opacity": draw_float(rng, (0.3, 1.0)),
            }
        tile, *_ = _tiles(values)
        return values | self._place(rng, shape, tile.shape)

    def _word(self, rng: np.random.Generator, size: int) -> Values:
        text = draw_brand(rng)
        if size < 40 and rng.random() < 0.4:
            text = " ".join([text, *(draw_brand(rng) for _ in range(draw_int(rng, (1, 4))))])
        word: Values = {"text": text, "font": draw_font(rng, self.fonts), "size": size}
        style = rng.random()
        if style < self.hollow + self.outlined:
            word |= {"stroke": draw_int(rng, (1, 1 + size // 20)), "hollow": bool(style < self.hollow)}
        return word

    def _place(self, rng: np.random.Generator, shape: Shape, tile: tuple[int, ...]) -> Values:
        if rng.random() < self.tiled:
            gaps = [draw_float(rng, (0.05, 1.5)), draw_float(rng, (0.05, 1.0))]
            return {"gaps": gaps, "phase": rng.random(2).tolist(), "stagger": 0.5 * int(rng.random() < 0.5)}
        y, x = (int(rng.integers(-size // 2, max(n - size // 2, 1))) for n, size in zip(shape, tile, strict=False))
        return {"places": [[y, x]]}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Lay the mark over the plane: its shadow, its outline, itself."""
        inked, size = Inked(plane), (plane.shape[0], plane.shape[1])
        fill, outline = _tiles(values)
        places = values.get("places") or _lattice(size, fill.shape, values)
        colors, whole = values["colours"], fill if outline is None else np.maximum(fill, outline)
        if "shadow" in values:
            shade = values["shadow"]
            layer = _layer(size, whole, [(y + shade["y"], x + shade["x"]) for y, x in places])
            soft = smooth(layer.astype(np.float32), shade["blur"])
            inked.stamp(np.rint(soft).astype(np.uint8), 0, 0, (0, 0, 0), values["opacity"] * shade["opacity"])
        if outline is not None:
            inverse = [255 - c for c in colors[0]]
            inked.stamp(_layer(size, outline, places), 0, 0, inverse, values["opacity"])
        inked.stamp(_layer(size, fill, places), 0, 0, _paint(size, colors, values["angle"]), values["opacity"])
        return inked.plane, inked.coverage


def _draw_symbol(rng: np.random.Generator, size: int) -> Values:
    pen = math.exp(draw_float(rng, (0, math.log(min(40, max(size / 5, 2))))))
    line = 0 if rng.random() < 0.3 else round(pen)
    return {"kind": SYMBOLS[int(rng.integers(len(SYMBOLS)))], "size": size, "line": line, "seed": draw_seed(rng)}


def _tiles(values: Mapping[str, Any]) -> tuple[Coverage, Coverage | None]:
    """Return the coverage of the mark, turned, and that of its contrasting outline."""
    fill, outline = np.zeros((0, 0), np.uint8), None
    if "word" in values:
        tile = whole_word(values["word"])
        hollow = values["word"].get("hollow", False)
        fill = tile.outline if hollow and tile.outline is not None else tile.fill
        outline = None if hollow else tile.outline
    if "symbol" in values:
        emblem = symbol(*(values["symbol"][name] for name in ("kind", "size", "line", "seed")))
        gap = emblem.shape[1] // 4 if fill.size else 0
        fill = _beside(emblem, fill, gap)
        outline = None if outline is None else _beside(np.zeros_like(emblem), outline, gap)
    return _turned(fill, values["angle"]), None if outline is None else _turned(outline, values["angle"])


def _beside(left: Coverage, right: Coverage, gap: int) -> Coverage:
    height = max(left.shape[0], right.shape[0])
    both = np.zeros((height, left.shape[1] + gap + right.shape[1]), np.uint8)
    for tile, x in ((left, 0), (right, left.shape[1] + gap)):
        top = (height - tile.shape[0]) // 2
        both[top : top + tile.shape[0], x : x + tile.shape[1]] = tile
    return both


def _turned(tile: Coverage, angle: float) -> Coverage:
    if not angle:
        return tile
    return np.asarray(Image.fromarray(tile).rotate(angle, Image.Resampling.BICUBIC, expand=True))


def _lattice(plane: tuple[int, int], tile: tuple[int, ...], values: Mapping[str, Any]) -> list[tuple[int, int]]:
    gaps = values["gaps"]
    if min(gaps) < 0:
        raise InvalidParameterError("gaps between marks of 0 or more", shown(gaps))
    pitch = tile[0] * (1 + gaps[0]) + 4, tile[1] * (1 + gaps[1]) + 4
    return lattice(plane, tile, pitch, {**values, "angle": 0.0})


def _layer(plane: tuple[int, int], tile: Coverage, places: list[tuple[int, int]]) -> Coverage:
    layer = np.zeros(plane, np.uint8)
    for y, x in places:
        top, left = max(y, 0), max(x, 0)
        region = layer[top : max(y + tile.shape[0], 0), left : max(x + tile.shape[1], 0)]
        piece = tile[top - y :, left - x :][: region.shape[0], : region.shape[1]]
        np.maximum(region, piece, out=region)
    return layer


def _paint(plane: tuple[int, int], colors: list[list[int]], angle: float) -> Any:
    """Return the one colour, or a picture that goes over from the first to the second along the mark."""
    if len(colors) == 1:
        return colors[0]
    turn = math.radians(angle)
    y, x = np.mgrid[: plane[0], : plane[1]]
    along = 0.5 + ((x / plane[1] - 0.5) * math.cos(turn) - (y / plane[0] - 0.5) * math.sin(turn)) * 0.9
    share = np.clip(along, 0, 1)[..., None]
    return np.rint((1 - share) * np.asarray(colors[0]) + share * np.asarray(colors[1])).astype(np.uint8)
