"""What critic and generator minimise when they play against each other.

One convention for all objectives: a critic's logits are high for real pictures. The published Wasserstein critic is low
for them; with its output negated the losses below are its own, number for number.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..recipes.loss import AdversarialConfig


def critic_loss(config: AdversarialConfig, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return what the critic minimises, a mean over all patches.

    Parameters
    ----------
    config : AdversarialConfig
        ``bce``: mean of the cross-entropies of real as 1 (less `label_smoothing`) and fake as 0, as fastai v1.
        ``hinge``: real pushed above 1, fake below -1 (Lim and Ye, 2017). ``wasserstein``: fake minus real
        (Arjovsky et al., 2017); clip the weights after the step.
    real_logits, fake_logits : Tensor
        (N, K): the critic on real and on generated pictures, K patches each.
    """
    real, fake = real_logits.float(), fake_logits.float()
    if config.objective == "bce":
        return (_cross_entropy(real, 1 - config.label_smoothing) + _cross_entropy(fake, 0.0)) / 2
    if config.objective == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    return fake.mean() - real.mean()


def opinion_loss(config: AdversarialConfig, fake_logits: Tensor) -> Tensor:
    """Return what the generator minimises of the critic's (N, K) opinion: generated pictures should pass for real.

    For ``bce`` that is the non-saturating loss, the cross-entropy of fake as 1 (Goodfellow et al., 2014).
    """
    fake = fake_logits.float()
    return _cross_entropy(fake, 1.0) if config.objective == "bce" else -fake.mean()


def accuracy(logits: Tensor, real: bool) -> float:
    """Return the share of patches that the critic takes for what they are."""
    right = logits > 0 if real else logits <= 0
    return right.float().mean().item()


@torch.no_grad()
def clip_weights(critic: nn.Module, limit: float) -> None:
    """Keep every weight of a Wasserstein critic in +- `limit`; 0 leaves them."""
    if limit:
        for parameter in critic.parameters():
            parameter.clamp_(-limit, limit)


def _cross_entropy(logits: Tensor, label: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))
