"""AdamW and Muon take the parameters that are theirs, and go on from a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from napari_decrappify.nets import build
from napari_decrappify.training.optimization.optimizer import make_optimizer, orthogonal
from napari_decrappify.training.optimization.parameter_groups import RateGroup, groups_of
from napari_decrappify.training.recipes.recipe import OptimizerConfig
from napari_decrappify.training.recipes.stages import PretrainGenerator
from napari_decrappify.training.running.checkpoint import load_checkpoint, restore_optimizers, save_checkpoint

STAGE = PretrainGenerator(steps=1, lr=1e-3)


@pytest.mark.parametrize("shape", [(24, 60), (60, 24)])
def test_orthogonalised_steps_have_like_singular_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.5
    assert values.max() < 1.3


def test_muon_takes_inner_kernels_only() -> None:
    net = build("residual-upscaler", {"width": 16, "blocks": 1})
    groups = make_optimizer(OptimizerConfig(muon=10), groups_of(net, STAGE)).param_groups
    assert [group["lr_factor"] for group in groups] == [1.0, 10.0]
    assert all(kernel.ndim == 4 and min(kernel.shape[:2]) >= 16 for kernel in groups[1]["params"])
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))
    assert len(make_optimizer(OptimizerConfig(), groups_of(net, STAGE)).param_groups) == 1


def test_muon_leaves_normed_kernels_critics_and_adversarial_stages_to_adam() -> None:
    normed = parametrizations.weight_norm(nn.Conv2d(16, 16, 3))
    net = build("residual-upscaler", {"width": 16, "blocks": 1})
    net.add_module("normed", normed)
    config = OptimizerConfig(muon=10)
    muon = make_optimizer(config, groups_of(net, STAGE)).param_groups[1]["params"]
    assert not set(muon) & set(normed.parameters())
    critic = make_optimizer(config, [RateGroup(list(net.parameters()), 5.0)])
    assert [(group["muon"], group["lr_factor"]) for group in critic.param_groups] == [(False, 5.0)]
    playing = make_optimizer(config, groups_of(net, STAGE), betas=(0.0, 0.99))
    assert [(group["muon"], group["betas"]) for group in playing.param_groups] == [(False, (0.0, 0.99))]


def test_each_group_is_split_at_its_own_rate() -> None:
    first, second = nn.Conv2d(16, 16, 3), nn.Conv2d(16, 16, 3)
    groups = [RateGroup(list(layer.parameters()), f, [layer.weight]) for layer, f in ((first, 0.1), (second, 1.0))]
    made = make_optimizer(OptimizerConfig(muon=10), groups).param_groups
    assert [(group["muon"], group["lr_factor"]) for group in made] == [
        (False, 0.1),
        (True, pytest.approx(1)),
        (False, 1),
        (True, 10),
    ]


def test_adam_follows_the_reference() -> None:
    ours, theirs = nn.Linear(4, 3), nn.Linear(4, 3)
    theirs.load_state_dict(ours.state_dict())
    config = OptimizerConfig(weight_decay=0.1, betas=(0.8, 0.95))
    optimizers = [
        make_optimizer(config, [RateGroup(list(ours.parameters()))]),
        torch.optim.AdamW(theirs.parameters(), lr=1e-3, betas=(0.8, 0.95), weight_decay=0.1),
    ]
    inputs = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    for _ in range(3):
        for net, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            net(inputs).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours.weight, theirs.weight, rtol=0, atol=0)


def learn(net: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        optimizer.zero_grad()
        net(torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(step))).image.square().mean().backward()
        optimizer.step()


def test_a_checkpoint_restores_both_rules_to_the_bit(tmp_path: Path) -> None:
    config = OptimizerConfig(muon=10, weight_decay=0.01)
    net = build("residual-upscaler", {"width": 16, "blocks": 1})
    optimizer = make_optimizer(config, groups_of(net, STAGE))
    learn(net, optimizer, range(2))
    save_checkpoint(tmp_path / "last.safetensors", {"net": net}, {"net": optimizer}, {})
    learn(net, optimizer, range(2, 4))

    again = build("residual-upscaler", {"width": 16, "blocks": 1})
    resumed = make_optimizer(config, groups_of(again, STAGE))
    restore_optimizers(load_checkpoint(tmp_path / "last.safetensors", {"net": again}), {"net": resumed})
    learn(again, resumed, range(2, 4))
    for one, other in zip(net.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
