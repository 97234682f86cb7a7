"""Drawn fluorescence: nuclei with mottled chromatin and bright spots, out of focus above and below their plane."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..degrade.pictures import smooth

Field: TypeAlias = npt.NDArray[Any]

SHAPE = (12, 256, 256)
NUCLEI, MOST_SPOTS, REACH = 26, 5, 34
BACKGROUND, BRIGHTEST = 300.0, 12_000.0
DEEPER = 5.0  # times as deep as wide is a voxel


def cells(seed: int) -> npt.NDArray[np.uint16]:
    """Draw a stack (Z, Y, X) of stained nuclei, without any noise.

    Parameters
    ----------
    seed : int
        Places, sizes, texture and brightness follow from it.
    """
    rng = np.random.default_rng(seed)
    light = np.zeros(SHAPE, np.float32)
    for _ in range(NUCLEI):
        _add_nucleus(rng, light)
    blurred = np.stack([smooth(plane, 1.2) for plane in light])
    haze = smooth(light.mean(axis=0), 12.0)
    return np.rint(BACKGROUND + BRIGHTEST * np.clip(blurred + 0.15 * haze, 0, 4)).astype(np.uint16)


def _add_nucleus(rng: np.random.Generator, light: Field) -> None:
    """Draw one nucleus: an ellipsoid with soft borders, mottled, with spots; where two meet the brighter one shows."""
    centre = rng.uniform((1, 10, 10), np.subtract(SHAPE, (1, 10, 10)))
    radii, turn = rng.uniform((13, 13, 11), (22, 24, 17)), rng.uniform(0, np.pi)
    window = (slice(None), *(slice(max(int(at) - REACH, 0), int(at) + REACH) for at in centre[1:]))
    z, y, x = (grid - at for grid, at in zip(_places(window), centre, strict=True))
    along, aside = np.cos(turn) * y + np.sin(turn) * x, np.cos(turn) * x - np.sin(turn) * y
    away = np.sqrt((z * DEEPER / radii[0]) ** 2 + (along / radii[1]) ** 2 + (aside / radii[2]) ** 2)
    body = rng.uniform(0.25, 0.7) / (1 + np.exp((away - 1) * 14))
    texture = _chromatin(rng, y.shape[1], x.shape[2])
    for _ in range(int(rng.integers(1, MOST_SPOTS))):
        place = rng.uniform(-0.5, 0.5, 3) * radii / (DEEPER, 1, 1)
        far = ((z - place[0]) * 2.5) ** 2 + (y - place[1]) ** 2 + (x - place[2]) ** 2
        texture = texture + rng.uniform(1, 2.5) * np.exp(-far / (2 * rng.uniform(1.2, 2.0) ** 2))
    np.maximum(light[window], body * texture, out=light[window], casting="same_kind")


def _places(window: tuple[slice, ...]) -> tuple[Field, ...]:
    """Return the coordinates of a window's voxels along Z, Y and X, to be broadcast."""
    return np.ix_(*(np.arange(size, dtype=np.float32)[part] for size, part in zip(SHAPE, window, strict=True)))


def _chromatin(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return a mottled factor around 1 for each pixel, the same in all planes."""
    mottled = smooth(rng.standard_normal((height, width)).astype(np.float32), 2.5)
    factor: Field = np.clip(1 + 0.35 * mottled / mottled.std(), 0.3, None)
    return factor
