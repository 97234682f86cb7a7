"""Critics give the published numbers of logits, and say so when an image is too small."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.nets import CRITICS, build, build_critic

SMALL = {
    "patch-critic": {"width": 4},
    "feature-critic": {"width": 4},
    "texture-critic": {"width": 4},
    "infill-checker": {},
    "dcgan-critic": {"features": 4},
}


def parameters(architecture, **options):
    with torch.device("meta"):
        critic = build_critic(architecture, options)
    return sum(weight.numel() for weight in critic.parameters()) / 1e6


@pytest.mark.parametrize(("side", "logits"), [(64, 1), (128, 25), (192, 81), (256, 169)])
def test_the_lessons_critic_judges_as_many_patches_as_published(side, logits):
    assert build_critic("patch-critic", SMALL["patch-critic"]).eval()(torch.rand(1, 3, side, side)).shape == (1, logits)


def test_the_lessons_and_deoldifys_critics_have_their_published_size():
    assert parameters("patch-critic") == pytest.approx(44.7, abs=0.05)
    assert parameters("patch-critic", width=256, extra_convolutions=True) == pytest.approx(94.6, abs=0.05)


def test_every_convolution_of_the_lessons_critic_is_spectral_normed():
    critic = build_critic("patch-critic", {"width": 4})
    convolutions = [module for module in critic.modules() if isinstance(module, nn.Conv2d | nn.Conv1d)]
    assert len(convolutions) == 1 + 2 + 3 + 3 + 1
    assert all(hasattr(module, "parametrizations") for module in convolutions)


def test_dropout_is_halved_after_the_first_layer():
    rates = [m.p for m in build_critic("patch-critic", SMALL["patch-critic"]).modules() if isinstance(m, nn.Dropout2d)]
    assert rates == [0.075, 0.15, 0.15, 0.15]


@pytest.mark.parametrize("architecture", CRITICS)
def test_too_small_an_image_or_one_of_four_channels_is_a_typed_error(architecture):
    critic = build_critic(architecture, SMALL[architecture]).eval()
    side = critic.smallest
    assert critic(torch.rand(2, 3, side, side)).shape[0] == 2
    for shape in ((1, 3, side - 1, side), (1, 3, side, side - 1), (1, 4, side, side), (3, side, side)):
        with pytest.raises(InvalidParameterError, match=str(side)):
            critic(torch.rand(shape))


@pytest.mark.parametrize("architecture", CRITICS)
def test_a_critics_opinion_reaches_the_image_and_its_own_weights(architecture):
    critic = build_critic(architecture, SMALL[architecture])
    x = torch.rand(2, 3, critic.smallest, critic.smallest, requires_grad=True)
    critic(x).square().mean().backward()
    assert x.grad.abs().sum() > 0
    assert all(weight.grad is not None for weight in critic.parameters() if weight.requires_grad)


def test_the_texture_critic_sees_what_is_fine_and_nothing_else():
    critic = build_critic("texture-critic", {"width": 4}).eval()
    fine, slope = 0.02 * torch.rand(1, 3, 128, 128), torch.linspace(0, 0.5, 128).expand(1, 3, 128, 128)
    images = (torch.zeros_like(fine), torch.full_like(fine, 0.6), slope, fine, 0.3 + fine + slope)
    flat, bright, sloping, textured, textured_slope = (critic(image).reshape(16, 16)[4:12, 4:12] for image in images)
    assert torch.allclose(flat, bright, atol=1e-4)
    assert torch.allclose(flat, sloping, atol=1e-4)
    assert torch.allclose(textured, textured_slope, atol=1e-4)
    assert (flat - textured).abs().mean() > 1e-3


def test_the_texture_critics_patches_are_as_large_as_it_says():
    critic = build_critic("texture-critic", {"width": 4}).eval()
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    critic(image).reshape(16, 16)[8, 8].backward()
    rows = image.grad.abs().sum((0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 54 + 2 * 2


def test_the_feature_critics_backbone_is_frozen_and_its_layers_have_as_much_to_say():
    critic = build_critic("feature-critic", SMALL["feature-critic"]).train()
    before = {name: value.clone() for name, value in critic.features.state_dict().items()}
    optimizer = torch.optim.SGD([w for w in critic.parameters() if w.requires_grad], lr=1.0)
    logits = critic(torch.rand(2, 3, 64, 64))
    assert logits.shape == (2, 3 * 4 * 4)
    logits.mean().backward()
    optimizer.step()
    assert all(torch.equal(value, before[name]) for name, value in critic.features.state_dict().items())
    assert not any(weight.requires_grad for weight in critic.features.parameters())
    assert not any(module.training for module in critic.features.modules())
    assert critic.heads.training


@pytest.mark.parametrize("architecture", ["patch-critic", "feature-critic", "dcgan-critic"])
def test_any_size_above_the_smallest_is_judged(architecture):
    logits = build_critic(architecture, SMALL[architecture]).eval()(torch.rand(2, 3, 70, 91))
    assert logits.ndim == 2
    assert torch.isfinite(logits).all()


def test_noise_becomes_a_picture_that_the_critic_takes():
    net = build("dcgan")
    assert net.noise == 100
    with torch.no_grad():
        image = net(torch.randn(2, 100, 1, 1)).image
        assert build_critic("dcgan-critic")(image).shape == (2, 1)
    assert image.shape == (2, 3, 64, 64)
    assert image.min() >= 0
    assert image.max() <= 1


def test_dcgan_has_the_published_widths_and_first_weights():
    net, critic = build("dcgan"), build_critic("dcgan-critic")
    grown = [layer for layer in net.layers if isinstance(layer, nn.ConvTranspose2d)]
    assert [layer.out_channels for layer in grown] == [512, 256, 128, 64, 64, 3]
    shrunk = [layer for layer in critic.layers if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in shrunk] == [64, 64, 128, 256, 512, 1]
    for layer in grown[:4] + shrunk[1:4]:
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_dcgan_comes_in_other_sizes_but_powers_of_two_only():
    assert build("dcgan", {"size": 16, "features": 4, "noise": 5})(torch.randn(2, 5, 1, 1)).image.shape[2:] == (16, 16)
    assert build_critic("dcgan-critic", {"size": 16, "features": 4})(torch.rand(2, 3, 16, 16)).shape == (2, 1)
    for size in (4, 48, 0):
        with pytest.raises(InvalidParameterError, match="power of two"):
            build("dcgan", {"size": size})


@pytest.mark.parametrize(("name", "options"), [("patch-critic-9", {}), ("patch-critic", {"depth": 3})])
def test_unknown_critic_or_option_is_named(name, options):
    with pytest.raises(InvalidParameterError, match=r"patch-critic-9|depth"):
        build_critic(name, options)
