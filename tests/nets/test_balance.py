"""Kernels of one size: the same function."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.nets import build
from napari_decrappify.nets.balance import balance_blocks

NETS = {
    "repair-unet": {"widths": [8, 12, 16], "norm": "none"},
    "find-and-fill": {"widths": [8, 12], "fill_widths": [8, 8], "norm": "none"},
    "residual-upscaler": {"width": 8, "blocks": 2},
}


def uneven(name: str) -> torch.nn.Module:
    """Build a net whose kernels differ in size, as those do that a normalisation was folded into."""
    torch.manual_seed(0)
    net = build(name, NETS[name]).eval()
    with torch.no_grad():
        for key, value in net.named_parameters():
            value.normal_(0, 1e-3 if ".first." in key else 0.1)
    return net


@pytest.mark.parametrize("name", NETS)
def test_a_balanced_net_computes_the_same(name: str) -> None:
    net, x = uneven(name), torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        before = net(x).image
        balance_blocks(net)
        torch.testing.assert_close(net(x).image, before, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NETS)
def test_both_kernels_of_a_hidden_channel_have_one_norm_afterwards(name: str) -> None:
    net = uneven(name)
    balance_blocks(net)
    kernels = dict(net.named_parameters())
    firsts = [key for key in kernels if key.endswith(".first.weight")]
    assert firsts
    for key in firsts:
        before = kernels[key].flatten(1).norm(dim=1)
        after = kernels[key.replace("first", "second")].transpose(0, 1).flatten(1).norm(dim=1)
        torch.testing.assert_close(before, after)


def test_a_channel_that_is_dead_stays_so_and_a_normalised_block_as_it_is() -> None:
    net = uneven("residual-upscaler")
    with torch.no_grad():
        net.body[0].first.weight[3] = 0
    balance_blocks(net)
    assert all(value.isfinite().all() for value in net.parameters())
    assert not net.body[0].first.weight[3].any()
    normalised = build("repair-unet", {"widths": [8, 12]})
    before = {key: value.clone() for key, value in normalised.state_dict().items()}
    balance_blocks(normalised)
    assert all(torch.equal(value, before[key]) for key, value in normalised.state_dict().items())
