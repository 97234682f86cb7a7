"""The generator's loss: a weighted sum of named parts."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..nets import Repaired
from .recipe import LossConfig

Parts: TypeAlias = dict[str, Tensor]
LUMA = (0.299, 0.587, 0.114)
CHARBONNIER_EPSILON = 1e-3


def generator_loss(config: LossConfig, output: Repaired, target: Tensor, mask: Tensor) -> tuple[Tensor, Parts]:
    """Return the loss to minimise and its parts, unweighted.

    Parameters
    ----------
    config : LossConfig
        Which parts, and their weights.
    output : Repaired
        The generator's image and, from nets that find the damage, mask logits.
    target : Tensor
        (N, 3, Y, X) clean images in [0, 1].
    mask : Tensor
        (N, 1, y, x) true damage, 0 or 1, at the input's size.
    """
    error = distance(config.pixel, output.image - target)
    parts: Parts = {"pixel": error.mean()}
    loss = parts["pixel"]
    if config.luma:
        weights = target.new_tensor(LUMA).view(1, 3, 1, 1)
        parts["luma"] = distance(config.pixel, ((output.image - target) * weights).sum(1)).mean()
        loss = loss + config.luma * parts["luma"]
    if config.damage:
        parts["damage"] = (error * mask).mean()
        loss = loss + config.damage * parts["damage"]
    if config.mask and output.mask is not None:
        positive = target.new_tensor(config.mask_positive)
        parts["mask"] = F.binary_cross_entropy_with_logits(output.mask, mask, pos_weight=positive)
        loss = loss + config.mask * parts["mask"]
    return loss, parts


def distance(kind: str, difference: Tensor) -> Tensor:
    """Return the distance of each element: absolute, squared, or Charbonnier's smooth absolute (Lai et al., 2017)."""
    if kind == "l1":
        return difference.abs()
    if kind == "mse":
        return difference.square()
    return torch.sqrt(difference.square() + CHARBONNIER_EPSILON**2)
