"""The generator's loss: a weighted sum of named parts."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor

from ...nets import Repaired
from ...nets.backbones.backbones import PixelUnits
from ..recipes.loss import LossConfig
from . import PIXEL_LOSSES, WeightOf
from .feature_loss import FeatureLoss
from .loss_terms import LossInputs, LossTerm

Parts: TypeAlias = dict[str, Tensor]


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
        self._config, self._pixel, self._terms = config, PIXEL_LOSSES[config.pixel], weighted_terms(config)
        self._unit = PixelUnits().std.to(device)
        self.feature = None if config.feature is None else FeatureLoss(config.feature, device, precision)

    def __call__(
        self,
        output: Repaired,
        target: Tensor,
        mask: Tensor,
        rng: torch.Generator | None = None,
        coverage: Tensor | None = None,
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
        coverage : Tensor, optional
            (N, 1, y, x): how much of each pixel is damaged, in [0, 1]; `mask` says all of it if this isn't given.
        """
        covered = mask if coverage is None else coverage
        difference = output.image.float() - target
        error = self._pixel.error(difference / self._unit if self._config.units == "imagenet" else difference)
        if self._config.hidden:
            error = _of_hidden(error, mask)
        inputs = LossInputs(output, target, mask, covered, self._pixel, error, self._config)
        loss = self._pixel.reduce(error)
        parts: Parts = {"pixel": loss}
        for name, (weight, term) in self._terms.items():
            if (part := term(inputs)) is not None:
                parts[name] = part
                loss = loss + weight * part
        if self.feature is not None:
            features = self.feature(output.image, target, rng)
            loss = loss + sum(features.values())
            parts |= features
        return loss, parts


def _of_hidden(error: Tensor, mask: Tensor) -> Tensor:
    """Return errors that are nothing outside the mask, and whose mean over each picture is that inside of it."""
    share = mask.flatten(1).mean(1).clamp_min(1 / mask[0].numel())
    return error * (mask / share.view(-1, 1, 1, 1))


def weighted_terms(config: LossConfig) -> dict[str, tuple[float, LossTerm]]:
    """Return the parts that a configuration gives a weight, by the names of those settings, in their order."""
    marks = ((name, mark) for name, info in LossConfig.model_fields.items() for mark in info.metadata)
    weights = {name: mark for name, mark in marks if isinstance(mark, WeightOf) and getattr(config, name)}
    return {name: (getattr(config, name), mark.load()) for name, mark in weights.items()}


def origins_of(loss: GeneratorLoss) -> list[str]:
    """Say whose features a loss compares, and where their weights came from; nothing if it compares none."""
    return [] if loss.feature is None else [f"features of the loss: {loss.feature.origin}"]
