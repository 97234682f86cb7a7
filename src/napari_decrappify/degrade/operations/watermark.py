"""The watermark of a stock photo: a brand, translucent, at an angle, tiled over the whole picture."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

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
    draw_float,
    draw_int,
)
from .ink import Inked
from .lettering import draw_font, extent, whole_word
from .shapes import SHAPES, draw_plain_color, logo


@dataclass(frozen=True)
class TiledWatermark(Operation):
    """Repeat a random brand over the picture, in near white or near black.

    Parameters
    ----------
    size : (low, high)
        Font size in pixels.
    angle : (low, high)
        Degrees, of the lettering and of the lattice it stands in.
    opacity : (low, high)
        1 covers.
    gap_along, gap_across : (low, high)
        Room between repetitions, by the word's width along the line and by its height from line to line.
    white : float
        How often the ink is near white.
    outlined, hollow, logo : float
        How often the letters have a contrasting outline, are nothing but outline, and stand beside a logo.
    fonts : tuple of str
        Font files to draw from; none is Pillow's default font.
    """

    size: Annotated[WholeRange, Doc("Font size in pixels.", 1, 1000)] = (14, 52)
    angle: Annotated[Range, Doc("Degrees, of the lettering and of the lattice it stands in.", -360, 360)] = (
        -45.0,
        45.0,
    )
    opacity: Annotated[Range, Doc("How much it covers; 1 covers all.", 0, 1)] = (0.3, 0.7)
    gap_along: Annotated[Range, Doc("Room between repetitions along a line, by the word's width.", 0, 100)] = (
        0.15,
        1.2,
    )
    gap_across: Annotated[Range, Doc("Room between lines, by the word's height.", 0, 100)] = (0.5, 4.0)
    white: Annotated[float, Doc("How often the ink is near white; near black otherwise.", 0, 1)] = 0.75
    outlined: Annotated[float, Doc("How often the letters have a contrasting outline.", 0, 1)] = 0.2
    hollow: Annotated[float, Doc("How often the letters are nothing but outline.", 0, 1)] = 0.15
    logo: Annotated[float, Doc("How often a logo stands beside the word.", 0, 1)] = 0.3
    fonts: Annotated[
        tuple[str, ...], Doc("Font files that lettering is drawn from; Pillow's own font if there are none.")
    ] = ()

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the brand, its look and its lattice."""
        size = draw_int(rng, self.size)
        color = draw_plain_color(rng, self.white)
        values: Values = {
            "text": draw_brand(rng),
            "font": draw_font(rng, self.fonts),
            "size": size,
            "angle": draw_float(rng, self.angle) if rng.random() < 0.8 else 0.0,
            "opacity": draw_float(rng, self.opacity),
            "colour": color,
            "gaps": [draw_float(rng, self.gap_across), draw_float(rng, self.gap_along)],
            "phase": [float(p) for p in rng.random(2)],
            "stagger": 0.5 if rng.random() < 0.5 else 0.0,
        }
        values["hollow"] = bool(rng.random() < self.hollow)
        if values["hollow"] or rng.random() < self.outlined:
            values["stroke"] = draw_int(rng, (1, 1 + size // 24))
            values["stroke_colour"] = color if values["hollow"] else [255 - c for c in color]
        if rng.random() < self.logo:
            values["logo"] = SHAPES[int(rng.integers(len(SHAPES)))]
            values["line"] = draw_int(rng, (0, 1 + size // 12))
        return values

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Tile the lettering, its outline and its logo."""
        inked = Inked(plane)
        tile, pitch = whole_word(values), _pitch(values)
        spots = lattice((plane.shape[0], plane.shape[1]), tile.fill.shape, pitch, values)
        if tile.outline is not None:
            _ink(inked, tile.outline, spots, values["stroke_colour"], values["opacity"])
        if not values["hollow"]:
            _ink(inked, tile.fill, spots, values["colour"], values["opacity"])
        if "logo" in values:
            mark = logo(values["logo"], round(1.2 * values["size"]), values["line"], 0.0)
            beside = lattice((plane.shape[0], plane.shape[1]), mark.shape, pitch, values, along=-0.5)
            _ink(inked, mark, beside, values["colour"], values["opacity"])
        return inked.plane, inked.coverage


def draw_brand(rng: np.random.Generator) -> str:
    """Draw a name such as watermarks bear: KXQTRA, Bohrun 2381, wpomva.com."""
    letters = "".join(string.ascii_lowercase[i] for i in rng.integers(26, size=int(rng.integers(4, 12))))
    name = (letters, letters.upper(), letters.capitalize())[int(rng.integers(3))]
    ending = ("", "", f" {rng.integers(10_000)}", ".com", " " + name[:5], " photo")[int(rng.integers(6))]
    return name + ending


def lattice(
    shape: tuple[int, int],
    tile: tuple[int, ...],
    pitch: tuple[float, float],
    values: Mapping[str, Any],
    along: float = 0.0,
) -> list[tuple[int, int]]:
    """Return the top left corners (y, x) of every tile that touches a plane.

    Parameters
    ----------
    shape, tile : tuple of int
        Height and width of the plane and of a tile.
    pitch : tuple of float
        From line to line and from tile to tile, in pixels.
    values : dict
        Its `angle`, `phase` and `stagger` (by how much of a pitch every other line is set off).
    along : float
        Shifts the tiles along their line, by the pitch.
    """
    turn = math.radians(values["angle"])
    across = np.array([math.cos(turn), math.sin(turn)]) * pitch[0]
    onward = np.array([-math.sin(turn), math.cos(turn)]) * pitch[1]
    reach = np.array(tile[:2]) / 2
    borders = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) * (np.array(shape) / 2 + reach) + np.array(shape) / 2
    cells = borders @ np.linalg.inv(np.stack([across, onward]))
    low, high = np.floor(cells.min(0)).astype(int) - 2, np.ceil(cells.max(0)).astype(int) + 2
    line, place = (a.ravel() for a in np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1])
    place = place + along + values["stagger"] * (line % 2)
    steps = np.stack([line, place], axis=1) + values["phase"]
    corners = np.floor(steps @ np.stack([across, onward]) - reach).astype(int)
    seen = ((corners > -np.array(tile[:2])) & (corners < np.array(shape))).all(axis=1)
    return [(int(y), int(x)) for y, x in corners[seen]]


def _pitch(values: Mapping[str, Any]) -> tuple[float, float]:
    _, _, width, height = extent(values)
    if min(values["gaps"]) < 0:
        raise InvalidParameterError("gaps between marks of 0 or more", shown(values["gaps"]))
    room = 1.6 * values["size"] if "logo" in values else 0.0
    return height * (1 + values["gaps"][0]) + 4, (width + room) * (1 + values["gaps"][1]) + 4


def _ink(inked: Inked, tile: Coverage, spots: list[tuple[int, int]], color: list[int], opacity: float) -> None:
    layer = np.zeros(inked.coverage.shape, np.uint8)
    for y, x in spots:
        top, left = max(y, 0), max(x, 0)
        region = layer[top : y + tile.shape[0], left : x + tile.shape[1]]
        piece = tile[top - y :, left - x :][: region.shape[0], : region.shape[1]]
        np.maximum(region, piece, out=region)
    inked.stamp(layer, 0, 0, color, opacity)
