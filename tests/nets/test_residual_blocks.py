"""Residual blocks overwrite what they made themselves, and nothing that others hold."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from napari_decrappify.nets.generators import gated_infill, unet, upscaler

BLOCKS = {
    "upscaler": (lambda: upscaler.ResidualBlock(6), lambda b, x: x + b.second(F.relu(b.first(x)))),
    "unet": (lambda: unet.ResidualBlock(6, "none"), lambda b, x: F.relu(x + b.second(F.relu(b.first(x))))),
    "unet in training": (
        lambda: unet.ResidualBlock(6, "batch"),
        lambda b, x: F.relu(x + b.second(F.relu(b.first(x)))),
    ),
    "infill": (lambda: gated_infill.GatedBlock(6, "none"), lambda b, x: x + b.plain(b.gated(x))),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_result_and_gradients_are_those_of_the_formula_bit_by_bit(name):
    make, formula = BLOCKS[name]
    torch.manual_seed(0)
    block = make()
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    given = torch.randn(2, 6, 9, 11, requires_grad=True)
    before = given.detach().clone()
    results, gradients = [], []
    for run in (block, lambda x: formula(block, x)):
        made = run(given)
        results.append(made.detach().clone())
        gradients.append(torch.autograd.grad(made.square().sum(), [given, *block.parameters()]))
    assert torch.equal(given, before)
    assert torch.equal(*results)
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
