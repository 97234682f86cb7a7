"""How long texture would take and how much memory, from the windows in which it is looked for and a short timing."""

from __future__ import annotations

import functools
import math
import time
from typing import NamedTuple

import numpy as np
import torch

from ..masks import Mask, distinct
from .holes import holes_in, margin_around
from .synthesis import SPAN, synthesize

SIDES = (72, 144, 288)  # of the windows that are timed, each only if the one before was quick
QUICK = 0.1  # seconds
PIXEL_BYTES = 1200
"""Of memory for each pixel of a window, as measured."""
LARGEST = (SPAN + 2 * margin_around((SPAN, SPAN))) ** 2


class Forecast(NamedTuple):
    """What texture in all holes of an image takes: seconds, and bytes."""

    seconds: float
    memory: int


def forecast(mask: Mask, device: str) -> Forecast:
    """Return what texture takes in the holes of a (..., Y, X) mask on a device.

    Both follow the windows of the holes. The first call for a device and so much work times small windows.
    """
    planes = distinct(mask)
    areas = [hole.window.area for plane in np.ndindex(planes.shape[:-2]) for hole in holes_in(planes[plane])]
    if not areas:
        return Forecast(0.0, 0)
    work = sum(areas) * math.prod(mask.shape[:-2]) // math.prod(planes.shape[:-2])
    side = max((side for side in SIDES if 4 * side**2 <= work), default=SIDES[0])
    return Forecast(work * _seconds_per_pixel(device, side), PIXEL_BYTES * min(max(areas), LARGEST))


@functools.cache
def _seconds_per_pixel(device: str, largest: int) -> float:
    _timed(device, SIDES[0])  # prepares what later runs use
    for side in (side for side in SIDES if side <= largest):
        seconds = _timed(device, side)
        if seconds > QUICK:
            break
    return seconds / side**2


def _timed(device: str, side: int) -> float:
    """Fill a hole of a third of a window's side in noise."""
    image = torch.rand((3, side, side), generator=torch.Generator().manual_seed(0)).to(device)
    hole = torch.zeros((side, side), dtype=torch.bool, device=device)
    hole[side // 3 : 2 * side // 3, side // 3 : 2 * side // 3] = True
    started = time.perf_counter()
    synthesize(image, hole, image, generator=torch.Generator().manual_seed(0)).cpu()
    return time.perf_counter() - started
