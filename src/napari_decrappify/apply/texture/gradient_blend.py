"""Differences laid into a hole so that no rim shows: a screened Poisson equation."""

from __future__ import annotations

import torch
from torch import Tensor

ITERATIONS = 60


def blend(start: Tensor, hole: Tensor, right: Tensor, down: Tensor, base: Tensor, pull: Tensor | float) -> Tensor:
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
    pull : Tensor or float
        Above 0; (H, W), or the same everywhere.

    Returns
    -------
    Tensor
        (C, H, W); outside the hole, exactly the start.
    """
    fill = torch.where(hole, start, 0.0)
    residual = torch.where(hole, _adjoint(right, down) + pull * (base - start) - _laplacian(start), 0.0)
    direction, energy = residual, residual.square().sum((1, 2), keepdim=True)
    for _ in range(ITERATIONS):
        image = torch.where(hole, _laplacian(direction) + pull * direction, 0.0)
        step = energy / (direction * image).sum((1, 2), keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
        fill, residual = fill + step * direction, residual - step * image
        left = residual.square().sum((1, 2), keepdim=True)
        direction = residual + left / energy.clamp(min=torch.finfo(torch.float32).tiny) * direction
        energy = left
    return torch.where(hole, fill, start)


def _laplacian(image: Tensor) -> Tensor:
    """Sum each pixel's differences from its neighbours; there are none beyond the border."""
    return _adjoint(image.diff(dim=2), image.diff(dim=1))


def _adjoint(right: Tensor, down: Tensor) -> Tensor:
    """Return what differences between neighbours add up to at each pixel."""
    total = right.new_zeros(right.shape[0], right.shape[1], down.shape[2])
    total[:, :, :-1] -= right
    total[:, :, 1:] += right
    total[:, :-1] -= down
    total[:, 1:] += down
    return total
