"""The lesson's building blocks against small references of their own."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.nets.blocks import (
    ConvLayer,
    ResidualBlock,
    SelfAttention,
    SmoothShuffle,
    icnr,
)


def test_icnr_draws_each_group_of_four_alike_and_groups_apart():
    weight = torch.empty(12, 5, 1, 1)
    icnr(weight)
    groups = weight.reshape(3, 4, 5)
    assert torch.equal(groups, groups[:, :1].expand(-1, 4, -1))
    assert groups.std(0).min() > 0.01


@pytest.mark.parametrize("norm", ["weight", "spectral", "batch", "none"])
def test_a_fresh_shuffle_enlarges_by_nearest_neighbours(norm):
    fine = SmoothShuffle(6, 5, norm=norm, blur=False).eval()(torch.rand(2, 6, 3, 4))
    assert fine.shape == (2, 5, 6, 8)
    torch.testing.assert_close(fine, fine[..., ::2, ::2].repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert fine.max() > 0


def test_blur_is_the_mean_with_the_pixels_above_and_to_the_left():
    shuffle = SmoothShuffle(4, 3, norm="none", blur=True)
    x = torch.rand(1, 4, 3, 3)
    nn.init.normal_(shuffle.expand.weight)
    blurred = shuffle(x)
    shuffle.blur = False
    sharp = shuffle(x)
    for y in range(6):
        for column in range(6):
            up, left = max(0, y - 1), max(0, column - 1)
            four = (sharp[..., y, column] + sharp[..., up, column] + sharp[..., y, left] + sharp[..., up, left]) / 4
            torch.testing.assert_close(blurred[..., y, column], four)


def test_attention_starts_as_the_identity_and_is_an_explicit_softmax():
    layer = SelfAttention(16).eval()
    x = torch.randn(2, 16, 5, 7)
    assert torch.equal(layer(x), x)
    nn.init.constant_(layer.gamma, 0.7)
    flat = x.flatten(2)
    query, key, value = (part.weight[..., 0] @ flat for part in (layer.query, layer.key, layer.value))
    assert query.shape == (2, 2, 35)
    share = torch.einsum("ndi,ndj->nij", query, key).softmax(2)
    expected = x + 0.7 * torch.einsum("nij,ncj->nci", share, value).reshape(x.shape)
    torch.testing.assert_close(layer(x), expected, atol=1e-5, rtol=1e-5)


def test_spectral_norm_keeps_the_largest_singular_value_at_one():
    layer = ConvLayer(8, 12, norm="spectral").train()
    with torch.no_grad():
        layer[0].parametrizations.weight.original.mul_(9)
        for _ in range(30):
            layer(torch.rand(1, 8, 4, 4))
    assert torch.linalg.matrix_norm(layer[0].weight.flatten(1), 2).item() == pytest.approx(1, abs=0.01)


def test_weight_norm_splits_length_from_direction():
    layer = ConvLayer(4, 6, norm="weight")[0]
    length = layer.parametrizations.weight.original0
    torch.testing.assert_close(layer.weight.flatten(1).norm(dim=1), length.flatten())


def test_a_dense_block_keeps_its_input_behind_its_output():
    block = ResidualBlock(4, norm="none", dense=True)
    x = torch.rand(1, 4, 5, 5)
    both = block(x)
    assert both.shape == (1, 8, 5, 5)
    assert torch.equal(both[:, 4:], x)
    block.dense = False
    torch.testing.assert_close(block(x), both[:, :4] + x)


def test_batch_norm_comes_after_the_activation_and_takes_the_bias_place():
    convolution, activation, norm = ConvLayer(3, 4, norm="batch")
    assert convolution.bias is None
    assert isinstance(activation, nn.ReLU)
    assert isinstance(norm, nn.BatchNorm2d)


def test_an_unknown_norm_is_a_typed_error():
    with pytest.raises(InvalidParameterError, match="norm"):
        ConvLayer(3, 4, norm="layer")


def test_attention_needs_no_map_of_all_pairs():
    layer, x = SelfAttention(48), torch.rand(2, 48, 8, 8).to(memory_format=torch.channels_last)
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        layer(x).mean().backward()
    assert layer.gamma.grad is not None
