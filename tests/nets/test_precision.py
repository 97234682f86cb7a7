"""Every net trains under bf16 autocast in channels_last, and its copies are nets of their own."""

from __future__ import annotations

import copy

import pytest
import torch

from napari_decrappify.nets import (
    ARCHITECTURES,
    CRITICS,
    build,
    build_critic,
)

GENERATORS = {
    "residual-upscaler": {"width": 4, "blocks": 1},
    "colorizer": {},
    "repair-unet": {"widths": (4, 8), "middle": 1},
    "mark-finder": {"widths": (4, 8), "middle": 1},
    "find-and-fill": {"widths": (4, 8), "middle": 1, "fill_widths": (4, 8), "fill_middle": 1},
    "dynamic-unet": {"encoder": "mobilenet_v2"},
    "adversarial-infill": {},
    "gated-infill": {"widths": (4, 8), "middle": 1},
    "dcgan": {"size": 16, "features": 4},
}
JUDGES = {
    "patch-critic": {"width": 4},
    "feature-critic": {"width": 4},
    "texture-critic": {"width": 4},
    "infill-checker": {},
    "dcgan-critic": {"size": 16, "features": 4},
}


def test_none_is_left_out():
    assert (set(GENERATORS), set(JUDGES)) == (set(ARCHITECTURES), set(CRITICS))


@pytest.mark.parametrize("architecture", GENERATORS)
def test_a_generator_trains_in_bf16_and_gives_float32(architecture):
    net = build(architecture, GENERATORS[architecture]).to(memory_format=torch.channels_last)
    x = torch.randn(2, net.noise, 1, 1) if net.noise else torch.rand(2, net.channels, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        output = net(x)
    learned = output.mask if architecture == "mark-finder" else output.image
    assert (output.image.dtype, learned.dtype) == (torch.float32, torch.float32)
    learned.square().mean().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in net.parameters() if weight.grad is not None)


@pytest.mark.parametrize("architecture", JUDGES)
def test_a_critic_trains_in_bf16(architecture):
    critic = build_critic(architecture, JUDGES[architecture]).to(memory_format=torch.channels_last)
    x = torch.rand(2, 3, critic.smallest, critic.smallest)
    with torch.autocast("cpu", torch.bfloat16):
        real, made = critic(x), critic(x.flip(3))  # both, before either goes back
    (real.float().mean() - made.float().mean()).backward()
    assert all(torch.isfinite(weight.grad).all() for weight in critic.parameters() if weight.requires_grad)


@pytest.mark.parametrize("architecture", ["dynamic-unet", "gated-infill"])
def test_a_copy_learns_nothing_of_the_originals_steps(architecture):
    net = build(architecture, GENERATORS[architecture]).eval()
    copied = copy.deepcopy(net)
    x = torch.rand(1, net.channels, 32, 32)
    before = copied(x).image
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(0.1)
    assert torch.equal(copied(x).image, before)
    assert not torch.equal(net(x).image, before)


@pytest.mark.parametrize("architecture", CRITICS)
def test_the_same_seed_draws_the_same_critic(architecture):
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(build_critic(architecture, JUDGES[architecture]).state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
