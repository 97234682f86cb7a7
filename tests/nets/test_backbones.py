"""Published weights go where they belong, all of them or none; features are what the net computes."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.models.pretrained import PACKAGES
from napari_decrappify.nets import FeatureExtractor, build, gram
from napari_decrappify.nets.backbones.backbones import (
    BACKBONES,
    PixelUnits,
    fit,
    load_trunk,
    trunk,
)
from napari_decrappify.nets.backbones.features import EXTRACTORS
from napari_decrappify.nets.without_compiler import without_compiler

with without_compiler():
    import torchvision

PUBLISHED = torch.tensor([[0.0759, 0.0711, 0.0643], [0.0711, 0.0672, 0.0614], [0.0643, 0.0614, 0.0573]])


def test_there_are_sources_for_every_backbone():
    assert set(PACKAGES) == set(BACKBONES)
    assert {taps.backbone for taps in EXTRACTORS.values()} <= set(BACKBONES)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_a_loaded_trunk_computes_what_torchvision_does(name):
    theirs = torchvision.models.get_model(name, weights=None).eval()
    ours = trunk(name).eval()
    load_trunk(ours, name, theirs.state_dict())
    x = torch.rand(1, 3, 64, 64)
    features = ours(x)
    if name == "mobilenet_v2":
        expected = theirs.features(x)
    else:
        hooked = []
        theirs.layer4.register_forward_hook(lambda _module, _given, made: hooked.append(made))
        theirs(x)
        expected = hooked[0]
    torch.testing.assert_close(features, expected)


def test_an_encoder_takes_the_whole_classifiers_weights():
    state = torchvision.models.mobilenet_v2(weights=None).state_dict()
    net = build("dynamic-unet", {"encoder": "mobilenet_v2"})
    net.load_backbone(state)
    assert torch.equal(net.encoder[13].conv[2].weight, state["features.13.conv.2.weight"])


def test_weights_without_batch_counts_are_taken():
    state = torchvision.models.resnet18(weights=None).state_dict()
    older = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    assert fit("resnet18", older).keys() == fit("resnet18", state).keys()


@pytest.mark.parametrize("change", ["missing", "unknown", "shape", "other net"])
def test_weights_that_do_not_fit_are_refused(change):
    state = dict(torchvision.models.resnet18(weights=None).state_dict())
    match change:
        case "missing":
            del state["layer4.1.conv2.weight"]
        case "unknown":
            state["layer5.conv.weight"] = torch.zeros(1)
        case "shape":
            state["conv1.weight"] = torch.zeros(64, 4, 7, 7)
        case "other net":
            state = dict(torchvision.models.mobilenet_v2(weights=None).state_dict())
    with pytest.raises(InvalidParameterError, match="resnet18"):
        fit("resnet18", state)


def test_a_net_without_a_backbone_says_so():
    net = build("repair-unet", {"widths": (4, 8), "middle": 1})
    assert net.backbone is None
    with pytest.raises(InvalidParameterError, match="pretrained part"):
        net.load_backbone({})


def test_efficientnet_pads_at_the_end_and_halves_rounded_up():
    layers = trunk("efficientnet_lite0").eval()
    assert len(layers) == 17
    assert layers(torch.rand(1, 3, 33, 64)).shape == (1, 320, 2, 2)
    stem = layers[0][0]
    x = torch.rand(1, 3, 8, 8)
    expected = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (0, 1, 0, 1)), stem.weight, stride=2)
    torch.testing.assert_close(stem(x), expected)


def test_pixel_units_are_undone():
    units, x = PixelUnits("efficientnet_lite0"), torch.rand(2, 3, 4, 5)
    torch.testing.assert_close(units(x), (x * 255 - 127) / 128)
    torch.testing.assert_close(units.undo(units(x)), x)


@pytest.mark.parametrize("name", EXTRACTORS)
def test_features_are_at_a_quarter_an_eighth_and_a_sixteenth(name):
    extractor = FeatureExtractor(name)
    found = extractor(torch.rand(1, 3, 64, 32))
    assert [tuple(features.shape[2:]) for features in found] == [(16, 8), (8, 4), (4, 2)]
    assert tuple(features.shape[1] for features in found) == extractor.widths


def test_rectified_features_are_what_a_block_makes_first_of_what_it_gets():
    ends, rectified = FeatureExtractor("efficientnet_lite0", (2, 3)), FeatureExtractor("efficientnet_lite0_relu", (3,))
    rectified.load_state_dict(ends.state_dict())
    x = torch.rand(2, 3, 32, 48)
    widen = torch.nn.Sequential(*list(ends.layers[3])[:3])
    torch.testing.assert_close(rectified(x), (widen(ends(x)[0]),))


def test_vgg_features_come_after_the_relu_before_a_pooling():
    extractor = FeatureExtractor("vgg16_bn")
    whole = torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["D"], batch_norm=True)
    for tap in extractor.taps:
        assert isinstance(whole[tap], torch.nn.ReLU)
        assert isinstance(whole[tap + 1], torch.nn.MaxPool2d)
    assert all(features.min() == 0 for features in extractor(torch.rand(1, 3, 32, 32)))


def test_features_handed_out_are_not_written_over():
    extractor = FeatureExtractor("vgg16_bn", layers=(1, 2))
    before, after = extractor(torch.rand(1, 3, 16, 16))
    assert before.min() < 0
    torch.testing.assert_close(before.relu(), after)


def test_an_extractor_stays_frozen_and_lets_gradients_through():
    extractor = FeatureExtractor("mobilenet_v2").train()
    assert not any(module.training for module in extractor.modules())
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    sum(features.square().mean() for features in extractor(x)).backward()
    assert x.grad.abs().sum() > 0
    assert not any(weight.requires_grad for weight in extractor.parameters())


@pytest.mark.parametrize("layers", [(), (5, 3), (3, 99), (3, 3)])
def test_layers_that_it_does_not_have_are_refused(layers):
    with pytest.raises(InvalidParameterError, match="layers"):
        FeatureExtractor("mobilenet_v2", layers)


def test_gram_is_the_published_sum():
    x = torch.randn(2, 5, 4, 6)
    expected = torch.einsum("nihw,njhw->nij", x, x) / (5 * 4 * 6)
    torch.testing.assert_close(gram(x), expected)


def test_gram_gives_the_published_tensor_for_features_that_have_it():
    values, vectors = torch.linalg.eigh(PUBLISHED.double())
    root = vectors * values.clamp(min=0).sqrt()
    features = (root * (3 * 3) ** 0.5).reshape(3, 1, 3)
    both = gram(torch.stack([features, features]))
    assert torch.equal(both[0], both[1])
    torch.testing.assert_close(both[0], PUBLISHED.double(), atol=1e-4, rtol=0)
