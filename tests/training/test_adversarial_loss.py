"""Critic and generator minimise what is published, with high logits for real pictures."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from napari_decrappify.training.losses.adversarial_loss import (
    accuracy,
    clip_weights,
    critic_loss,
    opinion_loss,
)
from napari_decrappify.training.recipes.loss import AdversarialConfig

REAL = torch.tensor([[2.0, -1.0], [0.5, 3.0]])
FAKE = torch.tensor([[-2.0, 0.25], [1.5, -0.5]])


def cross_entropy(logits: torch.Tensor, label: float) -> float:
    """By its definition, patch by patch."""
    chances = [1 / (1 + math.exp(-logit)) for logit in logits.flatten().tolist()]
    return sum(-label * math.log(p) - (1 - label) * math.log(1 - p) for p in chances) / len(chances)


def test_cross_entropy_asks_every_patch() -> None:
    config = AdversarialConfig()
    expected = (cross_entropy(REAL, 1) + cross_entropy(FAKE, 0)) / 2
    assert critic_loss(config, REAL, FAKE).item() == pytest.approx(expected, rel=1e-6)
    assert opinion_loss(config, FAKE).item() == pytest.approx(cross_entropy(FAKE, 1), rel=1e-6)


def test_labels_are_smoothed_for_the_critic_and_real_pictures_only() -> None:
    config = AdversarialConfig(label_smoothing=0.1)
    expected = (cross_entropy(REAL, 0.9) + cross_entropy(FAKE, 0)) / 2
    assert critic_loss(config, REAL, FAKE).item() == pytest.approx(expected, rel=1e-6)
    assert opinion_loss(config, FAKE).item() == pytest.approx(cross_entropy(FAKE, 1), rel=1e-6)


def test_hinge_has_margins_of_one() -> None:
    config = AdversarialConfig(objective="hinge")
    expected = (0 + 2 + 0.5 + 0) / 4 + (0 + 1.25 + 2.5 + 0.5) / 4
    assert critic_loss(config, REAL, FAKE).item() == pytest.approx(expected)
    assert opinion_loss(config, FAKE).item() == pytest.approx(-FAKE.mean().item())


def test_wasserstein_is_the_published_one_with_the_critic_negated() -> None:
    config = AdversarialConfig(objective="wasserstein")
    low_for_real, low_for_fake = -REAL, -FAKE
    published_critic = low_for_real.mean() - low_for_fake.mean()
    assert critic_loss(config, REAL, FAKE).item() == pytest.approx(published_critic.item())
    assert opinion_loss(config, FAKE).item() == pytest.approx(low_for_fake.mean().item())


@pytest.mark.parametrize("objective", ["bce", "hinge", "wasserstein"])
def test_high_is_real_for_every_objective(objective: str) -> None:
    config = AdversarialConfig.model_validate({"objective": objective})
    real, fake = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    critic_loss(config, real, fake).backward()
    assert (real.grad < 0).all()  # descending raises the logits of real pictures
    assert (fake.grad > 0).all()
    fake.grad = None
    opinion_loss(config, fake).backward()
    assert (fake.grad < 0).all()


def test_low_precision_logits_are_judged_in_full() -> None:
    loss = critic_loss(AdversarialConfig(), REAL.bfloat16(), FAKE.bfloat16())
    assert loss.dtype == torch.float32


def test_accuracy_is_the_share_of_patches_on_the_right_side() -> None:
    assert accuracy(REAL, real=True) == 0.75
    assert accuracy(FAKE, real=False) == 0.5
    assert accuracy(torch.zeros(1, 4), real=True) == 0  # undecided isn't real: the probability must exceed 1/2
    assert accuracy(torch.zeros(1, 4), real=False) == 1


def test_clipped_weights_stay_within_the_limit() -> None:
    critic = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    before = [p.detach().clone() for p in critic.parameters()]
    clip_weights(critic, 0)
    assert all(torch.equal(p, old) for p, old in zip(critic.parameters(), before, strict=True))
    clip_weights(critic, 0.01)
    for parameter, old in zip(critic.parameters(), before, strict=True):
        torch.testing.assert_close(parameter.detach(), old.clamp(-0.01, 0.01))
