"""A smooth fill of what isn't known in a window."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from ...nets.push_pull import GREY, push_pull
from ..engine.blending import Pixels
from ..engine.tiling import round_up
from ..masks import Mask

LEVELS = 5


def smoothly_filled(pixels: Pixels, unknown: Mask) -> Pixels:
    """Return (Y, X, C) pixels whose unknown ones are filled by a push-pull pyramid; far from any, with their mean."""
    if unknown.all():
        return np.zeros_like(pixels)
    height, width = unknown.shape
    cell = 2**LEVELS
    padding = (0, round_up(width, cell) - width, 0, round_up(height, cell) - height)
    mean = pixels[~unknown].mean(0)
    image = torch.from_numpy(np.ascontiguousarray((pixels - mean + np.float32(GREY)).transpose(2, 0, 1)))[None]
    hole = torch.from_numpy(unknown)[None, None]
    filled = push_pull(F.pad(image, padding), F.pad(hole, padding, value=True), LEVELS)
    inside = filled[0, :, :height, :width].permute(1, 2, 0).numpy()
    return np.where(unknown[..., None], inside + (mean - np.float32(GREY)), pixels)
