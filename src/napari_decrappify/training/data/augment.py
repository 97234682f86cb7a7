"""Augmentation: one geometric change of a patch, in a single resampling, and one change of its light.

What is drawn follows fastai 1 (`get_transforms`): rotation, zoom and perspective warp, each with one probability;
brightness and contrast, each with another, on the logits of the pixels. Both sides of a given pair take the same draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...degrade.operations.tone import LUMA
from ...degrade.pictures import as_unit, saturated
from ..recipes.data import AugmentConfig
from .patches import Place, piece
from .picture_source import Pictures, Plane

Floats: TypeAlias = npt.NDArray[np.float64]
CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])
LEAST = 1e-6


@dataclass(frozen=True)
class Change:
    """What was drawn for one patch.

    Parameters
    ----------
    matrix : (3, 3) ndarray or None
        The homography from the patch's (x, y) to the picture's, both from -1 to 1 over the place; None moves nothing.
    brightness : float
        Added to the logits of the pixels.
    contrast : float
        Factor of the logits after that.
    """

    matrix: Floats | None = None
    brightness: float = 0.0
    contrast: float = 1.0


def draw_change(config: AugmentConfig, rng: np.random.Generator) -> Change:
    """Draw a change; what the configuration turns off draws no number."""
    parts: list[Floats] = []
    if config.zoom > 1 and rng.random() < config.affine_probability:
        parts.append(_zoom(rng.uniform(1, config.zoom), rng.uniform(-1, 1, 2)))
    if config.rotate and rng.random() < config.affine_probability:
        parts.append(_rotation(math.radians(rng.uniform(-config.rotate, config.rotate))))
    if config.warp and rng.random() < config.affine_probability:
        parts.append(_warp(rng.uniform(-config.warp, config.warp, 4)))
    matrix = reduce(lambda inner, outer: outer @ inner, parts) if parts else None
    brightness, contrast = 0.0, 1.0
    if config.lighting and rng.random() < config.lighting_probability:
        share = 0.5 * (1 + rng.uniform(-config.lighting, config.lighting))
        brightness = math.log(share / (1 - share))
    if config.lighting and rng.random() < config.lighting_probability:
        contrast = (1 - config.lighting) ** rng.uniform(-1, 1)
    return Change(matrix, brightness, contrast)


def fitted_centre(matrix: Floats, place: Place, shape: tuple[int, int]) -> tuple[float, float]:
    """Return the (y, x) centre of a place, shifted so that all that the matrix takes lies in the picture, if it can."""
    reach = _mapped(matrix, CORNERS)[:, ::-1] * (place.side / 2)
    lowest, highest = -reach.min(0), np.array(shape) - reach.max(0)
    centre = np.array([place.y, place.x]) + place.side / 2
    inside = np.clip(centre, lowest, np.maximum(lowest, highest))
    y, x = np.where(lowest <= highest, inside, (lowest + highest) / 2)
    return float(y), float(x)


def moved(matrix: Floats, pictures: Pictures, index: int, centre: tuple[float, float], side: int) -> Plane:
    """Return a patch as the matrix takes it from a picture, by Catmull-Rom interpolation.

    Parameters
    ----------
    matrix : (3, 3) ndarray
        See `Change`.
    pictures : Pictures
        Where to read; what lies outside a picture is its reflection.
    index : int
        Of the picture.
    centre : (float, float)
        What the middle of the matrix' square is, (y, x) in pixels from the picture's corner: see `fitted_centre`.
    side : int
        Of the patch, in pixels, which is also the side of the matrix' square.
    """
    grid = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.moveaxis(_mapped(matrix, np.stack(np.meshgrid(grid, grid), -1)) * (side / 2), -1, 0)
    y, x = y + (centre[0] - 0.5), x + (centre[1] - 0.5)
    top, left = math.floor(y.min()) - 1, math.floor(x.min()) - 1
    height, width = math.floor(y.max()) - top + 3, math.floor(x.max()) - left + 3
    return _interpolated(piece(pictures, index, top, left, height, width), y - top, x - left)


def lit(patch: Plane, change: Change) -> Plane:
    """Return the patch in the change's light."""
    if (change.brightness, change.contrast) == (0.0, 1.0):
        return patch
    if patch.dtype == np.uint8:
        levels = _relit(np.arange(256, dtype=np.float32) / 255, change)
        table: Plane = np.rint(levels * 255).astype(np.uint8)
        return table[patch]
    return _relit(patch, change)


def _zoom(scale: float, towards: Floats) -> Floats:
    """Enlarge, and look anywhere in the square."""
    x, y = towards * (1 - 1 / scale)
    return np.array([[1 / scale, 0, x], [0, 1 / scale, y], [0, 0, 1]])


def _rotation(angle: float) -> Floats:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def _warp(stretch: Floats) -> Floats:
    """Stretch the upper, lower, left and right edge of the square symmetrically, each by its own share."""
    upper, lower, left, right = stretch
    ends = CORNERS * [[1 + upper, 1 + left], [1 + upper, 1 + right], [1 + lower, 1 + left], [1 + lower, 1 + right]]
    rows, values = [], []
    for (x, y), (u, v) in zip(CORNERS, ends, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(values)), 1).reshape(3, 3)


def _mapped(matrix: Floats, points: Floats) -> Floats:
    """Map (..., 2) points (x, y)."""
    ends = points @ matrix[:, :2].T + matrix[:, 2]
    return ends[..., :2] / ends[..., 2:]


def _interpolated(source: Plane, y: Floats, x: Floats) -> Plane:
    """Return the values at fractional places of a plane, clipped to what its kind of pixel can hold."""
    pixels = source.reshape(-1, source.shape[-1]).astype(np.float32)
    rows, columns = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    across = _weights(x - columns)
    result = np.zeros((*y.shape, source.shape[-1]), np.float32)
    for down, weight in enumerate(_weights(y - rows)):
        first = (rows + (down - 1)) * source.shape[1] + columns - 1
        for right, other in enumerate(across):
            near = pixels.take(first + right, axis=0, mode="clip")  # nothing is clipped: without a check it is faster
            near *= (weight * other)[..., None]
            result += near
    most = 255 if source.dtype == np.uint8 else 1
    np.clip(result, 0, most, out=result)
    return np.rint(result).astype(np.uint8) if most == 255 else result


def _weights(t: Floats) -> list[npt.NDArray[np.float32]]:
    """Return the weights of the four pixels around a place `t` beyond the second (Keys, 1981, a = -1/2)."""
    cubics = (
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    return [cubic.astype(np.float32) for cubic in cubics]


def decoloured(patch: Plane) -> Plane:
    """Return a (Y, X, 3) patch with its luma in all three channels."""
    grey = as_unit(patch) @ LUMA
    return saturated(np.repeat(grey[..., None], 3, axis=-1), patch)


def _relit(unit: Plane, change: Change) -> Plane:
    inner = np.clip(unit, LEAST, 1 - LEAST)
    logits = (np.log(inner / (1 - inner)) + change.brightness) * change.contrast
    changed: Plane = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return changed
