"""Strokes: lines through points, as thick as a radius at each of them says, antialiased."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...operation import Coverage

Points: TypeAlias = Sequence[Sequence[float]]
"""Rows of (y, x, radius) in pixels."""


def draw_stroke(layer: Coverage, points: Points) -> None:
    """Cover a stroke through the points in a (Y, X) layer, where it isn't covered more already."""
    for start, end in pairwise(points):
        _segment(layer, np.asarray(start, float), np.asarray(end, float))


def wandering(
    rng: np.random.Generator,
    start: Sequence[float],
    heading: float,
    length: float,
    *,
    curl: float,
    pieces: int = 12,
) -> npt.NDArray[np.float64]:
    """Draw the (y, x) points of a line that turns at random on its way.

    Parameters
    ----------
    rng : numpy.random.Generator
        All randomness comes from it.
    start, heading, length
        Where it begins, in which direction (radians from the x axis towards y), and how long it is in pixels.
    curl : float
        Standard deviation of its turns in radians, all of them together.
    pieces : int
        Straight pieces that it is made of.
    """
    bend = rng.normal(0, curl / pieces)
    headings = heading + np.cumsum(rng.normal(bend, curl / (3 * math.sqrt(pieces)), pieces))
    steps = np.stack([np.sin(headings), np.cos(headings)], 1) * (length / pieces)
    return np.concatenate([[start], np.asarray(start, float) + np.cumsum(steps, 0)])


def with_radius(points: npt.NDArray[np.float64], radius: float, end: float | None = None) -> list[list[float]]:
    """Return (y, x) points as those of a stroke whose radius goes evenly from the first to `end`, as JSON values."""
    radii = np.linspace(radius, radius if end is None else end, len(points))
    return [[round(float(n), 3) for n in (*point, one)] for point, one in zip(points, radii, strict=True)]


def _segment(layer: Coverage, start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> None:
    reach = math.ceil(max(start[2], end[2]) + 1)
    low, high = np.minimum(start, end)[:2], np.maximum(start, end)[:2]
    top, left = (max(math.floor(n) - reach, 0) for n in low)
    region = layer[top : max(math.ceil(high[0]) + reach + 1, 0), left : max(math.ceil(high[1]) + reach + 1, 0)]
    if not region.size:
        return
    y, x = np.ogrid[: region.shape[0], : region.shape[1]]
    y, x = y + (top - start[0]), x + (left - start[1])
    run = end - start
    along = np.clip((y * run[0] + x * run[1]) / max(run[0] ** 2 + run[1] ** 2, 1e-9), 0, 1)
    distance = np.hypot(y - along * run[0], x - along * run[1])
    radius = start[2] + along * run[2]
    thin = np.clip(2 * radius, 0, 1)  # thinner than a pixel: as much fainter
    ink = np.clip(np.maximum(radius, 0.5) + 0.5 - distance, 0, 1) * thin
    np.maximum(region, (255 * ink).astype(np.uint8), out=region)
