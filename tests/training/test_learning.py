"""Losses, learning rates, the optimiser and the average do what their sources say."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.nets import Repaired, build
from napari_decrappify.training.ema import AveragedWeights
from napari_decrappify.training.losses import distance, generator_loss
from napari_decrappify.training.optimizer import make_optimizer, orthogonal
from napari_decrappify.training.recipe import LossConfig, OptimizerConfig, StageConfig
from napari_decrappify.training.schedule import learning_rate


def test_a_perfect_output_costs_nothing() -> None:
    target = torch.rand(2, 3, 4, 4)
    loss, parts = generator_loss(LossConfig(luma=1, damage=5), Repaired(target), target, torch.ones(2, 1, 4, 4))
    assert loss.item() == 0
    assert set(parts) == {"pixel", "luma", "damage"}


def test_damaged_pixels_weigh_more() -> None:
    target = torch.zeros(1, 3, 2, 2)
    wrong = target.clone()
    wrong[..., 0, 0] = 1
    inside, outside = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    inside[..., 0, 0], outside[..., 1, 1] = 1, 1
    config = LossConfig(damage=4)
    assert generator_loss(config, Repaired(wrong), target, inside)[0].item() == pytest.approx(0.25 * 5)
    assert generator_loss(config, Repaired(wrong), target, outside)[0].item() == pytest.approx(0.25)


def test_the_mask_head_is_taught_by_cross_entropy() -> None:
    target, mask = torch.zeros(1, 3, 2, 2), torch.ones(1, 1, 2, 2)
    config = LossConfig(mask=2)
    right = generator_loss(config, Repaired(target, mask * 20), target, mask)[0].item()
    wrong = generator_loss(config, Repaired(target, mask * -20), target, mask)[0].item()
    assert right < 1e-6
    assert wrong == pytest.approx(40, rel=1e-3)


@pytest.mark.parametrize(("kind", "of_two"), [("l1", 2.0), ("mse", 4.0), ("charbonnier", 2.0)])
def test_pixel_distances(kind: str, of_two: float) -> None:
    assert distance(kind, torch.tensor(-2.0)).item() == pytest.approx(of_two, abs=1e-5)


def test_one_cycle_has_the_published_ends() -> None:
    stage = StageConfig(steps=1000, lr=1e-2, schedule="one-cycle", warmup=0.3)
    rates = [learning_rate(stage, step) for step in range(1000)]
    assert rates[0] == pytest.approx(1e-2 / 25, rel=0.05)
    assert max(rates) == pytest.approx(1e-2)
    assert rates.index(max(rates)) == 300
    assert learning_rate(stage, 1000) == pytest.approx(1e-2 / 25e4)


def test_cosine_rises_and_falls_to_zero() -> None:
    stage = StageConfig(steps=100, lr=1.0, warmup=0.1)
    rates = [learning_rate(stage, step) for step in range(101)]
    assert rates[0] < rates[5] < rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0, abs=1e-9)


def test_constant_stays() -> None:
    stage = StageConfig(steps=100, lr=0.5, schedule="constant", warmup=0)
    assert {learning_rate(stage, step) for step in range(100)} == {0.5}


@pytest.mark.parametrize("shape", [(24, 60), (60, 24)])
def test_orthogonalised_steps_have_like_singular_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.5
    assert values.max() < 1.3


def test_muon_takes_inner_kernels_only() -> None:
    net = build("span-upscaler", {"width": 16, "blocks": 1})
    groups = make_optimizer(OptimizerConfig(muon=10), net).param_groups
    assert [group["lr_factor"] for group in groups] == [1.0, 10.0]
    assert all(kernel.ndim == 4 and min(kernel.shape[:2]) >= 12 for kernel in groups[1]["params"])
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))
    assert len(make_optimizer(OptimizerConfig(), net).param_groups) == 1


def test_the_average_follows_weights_and_batch_statistics() -> None:
    net = build("repair-unet", {"widths": (8, 16), "middle": 1})
    average = AveragedWeights(net, decay=0.9)
    before = average.net.head.weight.clone()
    with torch.no_grad():
        net.head.weight.add_(1.0)
    average.update(net, step=10_000)
    torch.testing.assert_close(average.net.head.weight, before + 0.1)
    assert not average.net.training
