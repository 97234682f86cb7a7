"""Drawn electron micrograph: cells side by side with dark membranes, mitochondria with cristae, vesicles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..degrade.pictures import smooth

Field = npt.NDArray[Any]

SIDE = 1024
CELLS, MITOCHONDRIA, VESICLES = 42, 24, 260
MEMBRANE, INSIDE, FLUID = 0.22, 0.62, 0.78


def tissue(seed: int) -> npt.NDArray[np.uint8]:
    """Draw a section (Y, X) of tissue as a transmission electron microscope shows it, without any noise.

    Parameters
    ----------
    seed : int
        Everything follows from it.
    """
    rng = np.random.default_rng(seed)
    y, x = _bent_grid(rng)
    nearest, second, cell = _nearest_two(rng, y, x)
    tone = INSIDE + 0.10 * (rng.random(CELLS)[cell] - 0.5) + 0.04 * _cloud(rng, 1.5) + 0.03 * _cloud(rng, 20.0)
    for _ in range(MITOCHONDRIA):
        _mitochondrion(rng, tone)
    for _ in range(VESICLES):
        _vesicle(rng, tone)
    away = _from_border(second - nearest)
    tone = np.where(away < 2.0, FLUID, tone)  # the gap between two membranes
    tone -= (INSIDE - MEMBRANE) * np.exp(-(((away - 4.2) / 1.8) ** 2))
    section: npt.NDArray[np.uint8] = np.rint(np.clip(smooth(tone.astype(np.float32), 1.0), 0, 1) * 255).astype(np.uint8)
    return section


def _bent_grid(rng: np.random.Generator) -> tuple[Field, Field]:
    """Return the rows and columns of all pixels, moved about smoothly: borders that follow them aren't straight."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    return y + 22 * _cloud(rng, 34.0), x + 22 * _cloud(rng, 34.0)


def _nearest_two(rng: np.random.Generator, y: Field, x: Field) -> tuple[Field, Field, Field]:
    """Return each pixel's distance to the nearest centre of a cell and to the second one, and which cell it is in."""
    nearest, second = np.full((2, SIDE, SIDE), np.inf, np.float32)
    cell = np.zeros((SIDE, SIDE), int)
    for number, (down, across) in enumerate(rng.uniform(-60, SIDE + 60, (CELLS, 2)).astype(np.float32)):
        far = np.hypot(y - down, x - across)
        second = np.minimum(second, np.maximum(nearest, far))
        cell[far < nearest] = number
        nearest = np.minimum(nearest, far)
    return nearest, second, cell


def _from_border(difference: Field) -> Field:
    """Return the distance in pixels from where a smooth field is 0."""
    slope = np.hypot(*np.gradient(difference))
    distance: Field = difference / np.maximum(slope, 0.3)
    return distance


def _cloud(rng: np.random.Generator, size: float) -> Field:
    """Return smooth noise of standard deviation 1; drawn coarsely where it is smooth."""
    step = max(int(size // 3), 1)
    coarse = smooth(rng.standard_normal((SIDE // step + 2,) * 2).astype(np.float32), size / step)
    at = np.arange(SIDE) / step
    rows = np.stack([np.interp(at, np.arange(coarse.shape[0]), column) for column in coarse.T], axis=1)
    fine = np.stack([np.interp(at, np.arange(coarse.shape[1]), row) for row in rows])
    cloud: Field = (fine / fine.std()).astype(np.float32)
    return cloud


def _mitochondrion(rng: np.random.Generator, tone: Field) -> None:
    """Draw a dark oval with a double membrane and cristae across it."""
    long, wide, turn = rng.uniform(28, 60), rng.uniform(13, 20), rng.uniform(0, np.pi)
    window, y, x = _window(rng, tone, 66)
    along, aside = np.cos(turn) * y + np.sin(turn) * x, np.cos(turn) * x - np.sin(turn) * y
    away = np.hypot(along / long, aside / wide)
    cristae = 0.5 + 0.5 * np.cos(along * rng.uniform(0.75, 0.95) + 0.8 * np.sin(aside * 0.2))
    inner = 0.42 - 0.16 * cristae * (away < 0.86)
    body = np.where(np.abs(away - 0.97) < 1.6 / wide, MEMBRANE, inner)
    tone[window] = np.where(away < 1.06, body, tone[window])


def _vesicle(rng: np.random.Generator, tone: Field) -> None:
    """Draw a small ring, light or dark inside."""
    window, y, x = _window(rng, tone, 14)
    away, radius = np.hypot(y, x), rng.uniform(5, 9)
    filling = rng.choice([0.72, 0.45], p=[0.75, 0.25])
    ring = np.exp(-(((away - radius) / 1.5) ** 2))
    tone[window] = np.where(away < radius, filling, tone[window]) * (1 - ring) + 0.28 * ring


def _window(rng: np.random.Generator, tone: Field, reach: int) -> tuple[tuple[slice, slice], Field, Field]:
    """Return a square somewhere on a picture, and the distances of its pixels from its middle along Y and X."""
    top, left = (int(n) for n in rng.integers(0, SIDE - 2 * reach, 2))
    y, x = np.mgrid[-reach:reach, -reach:reach].astype(np.float32)
    return (slice(top, top + 2 * reach), slice(left, left + 2 * reach)), y, x
