"""Infillers leave what is known bit by bit, and look at nothing that is hidden."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.models import ModelCard, load_model_file, save_model
from napari_decrappify.nets import build, build_critic
from napari_decrappify.nets.fold import fold_batch_norm
from napari_decrappify.nets.push_pull import GREY, push_pull, push_pull_reach

SMALL = {"widths": (4, 8), "middle": 2}
INFILLERS = [("adversarial-infill", {}), ("gated-infill", SMALL)]


def with_hole(image, top=4, bottom=12, left=4, right=12):
    mask = torch.zeros_like(image[:, :1])
    mask[..., top:bottom, left:right] = 1
    return torch.cat([image, mask], 1)


def trained_looking(architecture, options):
    net = build(architecture, options)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return net.eval()


@pytest.mark.parametrize(("architecture", "options"), INFILLERS)
def test_known_pixels_are_bit_identical_and_the_hole_is_made(architecture, options):
    net, image = trained_looking(architecture, options), torch.rand(2, 3, 16, 24)
    x = with_hole(image)
    made = net(x).image
    hole = x[:, 3:].expand_as(image) > 0
    assert torch.equal(made[~hole], image[~hole])
    assert (made[hole] != image[hole]).all()


@pytest.mark.parametrize(("architecture", "options"), INFILLERS)
def test_what_is_in_the_hole_does_not_matter(architecture, options):
    net, image = trained_looking(architecture, options), torch.rand(1, 3, 16, 16)
    other = image.clone()
    other[..., 4:12, 4:12] = 0
    assert torch.equal(net(with_hole(image)).image, net(with_hole(other)).image)


@pytest.mark.parametrize(("architecture", "options"), INFILLERS)
def test_gradients_flow_through_the_composition(architecture, options):
    net = trained_looking(architecture, options)
    net(with_hole(torch.rand(1, 3, 16, 16))).image.square().mean().backward()
    assert all(weight.grad is not None for weight in net.parameters())
    assert any(weight.grad.abs().sum() > 0 for weight in net.parameters())


@pytest.mark.parametrize(("architecture", "options"), INFILLERS)
def test_nothing_beyond_the_halo_matters(architecture, options):
    net = trained_looking(architecture, options)
    side = -(-(net.halo + 40) // net.multiple) * net.multiple
    image = torch.rand(1, 3, 16, side)
    x, changed = with_hole(image, 0, 16, 8, 16), with_hole(image, 0, 16, 8, 16)
    changed[..., 16 + net.halo :] = 0
    assert torch.equal(net(x).image[..., :16], net(changed).image[..., :16])


def test_the_published_generator_shrinks_as_published():
    net = build("adversarial-infill")
    sides, x = [16], with_hole(torch.rand(1, 3, 16, 16))
    for layer in net.layers[::2]:
        x = layer(x)
        sides.append(x.shape[-1])
    assert sides == [16, 18, 12, 10, 8]
    assert [layer.out_channels for layer in net.layers[::2]] == [64, 128, 128, 3]
    assert all(layer.negative_slope == 0.01 for layer in net.layers[1::2])


def test_the_published_composition_is_context_around_what_was_made():
    net, x = build("adversarial-infill"), with_hole(torch.rand(2, 3, 16, 16))
    hidden = x.clone()
    hidden[:, :3, 4:12, 4:12] = 0
    torch.testing.assert_close(net(x).image[..., 4:12, 4:12], net.layers(hidden))


def test_a_hole_at_the_border_is_filled_like_one_inside_zeros():
    net, x = trained_looking("adversarial-infill", {}), with_hole(torch.rand(1, 3, 16, 16), 0, 5, 0, 5)
    inside = net(F.pad(x, (8, 8, 8, 8))).image[..., 8:-8, 8:-8]
    torch.testing.assert_close(net(x).image[..., :5, :5], inside[..., :5, :5], atol=1e-5, rtol=1e-4)
    assert net(with_hole(torch.rand(1, 3, 3, 2), 0, 2, 0, 1)).image.shape == (1, 3, 3, 2)


def test_the_published_checker_takes_its_patches_only():
    critic = build_critic("infill-checker")
    assert critic(torch.rand(5, 3, 16, 16)).shape == (5, 1)
    assert sum(weight.numel() for weight in critic.parameters()) == 896 + 51264 + 64 * 32 + 32 + 33
    for side in (15, 17):
        with pytest.raises(InvalidParameterError, match="16"):
            critic(torch.rand(1, 3, side, 16))


def test_a_fresh_infiller_gives_its_smooth_fill():
    net = build("gated-infill", SMALL).eval()
    x = with_hole(torch.rand(1, 3, 16, 16))
    assert torch.equal(net(x).image, net.base(x))


def test_a_folded_infiller_is_the_same_function(tmp_path):
    net = build("gated-infill", SMALL).train()
    torch.nn.init.normal_(net.to_image.weight, std=0.1)
    x = with_hole(torch.rand(2, 3, 16, 16))
    for _ in range(3):
        net(x)
    folded, options = fold_batch_norm(net, SMALL)
    card = ModelCard(name="infill", task="infill", architecture="gated-infill", options=options)
    save_model(tmp_path / "infill.safetensors", folded, card)
    loaded = load_model_file(tmp_path / "infill.safetensors").net
    torch.testing.assert_close(loaded(x).image, net.eval()(x).image, atol=1e-4, rtol=1e-4)
    assert not any("running_mean" in name for name in loaded.state_dict())


@pytest.mark.parametrize("options", [{"norm": "layer"}, {"widths": ()}, {"widths": (4, -8)}, {"middle": "two"}])
def test_bad_options_are_typed_errors(options):
    with pytest.raises(InvalidParameterError):
        build("gated-infill", {**SMALL, **options})


@pytest.mark.parametrize("levels", [1, 3])
def test_a_fill_keeps_constants_and_known_pixels(levels):
    hole = torch.rand(1, 1, 32, 40) < 0.7
    image = torch.full((1, 3, 32, 40), 0.3)
    torch.testing.assert_close(push_pull(image, hole, levels), image)
    textured = torch.rand(1, 3, 32, 40)
    filled = push_pull(textured, hole, levels)
    known = ~hole.expand_as(textured)
    assert torch.equal(filled[known], textured[known])
    assert filled.min() >= 0
    assert filled.max() <= 1


def test_a_fill_is_the_mean_of_known_pixels_of_a_cell_then_a_smooth_way_between():
    image, hole = torch.zeros(1, 1, 2, 4), torch.zeros(1, 1, 2, 4, dtype=torch.bool)
    image[..., :2], image[..., 2:] = 0.2, 0.6
    hole[..., 0, 1] = True
    filled = push_pull(image, hole, 1)
    assert filled[0, 0, 0, 1].item() == pytest.approx(0.75 * 0.2 + 0.25 * 0.6)


def test_a_large_hole_is_filled_from_its_rim_and_its_depth_is_grey():
    image, hole = torch.full((1, 1, 64, 512), 0.9), torch.ones(1, 1, 64, 512, dtype=torch.bool)
    hole[..., :8] = False
    filled = push_pull(image, hole, 2)[0, 0, 32]
    far = 8 + push_pull_reach(2)
    torch.testing.assert_close(filled[:100], torch.full((100,), 0.9))
    torch.testing.assert_close(filled[far:], torch.full((512 - far,), GREY))
