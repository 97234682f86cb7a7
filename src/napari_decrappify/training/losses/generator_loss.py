"""The generator's loss: a weighted sum of named parts."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...degrade.operations.tone import LUMA
from ...nets import Repaired
from ...nets.backbones.backbones import PixelUnits
from ..recipes.loss import LossConfig
from .color_loss import color_loss
from .feature_loss import FeatureLoss

Parts: TypeAlias = dict[str, Tensor]
CHARBONNIER_EPSILON = 1e-3
PSNR_EPSILON = 1e-8
LEVEL_SIDE = 32
DARKEST_LEVEL = 0.02


class GeneratorLoss:
    """What a generator minimises in a stage.

    Parameters
    ----------
    config : LossConfig
        Which parts, and their weights; what weighs nothing isn't computed.
    device : torch.device
        Where output and target are.
    precision : torch.dtype
        That the features are computed in; the sums are float32.

    Attributes
    ----------
    feature : FeatureLoss or None
        The feature part; its `origin` says whose features they are.
    """

    def __init__(self, config: LossConfig, device: torch.device, precision: torch.dtype = torch.float32) -> None:
        self._config = config
        self._luma = torch.from_numpy(LUMA).to(device).view(1, 3, 1, 1)
        self._unit = PixelUnits().std.to(device)
        self.feature = None if config.feature is None else FeatureLoss(config.feature, device, precision)

    def __call__(
        self, output: Repaired, target: Tensor, mask: Tensor, rng: torch.Generator | None = None
    ) -> tuple[Tensor, Parts]:
        """Return the loss to minimise and its parts, unweighted (but ``feat_0`` ... and ``gram_0`` ... as published).

        Parameters
        ----------
        output : Repaired
            The generator's image and, from nets that find the damage, mask logits.
        target : Tensor
            (N, 3, Y, X) clean images in [0, 1].
        mask : Tensor
            (N, 1, y, x) true damage, 0 or 1, at the input's size; an upscaler's is enlarged to the image.
        rng : torch.Generator, optional
            Says how pictures are shifted before their features are compared.
        """
        config = self._config
        difference = output.image.float() - target
        error = self._distance(difference / self._unit if config.units == "imagenet" else difference)
        parts: Parts = {"pixel": self._mean(error)}
        loss = parts["pixel"]
        if config.luma:
            parts["luma"] = self._mean(self._distance((difference * self._luma).sum(1)))
            loss = loss + config.luma * parts["luma"]
        if config.level:
            parts["level"] = _level_error(output.image.float(), target)
            loss = loss + config.level * parts["level"]
        if config.damage:
            parts["damage"] = (error * _enlarged(mask, target)).mean()
            loss = loss + config.damage * parts["damage"]
        if config.mask and output.mask is not None:
            positive = target.new_tensor(config.mask_positive)
            parts["mask"] = F.binary_cross_entropy_with_logits(output.mask.float(), mask, pos_weight=positive)
            loss = loss + config.mask * parts["mask"]
        if config.colors and output.classes is not None:
            parts["colors"] = color_loss(output.classes, target, config.vivid)
            loss = loss + config.colors * parts["colors"]
        if self.feature is not None:
            features = self.feature(output.image, target, rng)
            loss = loss + sum(features.values())
            parts |= features
        return loss, parts

    def _distance(self, difference: Tensor) -> Tensor:
        return distance(self._config.pixel, difference)

    def _mean(self, error: Tensor) -> Tensor:
        """Return the mean of elements; for "psnr" the mean over images of what their PSNR lacks to 0, in dB."""
        if self._config.pixel != "psnr":
            return error.mean()
        return 10 * torch.log10(error.flatten(1).mean(1) + PSNR_EPSILON).mean()


def distance(kind: str, difference: Tensor) -> Tensor:
    """Return the distance of each element: absolute, squared, or Charbonnier's smooth absolute (Lai et al., 2017).

    For "psnr" it is squared too: the logarithm comes after the mean over an image.
    """
    if kind == "l1":
        return difference.abs()
    if kind in ("mse", "psnr"):
        return difference.square()
    return torch.sqrt(difference.square() + CHARBONNIER_EPSILON**2)


def _level_error(image: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared relative error of local means.

    It is relative to the net's own, which follow from the input alone: relative to the target's, small values would
    weigh more, and the net would learn to give too little.
    """
    side = min(LEVEL_SIDE, *target.shape[-2:])
    level = F.avg_pool2d(image.detach(), side).clamp_min(DARKEST_LEVEL)
    return (F.avg_pool2d(image - target, side) / level).square().mean()


def _enlarged(mask: Tensor, target: Tensor) -> Tensor:
    return mask if mask.shape[-2:] == target.shape[-2:] else F.interpolate(mask, target.shape[-2:], mode="nearest")


def origins_of(loss: GeneratorLoss) -> list[str]:
    """Say whose features a loss compares, and where their weights came from; nothing if it compares none."""
    return [] if loss.feature is None else [f"features of the loss: {loss.feature.origin}"]
