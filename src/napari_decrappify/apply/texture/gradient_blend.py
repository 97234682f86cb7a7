"""Differences laid into a hole so that no rim shows: a screened Poisson equation."""

from __future__ import annotations

import torch
from torch import Tensor

ITERATIONS = 60


def blend(start: Tensor, hole: Tensor, right: Tensor, down: Tensor, base: Tensor, pull: float) -> Tensor:
    """Fill a hole with the wanted differences between neighbours (Perez et al., 2003), near a base (Bhat et al., 2008).

    The squared errors of the differences and `pull` times those to the base are least. Pixels around the hole are
    neighbours too, and stay.

    Parameters
    ----------
    start : Tensor
        (C, H, W) float32: the picture, with a first guess in the hole.
    hole : Tensor
        (H, W) bool.
    right, down : Tensor
        (C, H, W - 1) and (C, H - 1, W): each pixel's difference to the next.
    base : Tensor
        (C, H, W): what the fill is like at scales over 1 / sqrt(pull) pixels.
    pull : float
        Above 0.

    Returns
    -------
    Tensor
        (C, H, W); outside the hole, exactly the start.
    """
    pixels = torch.nonzero(hole.flatten())[:, 0]
    missing = _divergence(right - start.diff(dim=2), down - start.diff(dim=1)) + pull * (base - start)
    change = _solved(missing.flatten(1)[:, pixels].T.contiguous(), hole, pixels, pull)
    return start.flatten(1).index_add(1, pixels, change.T).reshape(start.shape)


def _solved(missing: Tensor, hole: Tensor, pixels: Tensor, pull: float) -> Tensor:
    """Return the change of the hole's pixels, (M, C), that makes up for what is missing, by conjugate gradients."""
    tiny = torch.finfo(torch.float32).tiny
    neighbours, degree = _neighbours(hole, pixels)
    change, residual, nothing = torch.zeros_like(missing), missing, torch.zeros_like(missing[:1])
    direction, energy = residual, residual.square().sum(0)
    for _ in range(ITERATIONS):
        padded, image = torch.cat([direction, nothing]), (degree + pull) * direction
        for neighbour in neighbours:
            image -= padded.index_select(0, neighbour)
        step = energy / (direction * image).sum(0).clamp(min=tiny)
        change, residual = change + step * direction, residual - step * image
        left = residual.square().sum(0)
        direction = residual + left / energy.clamp(min=tiny) * direction
        energy = left
    return change


def _neighbours(hole: Tensor, pixels: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return which of the hole's pixels are beside each, or their number where none is; and how many pixels are."""
    height, width = hole.shape
    rank = torch.full((height + 2, width + 2), -1, device=hole.device)  # -1 beyond the border
    rank[1:-1, 1:-1] = len(pixels)
    y, x = pixels // width + 1, pixels % width + 1
    rank[y, x] = torch.arange(len(pixels), device=hole.device)
    beside = [rank[y + down, x + right] for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    degree = torch.stack([one >= 0 for one in beside]).sum(0)[:, None]
    return [torch.where(one < 0, len(pixels), one) for one in beside], degree


def _divergence(right: Tensor, down: Tensor) -> Tensor:
    """Return what differences between neighbours add up to at each pixel."""
    total = right.new_zeros(right.shape[0], right.shape[1], down.shape[2])
    total[:, :, :-1] -= right
    total[:, :, 1:] += right
    total[:, :-1] -= down
    total[:, 1:] += down
    return total
