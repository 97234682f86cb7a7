"""Symbols of marks: blocks of a code, drawings of one line, and the plain shapes of logos."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ..operation import Coverage
from .ink import check_tile
from .shapes import FINE, SHAPES, logo

Floats = npt.NDArray[np.float64]
FINDER = (7, 5, 3)
"""Sides of the nested squares in three corners of a code, in blocks: dark, light, dark."""
WAVES = 5
"""Waves that a drawing's radius is the sum of."""
POINTS = 240

SYMBOLS = (*SHAPES, "code", "drawing", "spiral", "rays")


@functools.lru_cache(maxsize=64)
def symbol(kind: str, size: int, line: int, seed: int) -> Coverage:
    """Return the coverage of a symbol in a square tile of `size` pixels.

    Parameters
    ----------
    kind : str
        One of `SYMBOLS`.
    size, line : int
        Pixels across, and of the pen; a pen of 0 fills shapes, and other symbols take one of 1.
    seed : int
        Of what is random in it.
    """
    check_tile(size * FINE, size * FINE)
    if kind in SHAPES:
        return logo(kind, size, line, 0.0)
    rng = np.random.default_rng(seed)
    return _code(size, rng) if kind == "code" else _drawn(kind, size, max(line, 1), rng)


def _code(size: int, rng: np.random.Generator) -> Coverage:
    """Draw a square of dark and light blocks, with nested squares in three corners, as a QR code has."""
    count = int(rng.integers(17, 34))
    blocks = rng.random((count, count)) < 0.5
    for top, left in ((0, 0), (0, count - FINDER[0]), (count - FINDER[0], 0)):
        for inset, side in enumerate(FINDER):
            blocks[top + inset : top + inset + side, left + inset : left + inset + side] = inset % 2 == 0
    tile = Image.fromarray(blocks.astype(np.uint8) * 255)
    whole = max(size // count, 1) * count * FINE  # blocks of whole pixels, then resized with soft rims
    return np.asarray(tile.resize((whole, whole), Image.Resampling.NEAREST).resize((size, size), Image.Resampling.BOX))


def _drawn(kind: str, size: int, line: int, rng: np.random.Generator) -> Coverage:
    fine = size * FINE
    tile = Image.new("L", (fine, fine))
    pen, reach = ImageDraw.Draw(tile), (fine - line * FINE) / 2
    for path in _paths(kind, rng):
        pen.line([(fine / 2 + reach * x, fine / 2 + reach * y) for x, y in path], 255, line * FINE, "curve")
    return np.asarray(tile.reduce(FINE))


def _paths(kind: str, rng: np.random.Generator) -> list[list[tuple[float, float]]]:
    """Return lines through points in [-1, 1]."""
    turns = np.linspace(0, 2 * math.pi, POINTS)
    if kind == "spiral":
        rounds = rng.uniform(2, 6)
        return [_polar(turns / (2 * math.pi), rounds * turns)]
    if kind == "rays":
        count = int(rng.integers(3, 16))
        return [
            _polar(np.array([rng.uniform(0.1, 0.5), 1.0]), np.full(2, 2 * math.pi * n / count)) for n in range(count)
        ]
    return [_closed(turns, scale, rng) for scale in (1.0, 0.6, 0.3)[: int(rng.integers(1, 4))]]


def _closed(turns: Floats, scale: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return a closed line whose distance from the middle waves."""
    waves = np.arange(1, WAVES + 1)[:, None]
    heights, phases = rng.normal(0, 0.5, (WAVES, 1)) / waves**0.5, rng.uniform(0, 2 * math.pi, (WAVES, 1))
    radius = 1 + np.tanh((heights * np.cos(waves * turns + phases)).sum(0))
    return _polar(scale * radius / radius.max(), turns)


def _polar(radius: Floats, turns: Floats) -> list[tuple[float, float]]:
    return list(zip((radius * np.cos(turns)).tolist(), (radius * np.sin(turns)).tolist(), strict=True))
