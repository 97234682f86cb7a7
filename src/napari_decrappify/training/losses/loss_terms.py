"""Parts of the generator's loss beside pixels and features; each has a weight of its name in a recipe."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...degrade.operations.tone import LUMA
from ...nets import Repaired
from ...nets.chroma import chroma_of, in_classes
from ..recipes.loss import LossConfig
from .pixel_losses import PixelLoss

LEVEL_SIDE = 32
DARKEST_LEVEL = 0.02


@dataclass(frozen=True)
class LossInputs:
    """What a part of the loss is computed from.

    Parameters
    ----------
    output : Repaired
        What the generator gave.
    target, mask, coverage : Tensor
        (N, 3, Y, X) clean images in [0, 1]; (N, 1, y, x) true damage, 0 or 1, and how much of each pixel is covered.
    pixel, error : PixelLoss, Tensor
        The recipe's distance between pixels, and what it makes of output and target, element by element.
    config : LossConfig
        Weights and settings.
    """

    output: Repaired
    target: Tensor
    mask: Tensor
    coverage: Tensor
    pixel: PixelLoss
    error: Tensor
    config: LossConfig

    @property
    def difference(self) -> Tensor:
        """Output minus target, (N, 3, Y, X) float32."""
        return self.output.image.float() - self.target


LossTerm: TypeAlias = Callable[[LossInputs], Tensor | None]
"""A part of the loss, without its weight; None where this generator has nothing that it could be computed from."""


def luma(inputs: LossInputs) -> Tensor:
    """Return the distance between luma values."""
    brightness = (inputs.difference * _luma_weights(inputs.target.device)).sum(1)
    return inputs.pixel.reduce(inputs.pixel.error(brightness))


def level(inputs: LossInputs) -> Tensor:
    """Return the mean squared relative error of local means.

    It is relative to the net's own, which follow from the input alone: relative to the target's, small values would
    weigh more, and the net would learn to give too little.
    """
    image, target = inputs.output.image.float(), inputs.target
    side = min(LEVEL_SIDE, *target.shape[-2:])
    own = F.avg_pool2d(image.detach(), side).clamp_min(DARKEST_LEVEL)
    return (F.avg_pool2d(image - target, side) / own).square().mean()


def damage(inputs: LossInputs) -> Tensor:
    """Return the errors inside the damage mask, as a mean over the whole image."""
    mask, size = inputs.mask, inputs.target.shape[-2:]
    enlarged = mask if mask.shape[-2:] == size else F.interpolate(mask, size, mode="nearest")
    return (inputs.error * enlarged).mean()


def mask(inputs: LossInputs) -> Tensor | None:
    """Return the cross-entropy of the mask head."""
    if inputs.output.mask is None:
        return None
    positive = inputs.target.new_tensor(inputs.config.mask_positive)
    return F.binary_cross_entropy_with_logits(inputs.output.mask.float(), inputs.mask, pos_weight=positive)


def coverage(inputs: LossInputs) -> Tensor | None:
    """Return the cross-entropy of the mask head with the coverage, and twice its mean absolute error.

    The entropy finds marks; the error, which doesn't forgive a blurred answer as much, makes rims sharp.
    """
    if inputs.output.mask is None:
        return None
    logits = inputs.output.mask.float()
    entropy = F.binary_cross_entropy_with_logits(logits, inputs.coverage)
    return entropy + 2 * (torch.sigmoid(logits) - inputs.coverage).abs().mean()


def colors(inputs: LossInputs) -> Tensor | None:
    """Return the cross-entropy of colour classes, from nets that choose among them."""
    if inputs.output.classes is None:
        return None
    return color_loss(inputs.output.classes, inputs.target, inputs.config.vivid)


def color_loss(classes: Tensor, target: Tensor, vivid: float) -> Tensor:
    """Return the mean cross-entropy of classes of colours, in which vivid colours weigh more.

    Parameters
    ----------
    classes : Tensor
        (N, CLASSES, y, x) logits.
    target : Tensor
        (N, 3, Y, X) clean images in [0, 1], at least as large.
    vivid : float
        A colour at distance d from grey in Cb and Cr weighs 1 + vivid * d: most of every photo is nearly grey, and a
        net that is to be right on average colours nothing (Zhang et al., 2016, weigh by rarity).
    """
    y, x = classes.shape[-2:]
    chroma = F.adaptive_avg_pool2d(chroma_of(target), (y, x))
    numbers, shares = in_classes(chroma)
    surprise = -(classes.float().log_softmax(1).gather(1, numbers) * shares).sum(1)
    weight = 1 + vivid * chroma.square().sum(1).sqrt()
    return (surprise * weight).sum() / weight.sum()


@functools.cache
def _luma_weights(device: torch.device) -> Tensor:
    return torch.from_numpy(LUMA).to(device).view(1, 3, 1, 1)
