"""What learns in a stage, and how fast."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from napari_decrappify.nets import (
    ARCHITECTURES,
    Generator,
    Repaired,
    build,
)
from napari_decrappify.training.optimization.parameter_groups import RateGroup, groups_of, lr_factors
from napari_decrappify.training.recipes.stages import PretrainGenerator


class Layered(Generator):
    """Three layer groups with batch normalisation, a normed kernel, and a layer that two groups share."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Conv2d(8, 8, 1)
        self.early = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), self.shared)
        self.middle = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8))
        self.late = nn.Sequential(parametrizations.weight_norm(nn.Conv2d(8, 8, 3, padding=1)), nn.Conv2d(8, 3, 1))

    def forward(self, x: Tensor) -> Repaired:
        return Repaired(self.late(self.shared(self.middle(self.early(x)))))

    def layer_groups(self) -> list[list[nn.Module]]:
        return [[self.early], [*self.middle, self.shared], [self.late]]


def stage(**changes: Any) -> PretrainGenerator:
    return PretrainGenerator.model_validate({"steps": 1, "lr": 1e-3, **changes})


def names(net: nn.Module, groups: list[RateGroup]) -> list[set[str]]:
    of = {parameter: name for name, parameter in net.named_parameters()}
    return [{of[parameter] for parameter in group.parameters} for group in groups]


def test_two_rates_go_geometrically_over_the_groups() -> None:
    rates = [1e-3 * factor for factor in lr_factors(stage(lr=(1e-6, 1e-3)), 3)]
    assert rates == pytest.approx([1e-6, 3.16e-5, 1e-3], rel=1e-3)
    assert lr_factors(stage(lr=(1e-6, 1e-3)), 1) == [1.0]


def test_early_slows_all_groups_but_the_last() -> None:
    assert lr_factors(stage(early=0.1), 3) == [0.1, 0.1, 1.0]
    assert lr_factors(stage(), 3) == [1.0, 1.0, 1.0]
    assert lr_factors(stage(early=0.1), 1) == [1.0]


def test_two_rates_and_early_are_one_too_many() -> None:
    with pytest.raises(ValidationError, match="leave early out"):
        stage(lr=(1e-6, 1e-3), early=0.1)


def test_every_parameter_learns_in_one_group_that_of_its_first_layer() -> None:
    net = Layered()
    groups = groups_of(net, stage(lr=(1e-5, 1e-3)))
    assert [group.lr_factor for group in groups] == pytest.approx([1e-2, 1e-1, 1])
    assert sum(len(group.parameters) for group in groups) == len(list(net.parameters()))
    assert set.union(*names(net, groups)) == {name for name, _ in net.named_parameters()}
    assert "shared.weight" in names(net, groups)[0]


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if not ARCHITECTURES[name].from_weights])
def test_no_parameter_of_any_architecture_is_forgotten(architecture: str) -> None:
    net = build(architecture)
    learning = [parameter for group in groups_of(net, stage()) for parameter in group.parameters]
    assert len(learning) == len(set(learning))
    assert set(learning) == set(net.parameters())


def test_frozen_groups_learn_their_batch_normalisation_only() -> None:
    net = Layered()
    groups = groups_of(net, stage(frozen=True, early=0.1))
    late = {f"late.0.{part}" for part in ("bias", "parametrizations.weight.original0")}
    late |= {"late.0.parametrizations.weight.original1", "late.1.weight", "late.1.bias"}
    assert names(net, groups) == [{"early.1.weight", "early.1.bias"}, {"middle.1.weight", "middle.1.bias"}, late]
    assert [group.lr_factor for group in groups] == [0.1, 0.1, 1.0]
    learning = {name for name, parameter in net.named_parameters() if parameter.requires_grad}
    assert learning == set.union(*names(net, groups))


def test_a_frozen_group_without_batch_normalisation_is_left_out() -> None:
    net = Layered()
    net.middle = nn.Sequential(nn.Conv2d(8, 8, 1))
    assert [group.lr_factor for group in groups_of(net, stage(frozen=True, lr=(1e-5, 1e-3)))] == pytest.approx(
        [0.01, 1]
    )


def test_the_next_stage_thaws() -> None:
    net = Layered()
    groups_of(net, stage(frozen=True))
    assert not net.early[0].weight.requires_grad
    groups_of(net, stage())
    assert all(parameter.requires_grad for parameter in net.parameters())


def test_a_step_moves_frozen_layers_by_their_batch_normalisation_only() -> None:
    net = Layered()
    groups = groups_of(net, stage(frozen=True))
    net(torch.rand(2, 3, 8, 8)).image.square().sum().backward()
    assert net.early[0].weight.grad is None
    assert net.early[1].weight.grad is not None
    assert all(parameter.grad is not None for group in groups for parameter in group.parameters)


def test_a_net_of_one_group_learns_whole_even_frozen() -> None:
    net = build("residual-upscaler", {"width": 16, "blocks": 1})
    (group,) = groups_of(net, stage(frozen=True, lr=(1e-6, 1e-3)))
    assert group.lr_factor == 1
    assert set(group.parameters) == set(net.parameters())


def test_kernels_are_those_that_no_norm_stands_before() -> None:
    net = Layered()
    kernels = [kernel for group in groups_of(net, stage()) for kernel in group.kernels]
    assert set(kernels) == {net.early[0].weight, net.shared.weight, net.middle[0].weight, net.late[1].weight}
