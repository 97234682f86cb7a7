"""What resembles marks and belongs to the scene: signs seen aslant, nets, fences, bars and cables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

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
from .watermark import draw_brand

Floats = npt.NDArray[np.float64]
FINE = 2
"""Lines are drawn this many times larger and then averaged down, for soft edges."""
LIGHT = 0.35
"""By how much light differs at most from the middle of a plane to its border."""
STEPS = 24

FRAMES: dict[str, tuple[float, ...]] = {"bars": (90.0,), "grid": (0.0, 90.0), "net": (45.0, -45.0), "cables": ()}


@dataclass(frozen=True)
class SceneSign(Operation):
    """Put a sign into the scene, seen aslant and lit from a side: lettering, mostly on a board; it marks nothing."""

    size: Annotated[WholeRange, Doc("Height of letters in pixels.", 4, 1000)] = (12, 90)
    slant: Annotated[Range, Doc("How far corners are shifted, as a share of the sign's height.", 0, 1)] = (0.1, 0.6)
    angle: Annotated[Range, Doc("Turned by so many degrees.", -360, 360)] = (-25.0, 25.0)
    board: Annotated[float, Doc("How often it has a board.", 0, 1)] = 0.85
    blur: Annotated[Range, Doc("How far it is out of focus, in pixels.", 0, 100)] = (0.4, 1.5)
    fonts: Annotated[
        tuple[str, ...], Doc("Font files that lettering is drawn from; Pillow's own font if there are none.")
    ] = ()

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw what it says, its colours, place and light."""
        size = draw_int(rng, self.size)
        word = {"text": draw_brand(rng), "font": draw_font(rng, self.fonts), "size": size, "padding": size // 3}
        rows, columns = whole_word(word).fill.shape
        turn, slant = math.radians(draw_float(rng, self.angle)), draw_float(rng, self.slant) * rows
        corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]]) - np.array([columns, rows]) / 2
        turned = corners @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        corners = turned + rng.uniform(-slant, slant, (4, 2)) / 2 + rng.random(2) * (shape[1], shape[0])
        values: Values = {"word": word, "corners": corners.tolist(), "colour": _draw_paint(rng)}
        if rng.random() < self.board:
            values["board"] = _draw_paint(rng)
        return values | _draw_light(rng, self.blur)

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Put the sign there."""
        tile, inked = whole_word(values["word"]), Inked(plane)
        if "board" in values and tile.box is not None:
            _lay(inked, _aslant(tile.box, values["corners"], plane.shape), values["board"], values)
        _lay(inked, _aslant(tile.fill, values["corners"], plane.shape), values["colour"], values)
        return inked.plane, None


@dataclass(frozen=True)
class SceneLines(Operation):
    """Put a net, a grid, bars or cables into the scene, seen aslant and lit from a side; they mark nothing."""

    pitch: Annotated[Range, Doc("Pixels from line to line.", 2, 1000)] = (8.0, 70.0)
    width: Annotated[Range, Doc("Width of a line as a share of the pitch.", 0.01, 1)] = (0.05, 0.3)
    blur: Annotated[Range, Doc("How far they are out of focus, in pixels.", 0, 100)] = (0.3, 1.2)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the kind, colour and light, and the seed of its course."""
        pitch = draw_float(rng, self.pitch)
        values = {
            "kind": list(FRAMES)[int(rng.integers(len(FRAMES)))],
            "pitch": pitch,
            "width": max(draw_float(rng, self.width) * pitch, 1.0),
            "colour": [int(c) for c in np.clip(int(rng.integers(0, 256)) + rng.integers(-25, 26, 3), 0, 255)],
            "seed": draw_seed(rng),
        }
        return values | _draw_light(rng, self.blur)

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Put the lines there."""
        if values["pitch"] < 1:
            raise InvalidParameterError("lines that stand at least a pixel apart", shown(values["pitch"]))
        rng, inked, size = np.random.default_rng(values["seed"]), Inked(plane), (plane.shape[0], plane.shape[1])
        tile = Image.new("L", (size[1] * FINE, size[0] * FINE))
        pen, width = ImageDraw.Draw(tile), max(round(values["width"] * FINE), 1)
        for line in _cables(size, rng) if values["kind"] == "cables" else _frame(values, size, rng):
            pen.line([(FINE * x, FINE * y) for x, y in line], 255, width, "curve")
        _lay(inked, np.asarray(tile.reduce(FINE)), values["colour"], values)
        return inked.plane, None


def _draw_paint(rng: np.random.Generator) -> list[int]:
    return draw_plain_color(rng, 0.5) if rng.random() < 0.5 else draw_color(rng)


def _draw_light(rng: np.random.Generator, blur: Range) -> Values:
    return {"light": rng.uniform(-LIGHT, LIGHT, 2).tolist(), "blur": draw_float(rng, blur)}


def _lay(inked: Inked, covered: Coverage, color: Sequence[int], values: Mapping[str, Any]) -> None:
    """Blend a colour that light makes brighter towards one side."""
    height, width = covered.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 1 + values["light"][0] * y + values["light"][1] * x
    ink = np.clip(np.asarray(color) * light[..., None], 0, 255).astype(np.uint8)
    soft = smooth(covered.astype(np.float32), values["blur"])
    inked.stamp(np.rint(soft).astype(np.uint8), 0, 0, ink)


def _aslant(tile: Coverage, corners: Sequence[Sequence[float]], shape: Shape) -> Coverage:
    """Return a tile with its corners, from the top left clockwise, at these (x, y) of a plane."""
    height, width = tile.shape
    flat = ((0, 0), (width, 0), (width, height), (0, height))
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    way = np.linalg.lstsq(np.array(rows), np.array(flat, float).ravel(), rcond=None)[0]
    size = (shape[1], shape[0])
    turned = Image.fromarray(tile).transform(size, Image.Transform.PERSPECTIVE, way.tolist(), Image.Resampling.BILINEAR)
    return np.asarray(turned)


def _frame(values: Mapping[str, Any], size: tuple[int, int], rng: np.random.Generator) -> list[Floats]:
    """Return parallel lines, in each direction of the kind, as (x, y) points of a plane seen in perspective."""
    reach, turn, tilt = math.hypot(*size), rng.uniform(-0.5, 0.5), rng.uniform(-0.35, 0.35, 2)
    sag, along = rng.uniform(0, 0.08), np.linspace(-reach, reach, STEPS)
    lines = []
    for degrees in FRAMES[values["kind"]]:
        angle = math.radians(degrees) + turn
        for offset in np.arange(-reach, reach, values["pitch"]):
            bent = offset + sag * values["pitch"] * np.cos(along / values["pitch"])
            x, y = along * math.cos(angle) - bent * math.sin(angle), along * math.sin(angle) + bent * math.cos(angle)
            depth = np.clip(1 + (tilt[0] * x + tilt[1] * y) / reach, 0.3, None)
            lines.append(np.stack([x / depth + size[1] / 2, y / depth + size[0] / 2], 1))
    return lines


def _cables(size: tuple[int, int], rng: np.random.Generator) -> list[Floats]:
    """Return a few lines across a plane that sag."""
    share, lines = np.linspace(0, 1, STEPS), []
    for _ in range(int(rng.integers(1, 6))):
        ends, sag = rng.uniform(-0.2, 1.2, 2) * size[0], rng.uniform(-0.05, 0.4) * size[0]
        y = ends[0] + (ends[1] - ends[0]) * share + sag * 4 * share * (1 - share)
        lines.append(np.stack([share * size[1], y], 1))
    return [line[:, ::-1] if rng.random() < 0.3 else line for line in lines]
