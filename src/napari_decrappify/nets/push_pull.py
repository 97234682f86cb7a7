"""Holes filled by a push-pull pyramid: averages of what is known, from finer to coarser and back."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

GREY = 0.5
RINGS = (1, 2, 4, 8, 16)
"""How far the coarsest cells look for a known one where nobody says otherwise."""


def push_pull(image: Tensor, hole: Tensor, levels: int, rings: tuple[int, ...] = RINGS) -> Tensor:
    """Fill holes with smooth colours (Gortler et al., 1996).

    Parameters
    ----------
    image : Tensor
        (N, C, Y, X) float32, sides multiples of ``2**levels``; what is in the holes doesn't matter.
    hole : Tensor
        (N, 1, Y, X) bool.
    levels : int
        Halvings of the grid. Beyond them, cells without anything known look at growing distances on the coarsest
        grid, so that a fill depends on nothing further away than `push_pull_reach`; what is deeper in a hole
        becomes grey.
    rings : tuple of int
        Those distances, in cells, one step after the other.

    Returns
    -------
    Tensor
        (N, C, Y, X); outside the holes, exactly the image.
    """
    known = (~hole).to(image.dtype)
    return torch.where(hole, _filled(torch.where(hole, 0.0, image), known, levels, rings), image)


def push_pull_reach(levels: int, rings: tuple[int, ...] = RINGS) -> int:
    """Return how many pixels away a filled pixel looks, at most, if the image is cut at multiples of ``2**levels``."""
    cell: int = 2**levels
    return (cell - 1) + 2 * (cell - 1) + sum(rings) * cell


def _filled(values: Tensor, known: Tensor, levels: int, rings: tuple[int, ...]) -> Tensor:
    """Fill the unknown cells, whose values are zero."""
    if levels == 0:
        return _from_around(values, known, rings)
    share = F.avg_pool2d(known, 2)
    coarse = F.avg_pool2d(values, 2) / share.clamp(min=0.25)
    below = _filled(coarse, (share > 0).to(values.dtype), levels - 1, rings)
    smooth = F.interpolate(below, scale_factor=2, mode="bilinear", align_corners=False)
    return torch.where(known > 0, values, smooth)


def _from_around(values: Tensor, known: Tensor, rings: tuple[int, ...]) -> Tensor:
    """Do the same on one grid: average over neighbours that are further and further apart."""
    if not rings:
        return torch.where(known > 0, values, GREY)
    share = _neighbours(known, rings[0])
    wide = _neighbours(values, rings[0]) / share.clamp(min=torch.finfo(values.dtype).eps)
    around = _from_around(wide, (share > 0).to(values.dtype), rings[1:])
    return torch.where(known > 0, values, around)


def _neighbours(x: Tensor, distance: int) -> Tensor:
    """Sum the 3 x 3 neighbours at a distance, nearer ones counting more; zeros outside."""
    taps = torch.tensor([1.0, 2.0, 1.0], dtype=x.dtype, device=x.device) / 4
    for axis, padding in (((1, 1, 3, 1), (distance, 0)), ((1, 1, 1, 3), (0, distance))):
        kernel = taps.reshape(axis).expand(x.shape[1], 1, -1, -1)
        x = F.conv2d(x, kernel, padding=padding, dilation=distance, groups=x.shape[1])
    return x
