"""Distances between pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

CHARBONNIER_EPSILON = 1e-3
PSNR_EPSILON = 1e-8


def mean(error: Tensor) -> Tensor:
    """Return the mean of all elements."""
    return error.mean()


@dataclass(frozen=True)
class PixelLoss:
    """A distance between pixels.

    Parameters
    ----------
    error : callable
        Maps the difference of output and target, (N, ...) float32, to the error of each element.
    reduce : callable
        Maps errors to the loss, a scalar.
    """

    error: Callable[[Tensor], Tensor]
    reduce: Callable[[Tensor], Tensor] = mean


def charbonnier(difference: Tensor) -> Tensor:
    """Return smooth absolute values (Lai et al., 2017)."""
    return torch.sqrt(difference.square() + CHARBONNIER_EPSILON**2)


def decibels(error: Tensor) -> Tensor:
    """Return the mean over images of what their PSNR lacks to 0, in dB, from squared errors."""
    return 10 * torch.log10(error.flatten(1).mean(1) + PSNR_EPSILON).mean()


L1 = PixelLoss(torch.abs)
MSE = PixelLoss(torch.square)
CHARBONNIER = PixelLoss(charbonnier)
PSNR = PixelLoss(torch.square, decibels)
