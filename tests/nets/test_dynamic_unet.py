"""The lesson's U-Net: any size, the published widths, groups, units and files."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.models import ModelCard, load_model_file, save_model
from napari_decrappify.nets import build
from napari_decrappify.nets.fold import fold_batch_norm
from napari_decrappify.nets.generators.generator import EVERYWHERE
from napari_decrappify.nets.generators.pretrained_unet import probe, reach

SMALL = {"encoder": "mobilenet_v2"}


def tiny_encoder():
    """Two halvings and a convolution, so that what it sees can be counted by hand."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 7, stride=2, padding=3), nn.MaxPool2d(3, 2, padding=1), nn.Conv2d(4, 4, 3, padding=1)
    )


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (64, 64), (17, 90), (5, 2)])
@pytest.mark.parametrize("encoder", ["mobilenet_v2", "resnet18"])
def test_any_size_comes_out_as_it_went_in(encoder, size, nets):
    with torch.no_grad():
        image, mask, classes = nets(encoder)(torch.rand(1, 3, *size))
    assert image.shape == (1, 3, *size)
    assert mask is None
    assert classes is None
    assert torch.isfinite(image).all()


@pytest.fixture(scope="module")
def nets():
    built = {}

    def of(encoder):
        if encoder not in built:
            built[encoder] = build("dynamic-unet", {"encoder": encoder}).eval()
        return built[encoder]

    return of


def test_the_published_net_has_the_published_widths():
    with torch.device("meta"):
        net = build("dynamic-unet")
    assert [block.width for block in net.blocks] == [512, 384, 256, 96]
    assert [block.attention is not None for block in net.blocks] == [False, True, False, False]
    assert net.cross.first[0].in_channels == 99
    assert net.multiple == 32
    assert (net.bridge[2][0].in_channels, net.bridge[2][0].out_channels) == (512, 1024)


@pytest.mark.parametrize("encoder", ["resnet34", "resnet18", "mobilenet_v2"])
def test_layer_groups_hold_every_parameter_once(encoder):
    with torch.device("meta"):
        net = build("dynamic-unet", {"encoder": encoder})
    groups = net.layer_groups()
    assert len(groups) == 3
    held = [id(weight) for group in groups for module in group for weight in module.parameters()]
    assert len(held) == len(set(held))
    assert set(held) == {id(weight) for weight in net.parameters()}


def test_the_first_group_of_a_resnet_ends_at_an_eighth():
    with torch.device("meta"):
        net = build("dynamic-unet", {"encoder": "resnet18"})
    first, second, _decoder = net.layer_groups()
    assert first == list(net.encoder)[:6]
    assert second == [net.encoder.layer3, net.encoder.layer4]


def test_other_generators_have_one_group():
    net = build("repair-unet", {"widths": (4, 8), "middle": 1})
    assert net.layer_groups() == [[net]]


def test_bounds_are_in_normalised_units():
    net = build("dynamic-unet", {**SMALL, "bounds": [-3, 3], "norm": "none"}).eval()
    nn.init.constant_(net.to_image[0].bias, 99.0)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    image = net(torch.rand(1, 3, 16, 16)).image
    torch.testing.assert_close(image, (3 * std + mean).reshape(1, 3, 1, 1).expand_as(image))
    net.bounds = None
    assert net(torch.rand(1, 3, 16, 16)).image.min() > 10


def test_what_is_joined_last_is_the_normalised_input():
    net = build("dynamic-unet", {**SMALL, "self_attention": False}).eval()
    seen = []
    net.cross.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    x = torch.rand(1, 3, 20, 30)
    net(x)
    torch.testing.assert_close(net.units.undo(seen[0][:, -3:]), x)
    assert build("dynamic-unet", {**SMALL, "last_cross": False})(torch.rand(2, 3, 32, 32)).image.shape[1] == 3


@pytest.mark.parametrize("norm", ["weight", "spectral", "batch", "none"])
def test_every_norm_trains_every_parameter(norm):
    net = build("dynamic-unet", {**SMALL, "norm": norm})
    for module in net.modules():
        if hasattr(module, "gamma"):
            nn.init.ones_(module.gamma)
    net(torch.rand(2, 3, 32, 48)).image.square().mean().backward()
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in net.parameters())


def test_skips_are_the_last_layers_before_the_grid_changes():
    skips, width, cell = probe(tiny_encoder())
    assert skips == [(0, 4, 2)]
    assert (width, cell) == (4, 4)
    assert reach(tiny_encoder()) == 3 + 2 + 4


def test_halo_covers_everything_the_net_sees_without_attention():
    net = build("dynamic-unet", {**SMALL, "self_attention": False}).eval()
    assert net.halo < EVERYWHERE
    x = torch.rand(1, 3, 16, 2 * 16 + net.halo + 64)
    changed = x.clone()
    changed[..., 32 + net.halo :] = 0
    with torch.no_grad():
        before, after = net(x).image, net(changed).image
    torch.testing.assert_close(before[..., :32], after[..., :32], atol=1e-5, rtol=0)
    assert not torch.allclose(before, after, atol=1e-3)
    assert build("dynamic-unet", SMALL).halo == EVERYWHERE


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("norm", ["weight", "spectral"])
def test_a_saved_net_is_the_same_net(tmp_path, norm, half):
    options = {**SMALL, "norm": norm}
    net = build("dynamic-unet", options)
    net(torch.rand(2, 3, 32, 32))
    card = ModelCard(name="lesson", task="restore", architecture="dynamic-unet", options=options)
    save_model(tmp_path / "lesson.safetensors", net, card, half=half)
    loaded = load_model_file(tmp_path / "lesson.safetensors").net
    x = torch.rand(1, 3, 40, 24)
    with torch.no_grad():
        torch.testing.assert_close(loaded(x).image, net.eval()(x).image, atol=2e-2 if half else 1e-5, rtol=0)


def test_folding_leaves_it_alone():
    net = build("dynamic-unet", {**SMALL, "norm": "batch"}).eval()
    folded, options = fold_batch_norm(net, {**SMALL, "norm": "batch"})
    assert options["norm"] == "batch"
    assert folded.state_dict().keys() == net.state_dict().keys()


@pytest.mark.parametrize(
    "options", [{"encoder": "resnet9000"}, {"norm": "layer"}, {"bounds": [1]}, {"bounds": [3, -3]}]
)
def test_bad_options_are_typed_errors(options):
    with pytest.raises(InvalidParameterError):
        build("dynamic-unet", {**SMALL, **options})
