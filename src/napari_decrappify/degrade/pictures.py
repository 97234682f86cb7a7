"""Planes as Pillow images: 8 bits directly, float channel by channel at full precision."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from PIL import Image

from ..errors import InvalidParameterError
from ..type_checks import shown
from .operation import Plane

WIDEST = 100

Filter: TypeAlias = Literal["nearest", "box", "bilinear", "bicubic"]
FILTERS: dict[str, Image.Resampling] = {name: Image.Resampling[name.upper()] for name in get_args(Filter)}


def resample(plane: Plane, size: tuple[int, int], kind: str) -> Plane:
    """Resize a plane to `size` = (Y, X) with Pillow's antialiased filter."""
    target, how = (size[1], size[0]), FILTERS[kind]
    if plane.dtype == np.uint8:
        return np.asarray(Image.fromarray(plane).resize(target, how))
    if plane.ndim == 2:
        return np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(target, how))
    channels = [np.ascontiguousarray(plane[..., c]) for c in range(plane.shape[2])]
    return np.stack([np.asarray(Image.fromarray(c).resize(target, how)) for c in channels], axis=-1)


def as_bytes(plane: Plane) -> Plane:
    """Return the plane in 8 bits, for what is 8-bit by nature; unit values outside [0, 1] are clipped."""
    if plane.dtype == np.uint8:
        return plane
    levels: Plane = np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8)
    return levels


def like(changed: Plane, plane: Plane) -> Plane:
    """Return 8-bit values `changed` in the dtype and range of `plane`."""
    return changed if plane.dtype == np.uint8 else changed.astype(np.float32) / 255


def as_unit(plane: Plane) -> Plane:
    """Return the plane as float32 in the unit range, not shared with it."""
    return plane.astype(np.float32) / np.float32(255) if plane.dtype == np.uint8 else plane.astype(np.float32)


def saturated(unit: Plane, plane: Plane) -> Plane:
    """Return unit values in the dtype of `plane`, saturating at black and white or at the plane's own extremes."""
    if plane.dtype == np.uint8:
        return as_bytes(unit)
    return np.clip(unit, min(0.0, float(plane.min())), max(1.0, float(plane.max()))).astype(np.float32)


def smooth(unit: Plane, sigma: float) -> Plane:
    """Gaussian blur of a float plane, its border pixels continued outwards."""
    if not 0 <= sigma <= WIDEST:
        raise InvalidParameterError(f"a blur of 0 to {WIDEST} pixels", shown(sigma))
    radius = int(4 * sigma + 0.5)
    if radius == 0:
        return unit
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        margin = [(radius, radius) if a == axis else (0, 0) for a in range(unit.ndim)]
        padded, length = np.pad(unit, margin, mode="edge"), unit.shape[axis]
        blurred = np.zeros_like(unit)
        for start, weight in enumerate(weights):
            blurred += weight * padded[(slice(None),) * axis + (slice(start, start + length),)]
        unit = blurred
    return unit
