"""What critic and generator minimise when they play against each other.

One convention for all objectives: a critic's logits are high for real pictures. The published Wasserstein critic is low
for them; with its output negated the losses below are its own, number for number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..recipes.loss import AdversarialConfig
from . import OBJECTIVES


@dataclass(frozen=True)
class Objective:
    """What the two sides of an adversarial stage minimise.

    Parameters
    ----------
    critic : callable
        Maps logits of real and of generated pictures, float32 (N, K), and the recipe's label smoothing to the critic's
        loss, a mean over all patches.
    generator : callable
        Maps logits of generated pictures to the generator's loss.
    centred : bool
        Whether logits above 0 mean "real": only then can the critic be right or wrong.
    floored : bool
        Whether the generator's loss has a floor: only then do its falls tell a good learning rate from a bad one.
    """

    critic: Callable[[Tensor, Tensor, float], Tensor]
    generator: Callable[[Tensor], Tensor]
    centred: bool = True
    floored: bool = False


def critic_loss(config: AdversarialConfig, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return what the critic minimises, a mean over all patches.

    Parameters
    ----------
    config : AdversarialConfig
        Its objective and label smoothing.
    real_logits, fake_logits : Tensor
        (N, K): the critic on real and on generated pictures, K patches each.
    """
    return OBJECTIVES[config.objective].critic(real_logits.float(), fake_logits.float(), config.label_smoothing)


def opinion_loss(config: AdversarialConfig, fake_logits: Tensor) -> Tensor:
    """Return what the generator minimises of the critic's (N, K) opinion: generated pictures should pass for real."""
    return OBJECTIVES[config.objective].generator(fake_logits.float())


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


def _critic_cross_entropy(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return (_cross_entropy(real, 1 - smoothing) + _cross_entropy(fake, 0.0)) / 2


def _passes_for_real(fake: Tensor) -> Tensor:
    return _cross_entropy(fake, 1.0)


def _critic_hinge(real: Tensor, fake: Tensor, _: float) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def _critic_wasserstein(real: Tensor, fake: Tensor, _: float) -> Tensor:
    return fake.mean() - real.mean()


def _high_score(fake: Tensor) -> Tensor:
    return -fake.mean()


CROSS_ENTROPY = Objective(_critic_cross_entropy, _passes_for_real, floored=True)
"""Mean of the cross-entropies of real as 1 (less the smoothing) and fake as 0, as fastai v1; the generator's is the
non-saturating one, of fake as 1 (Goodfellow et al., 2014)."""
HINGE = Objective(_critic_hinge, _high_score)
"""Real pushed above 1, fake below -1 (Lim and Ye, 2017)."""
WASSERSTEIN = Objective(_critic_wasserstein, _high_score, centred=False)
"""Fake minus real (Arjovsky et al., 2017); clip the critic's weights after the step."""
