"""The generator's loss is the weighted sum of its parts."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from napari_decrappify.nets import Repaired
from napari_decrappify.training.losses import PIXEL_LOSSES
from napari_decrappify.training.losses.generator_loss import GeneratorLoss, Parts
from napari_decrappify.training.recipes.loss import LossConfig

CPU = torch.device("cpu")
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
SMALL = {"extractor": "mobilenet_v2", "weights_from": "none"}


def images(*shape: int) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    return torch.rand(*shape, generator=rng), torch.rand(*shape, generator=rng)


def loss_of(
    config: dict[str, Any],
    output: Tensor,
    target: Tensor,
    mask: Tensor,
    found: Tensor | None = None,
    coverage: Tensor | None = None,
) -> Parts:
    """The parts, and the loss itself as "loss"."""
    compute, repaired = GeneratorLoss(LossConfig.model_validate(config), CPU), Repaired(output, found)
    loss, parts = compute(repaired, target, mask, coverage=coverage)
    return {"loss": loss, **parts}


def test_a_perfect_output_costs_nothing() -> None:
    target, _ = images(2, 3, 32, 32)
    parts = loss_of({"luma": 1, "damage": 5, "feature": SMALL}, target, target, torch.ones(2, 1, 32, 32))
    assert parts["loss"].item() == 0
    features = {f"{kind}_{layer}" for kind in ("feat", "gram") for layer in range(3)}
    assert set(parts) == {"loss", "pixel", "luma", "damage", *features}


def test_what_weighs_nothing_is_not_computed() -> None:
    output, target = images(1, 3, 8, 8)
    parts = loss_of({}, output, target, torch.ones(1, 1, 8, 8), found=torch.zeros(1, 1, 8, 8))
    assert set(parts) == {"loss", "pixel"}
    assert parts["loss"].item() == pytest.approx((output - target).abs().mean().item())


def test_the_loss_is_the_weighted_sum() -> None:
    output, target = images(2, 3, 32, 32)
    mask, logits = target[:, :1].round(), output[:, :1]
    weights = {"luma": 0.5, "damage": 4.0, "mask": 0.1}
    parts = loss_of({"pixel": "mse", "feature": SMALL, **weights}, output, target, mask, logits)
    loss = parts.pop("loss").item()
    assert loss == pytest.approx(sum(weights.get(name, 1.0) * part.item() for name, part in parts.items()), rel=1e-5)


def test_damaged_pixels_weigh_more() -> None:
    target = torch.zeros(1, 3, 2, 2)
    wrong = target.clone()
    wrong[..., 0, 0] = 1
    inside, outside = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    inside[..., 0, 0], outside[..., 1, 1] = 1, 1
    assert loss_of({"damage": 4}, wrong, target, inside)["loss"].item() == pytest.approx(0.25 * 5)
    assert loss_of({"damage": 4}, wrong, target, outside)["loss"].item() == pytest.approx(0.25)


def test_the_mask_of_an_upscaler_is_enlarged() -> None:
    target, wrong = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    wrong[..., :2, 2:] = 1
    mask = torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]])
    assert loss_of({"damage": 1}, wrong, target, mask)["damage"].item() == pytest.approx(0.25)


def test_the_mask_head_is_taught_by_cross_entropy() -> None:
    target, mask = torch.zeros(1, 3, 2, 2), torch.ones(1, 1, 2, 2)
    assert loss_of({"mask": 2}, target, target, mask, mask * 20)["loss"].item() < 1e-6
    assert loss_of({"mask": 2}, target, target, mask, mask * -20)["loss"].item() == pytest.approx(40, rel=1e-3)


def test_coverage_is_taught_by_its_cross_entropy_and_twice_its_mean_error() -> None:
    target, mask = torch.zeros(1, 3, 2, 2), torch.ones(1, 1, 2, 2)
    half = torch.full((1, 1, 2, 2), 0.5)
    right = loss_of({"coverage": 3}, target, target, mask, torch.zeros(1, 1, 2, 2), half)
    assert right["coverage"].item() == pytest.approx(math.log(2))
    assert right["loss"].item() == pytest.approx(3 * math.log(2))
    logit = math.log(0.9 / 0.1)
    wrong = loss_of({"coverage": 1}, target, target, mask, torch.full((1, 1, 2, 2), logit), half)
    entropy = -0.5 * (math.log(0.9) + math.log(0.1))
    assert wrong["loss"].item() == pytest.approx(entropy + 2 * 0.4, rel=1e-5)


def test_a_net_without_a_mask_head_has_no_coverage_to_learn() -> None:
    target = torch.zeros(1, 3, 2, 2)
    assert set(loss_of({"coverage": 1}, target, target, target[:, :1])) == {"loss", "pixel"}


@pytest.mark.parametrize(("pixel", "power"), [("l1", 1), ("mse", 2)])
def test_imagenet_units_divide_each_channel(pixel: str, power: int) -> None:
    output, target = images(2, 3, 8, 8)
    mask = target[:, :1].round()
    parts = loss_of({"pixel": pixel, "units": "imagenet", "damage": 1, "luma": 1}, output, target, mask)
    error = ((output - target) / STD).abs() ** power
    assert parts["pixel"].item() == pytest.approx(error.mean().item(), rel=1e-5)
    assert parts["damage"].item() == pytest.approx((error * mask).mean().item(), rel=1e-5)
    luma = ((output - target) * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1)
    assert parts["luma"].item() == pytest.approx((luma.abs() ** power).mean().item(), rel=1e-5)  # always in [0, 1]


def test_low_precision_outputs_are_judged_in_full() -> None:
    output, target = images(1, 3, 8, 8)
    mask = torch.ones(1, 1, 8, 8)
    parts = loss_of({"mask": 1, "luma": 1}, output.bfloat16(), target, mask, mask.bfloat16())
    assert {part.dtype for part in parts.values()} == {torch.float32}


def test_the_feature_loss_reaches_the_generator() -> None:
    output, target = images(1, 3, 32, 32)
    plain, featured = output.clone().requires_grad_(), output.clone().requires_grad_()
    mask = torch.zeros(1, 1, 32, 32)
    loss_of({}, plain, target, mask)["loss"].backward()
    loss_of({"feature": SMALL}, featured, target, mask)["loss"].backward()
    assert torch.isfinite(featured.grad).all()
    assert (featured.grad - plain.grad).abs().max() > 1e-4


@pytest.mark.parametrize(("kind", "of_two"), [("l1", 2.0), ("mse", 4.0), ("charbonnier", 2.0)])
def test_pixel_distances(kind: str, of_two: float) -> None:
    assert PIXEL_LOSSES[kind].error(torch.tensor(-2.0)).item() == pytest.approx(of_two, abs=1e-5)


def test_psnr_counts_every_picture_by_its_decibels() -> None:
    target = torch.rand(2, 3, 8, 8)
    image = target + torch.tensor([0.1, 0.001]).view(2, 1, 1, 1)
    image.requires_grad_(True)
    loss, parts = GeneratorLoss(LossConfig(pixel="psnr"), CPU)(Repaired(image), target, torch.zeros(2, 1, 8, 8))
    assert parts["pixel"].item() == pytest.approx(-(20 + 60) / 2, abs=0.1)
    loss.backward()
    halved = image.grad.flatten(1).norm(dim=1)
    assert halved[1] > 50 * halved[0], "a small error matters as much, in decibels, as a large one"


def test_the_level_loss_is_the_relative_error_of_local_means():
    target = torch.full((1, 3, 64, 64), 0.1)
    image = target * 1.2
    loss, parts = GeneratorLoss(LossConfig(pixel="mse", level=0.5), torch.device("cpu"))(
        Repaired(image), target, torch.zeros(1, 1, 64, 64)
    )
    assert float(parts["level"]) == pytest.approx((0.02 / 0.12) ** 2, rel=1e-4)
    assert float(loss) == pytest.approx(float(parts["pixel"] + 0.5 * parts["level"]))
