"""Upscaling keeps dtype, range, axes and alpha, at any size, in tiles or not."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.apply.tasks import plan, upscale
from napari_decrappify.errors import InvalidParameterError, ModelFileError, ModelNotFoundError
from napari_decrappify.models import load_model


@pytest.fixture
def nearest(make_model):
    return make_model("nearest", "upscale")


def repeated(image, factor=2, axes=(0, 1)):
    for axis in axes:
        image = image.repeat(factor, axis)
    return image


@pytest.mark.parametrize("shape", [(1, 1), (1, 17), (23, 1), (31, 45), (31, 45, 3), (1, 1, 3)])
def test_tiled_equals_untiled(tiny_upscaler, rng, shape):
    image = rng.random(shape, dtype=np.float32)
    whole = upscale(image, model=tiny_upscaler, precision="fp32", tile=4096)
    tiled = upscale(image, model=tiny_upscaler, precision="fp32", tile=16)
    assert whole.shape == (2 * shape[0], 2 * shape[1], *shape[2:])
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [("uint8", 0, 255), ("uint16", 100, 4000), (">u2", 0, 65535), ("int16", -500, 900), ("uint32", 0, 2**32 - 1),
     ("int32", -(2**31), 2**31 - 1), ("float16", -3, 7), ("float32", -1000, 1000), ("float64", 0, 1)],
)  # fmt: skip
def test_dtype_and_range_are_kept(nearest, rng, dtype, low, high):
    image = (low + rng.random((12, 9)) * (high - low)).astype(dtype)
    result = upscale(image, model=nearest)
    assert result.dtype == image.dtype
    error = np.abs(result.astype(float) - repeated(image).astype(float)).max()
    assert error <= 1e-3 * (high - low)


def test_values_far_outside_the_usual_range_come_back(nearest, rng):
    image = rng.integers(90, 110, (64, 64)).astype(np.uint16)
    image[3, 4] = 60000
    result = upscale(image, model=nearest)
    assert abs(int(result[6, 8]) - 60000) <= 10
    assert result[20:].max() < 115


def test_a_stack_equals_its_planes_when_its_range_is_known(tiny_upscaler, rng):
    stack = rng.integers(0, 256, (2, 3, 11, 13), dtype=np.uint8)
    result = upscale(stack, model=tiny_upscaler, precision="fp32")
    assert result.shape == (2, 3, 22, 26)
    np.testing.assert_array_equal(result[1, 2], upscale(stack[1, 2], model=tiny_upscaler, precision="fp32"))


def test_a_stack_has_one_range_unless_planes_are_asked_for(make_model, rng):
    stack = np.stack([rng.random((16, 16)) * 10, rng.random((16, 16)) * 1000])
    name = make_model("nearest", "upscale")
    for normalize in ("auto", "percentile-per-plane"):
        np.testing.assert_allclose(
            upscale(stack, model=name, normalize=normalize), repeated(stack, axes=(1, 2)), atol=1e-3
        )


def test_channels_of_a_channel_axis_are_normalised_one_by_one(tiny_upscaler, rng):
    dim = rng.integers(0, 160, (1, 20, 20))
    image = np.concatenate([dim, dim * 300]).astype(np.uint16)
    result = upscale(image, model=tiny_upscaler, channel_axis=0, precision="fp32").astype(float)
    together = upscale(image, model=tiny_upscaler, rgb=False, precision="fp32").astype(float)
    np.testing.assert_allclose(result[1], 300 * result[0], atol=300)
    assert np.abs(together[1] - 300 * together[0]).max() > 300


def test_opaque_alpha_stays_opaque_and_tiles_do_not_show_in_it(nearest, rng):
    image = rng.integers(0, 256, (40, 37, 4), dtype=np.uint8)
    image[:20, :, 3] = 255
    result = upscale(image, model=nearest, tile=16)
    assert (result[:36, :, 3] == 255).all()
    np.testing.assert_array_equal(result, upscale(image, model=nearest, tile=512))


def test_factor_four_is_two_twice(nearest, rng):
    image = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(upscale(image, 4), repeated(image, 4))
    assert plan("upscale", image, 4).times == 2


def test_a_chain_is_exact_in_tiles_too(tiny_upscaler, rng):
    image = rng.random((40, 33), dtype=np.float32)
    whole, tiled = (upscale(image, 4, model=tiny_upscaler, precision="fp32", tile=side) for side in (512, 16))
    np.testing.assert_allclose(whole, tiled, atol=1e-5)


def test_a_factor_without_a_model_is_refused(nearest):
    image = np.zeros((4, 4), np.uint8)
    with pytest.raises(ModelNotFoundError, match=r"nearest \(upscale x2\)"):
        upscale(image, 3)
    with pytest.raises(InvalidParameterError, match="power"):
        upscale(image, 3, model=nearest)
    for factor in (1, 0, 2.5, True):
        with pytest.raises(InvalidParameterError, match="factor"):
            upscale(image, factor)


def test_a_model_of_another_task_is_refused(make_model):
    name = make_model("blur")
    with pytest.raises(InvalidParameterError, match="for watermark"):
        upscale(np.zeros((4, 4), np.uint8), model=name)


def test_a_loaded_model_may_be_passed(nearest, rng):
    image = rng.integers(0, 256, (5, 5), dtype=np.uint8)
    np.testing.assert_array_equal(upscale(image, model=load_model(nearest)), repeated(image))


def test_strength_nought_is_the_base(tiny_upscaler, rng):
    image = rng.random((20, 20), dtype=np.float32)
    none, half, full = (upscale(image, model=tiny_upscaler, precision="fp32", strength=s) for s in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (none + full) / 2, atol=1e-6)
    assert np.abs(none - full).max() > 1e-3


def test_a_net_that_gives_nan_is_reported(make_model):
    from napari_decrappify.apply.tasks import remove_watermark

    name = make_model("broken")
    with pytest.raises(ModelFileError, match="finite output"):
        remove_watermark(np.zeros((8, 8), np.uint8), np.ones((8, 8), bool), model=name)


def test_read_only_and_strided_input_is_read_and_left_as_it_was(tiny_upscaler, rng):
    image = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)[::-2, ::3]
    image.flags.writeable = False
    before = image.copy()
    result = upscale(image, model=tiny_upscaler)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(result, upscale(before, model=tiny_upscaler))
