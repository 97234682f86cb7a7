"""The alpha channel: enlarged, and kept from showing what it hides."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812

from .engine.blending import Pixels
from .engine.tiling import Box
from .source import Key, Source

REACH = 4
STEPS = (1, 3, 9)
"""Opaque colours bleed by windows of 3, 9 and 27 pixels: each pixel takes them from the smallest that has any."""

BLEEDING = sum(STEPS)
"""How far that is, in pixels."""

NOTHING = 0.5  # the colour of what is further away


def read_visible(source: Source, plane: Key, box: Box) -> Pixels:
    """Read a piece of a plane for a net, with opaque colours bled outwards under transparent pixels.

    What a file hides under transparency is often black or noise, which would show in edges. The piece is as
    `Source.read` gives it where the image is opaque, and depends on the nearest `BLEEDING` pixels only: tiles agree.
    """
    if not source.layout.alpha:
        return source.read(plane, box)
    wide = box.grown(BLEEDING, source.layout.yx)
    alpha = source.array[plane][wide.slices][..., 3]
    if (alpha > 0).all():
        return source.read(plane, box)
    return bled(source.read(plane, wide), alpha)[box.seen_from(wide).slices]


def bled(pixels: Pixels, alpha: npt.NDArray[Any]) -> Pixels:
    """Return (Y, X, 3) pixels with the mean of opaque colours nearby, weighted by their alpha, where alpha is 0."""
    opaque = (alpha > 0) & np.isfinite(pixels).all(-1)
    weight = np.where(opaque, alpha, 0).astype(np.float32)
    weight /= weight.max(initial=1)
    colors = np.where(opaque[..., None], pixels, 0)
    near = np.dstack([colors * weight[..., None], weight])
    filled, known = np.where(opaque[..., None], pixels, np.float32(NOTHING)), opaque
    for step in STEPS if not known.all() and known.any() else ():
        near = _with_neighbours(_with_neighbours(near, step, 0), step, 1)
        reached = ~known & (near[..., 3] > 0)
        filled[reached] = near[reached, :3] / near[reached, 3:]
        known = known | reached
    return filled


def _with_neighbours(layers: Pixels, step: int, axis: int) -> Pixels:
    """Add to each pixel the two that lie so far before and after it."""
    along = np.moveaxis(layers, axis, 0)
    sums = along.copy()
    sums[step:] += along[:-step]
    sums[:-step] += along[step:]
    return np.moveaxis(sums, 0, axis)


def enlarged_alpha(alpha: npt.NDArray[Any], box: Box, scale: int) -> npt.NDArray[Any]:
    """Return a piece of a (Y, X) alpha channel enlarged by bicubic interpolation, in its own dtype.

    What interpolation overshoots is cut to the values of the pixels around, so that opaque stays opaque and nothing
    but the neighbourhood matters.
    """
    if scale == 1:
        return alpha[box.slices]
    y, x = alpha.shape
    read = box.grown(REACH, (y, x))
    values = np.ascontiguousarray(alpha[read.slices].astype(np.float64))
    fine = _bicubic(torch.from_numpy(values)[None, None], scale)[0, 0].numpy()
    fine = fine[box.seen_from(read).scaled(scale).slices]
    return (np.rint(fine) if alpha.dtype.kind in "ui" else fine).astype(alpha.dtype)


def _bicubic(values: torch.Tensor, scale: int) -> torch.Tensor:
    fine = F.interpolate(values, scale_factor=scale, mode="bicubic", align_corners=False)
    least, most = (sign * F.max_pool2d(sign * values, 3, 1, 1) for sign in (-1, 1))
    low, high = (F.interpolate(bound, scale_factor=scale, mode="nearest") for bound in (least, most))
    return fine.clamp(low, high)
