"""Restoring changes any pixel but no dtype, range, axis or alpha."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import restore
from napari_decrappify.apply.tasks.request import plan
from napari_decrappify.errors import InvalidImageError, InvalidParameterError


@pytest.fixture
def shift(make_model):
    return make_model("shift", "restore")


def shifted(image, axis=1):
    image = image.astype(float)
    moved = np.concatenate([np.delete(image, 0, axis), np.take(image, [-1], axis)], axis)
    return (image + moved) / 2


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [("uint8", 0, 255), ("uint16", 100, 4000), (">u2", 0, 65535), ("int16", -500, 900), ("int32", -(2**31), 2**31 - 1),
     ("float16", -3, 7), ("float32", -1000, 1000), ("float64", 0, 1)],
)  # fmt: skip
def test_dtype_and_range_are_kept(shift, rng, dtype, low, high):
    image = (low + rng.random((12, 9)) * (high - low)).astype(dtype)
    result = restore(image, model=shift)
    assert (result.dtype, result.shape) == (image.dtype, image.shape)
    assert np.abs(result.astype(float) - shifted(image)).max() <= 2e-3 * (high - low)


@pytest.mark.parametrize("shape", [(1, 1), (1, 17), (33, 50), (33, 50, 3), (2, 33, 20), (2, 3, 20, 30, 3)])
def test_axes_are_kept_and_tiles_do_not_show(shift, rng, shape):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    result = restore(image, model=shift)
    axis = len(shape) - (2 if shape[-1] == 3 else 1)
    np.testing.assert_allclose(result, shifted(image, axis), atol=0.6)
    np.testing.assert_array_equal(result, restore(image, model=shift, tile=16))


def test_strength_nought_is_the_input_and_half_is_between(shift, rng):
    image = rng.integers(0, 65536, (20, 30), dtype=np.uint16)
    np.testing.assert_array_equal(restore(image, model=shift, strength=0.0), image)
    half = restore(image, model=shift, strength=0.5, normalize="full").astype(float)
    np.testing.assert_allclose(half, (image + shifted(image)) / 2, atol=1)


def test_alpha_is_bit_identical(shift, rng):
    image = rng.random((2, 20, 30, 4)).astype(np.float32)
    image[0, 0, 0, 3] = 7
    result = restore(image, model=shift, tile=16)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    assert (result[..., :3] != image[..., :3]).any()


def test_nan_is_refused_or_filled(shift, rng):
    image = rng.random((20, 30))
    image[3, 7] = np.nan
    with pytest.raises(InvalidImageError, match=r"index \(3, 7\)"):
        restore(image, model=shift)
    assert np.isfinite(restore(image, model=shift, nonfinite="fill")).all()


@pytest.mark.parametrize("shape", [(150, 130), (70, 150, 3), (2, 60, 50, 4), (3, 60, 50)])
def test_a_dask_array_is_restored_lazily(shift, rng, shape):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    result = restore(da.from_array(image, chunks=40), model=shift)
    assert isinstance(result, da.Array)
    assert (result.dtype, result.shape) == (image.dtype, image.shape)
    np.testing.assert_array_equal(result.compute(), restore(image, model=shift))


def test_channels_are_normalised_one_by_one(make_model, rng):
    model = make_model("shift", "restore", intensity="percentile")
    dim = rng.integers(0, 200, (1, 20, 20))
    image = np.concatenate([dim, dim * 300]).astype(np.uint16)
    result = restore(image, model=model, channel_axis=0).astype(float)
    np.testing.assert_allclose(result[1], 300 * result[0], atol=300)


def test_models_that_do_something_else_are_refused(make_model, tiny_upscaler):
    image = np.zeros((8, 8), np.uint8)
    with pytest.raises(InvalidParameterError, match="a model for restore, got tiny-x2, which is for upscale"):
        restore(image, model=tiny_upscaler)
    filler = make_model("around", "restore", name="filler")
    with pytest.raises(InvalidParameterError, match=r"an image alone .3 channels., got filler, of 4"):
        restore(image, model=filler)


def test_the_default_is_the_plain_model(make_model, rng):
    image = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    make_model("blur", "restore", name="denoise")
    make_model("shift", "restore", name="restore")
    np.testing.assert_array_equal(restore(image), restore(image, model="restore"))
    assert (restore(image) != restore(image, model="denoise")).any()


@pytest.mark.parametrize(
    ("shape", "dtype", "rgb", "expected"),
    [
        ((20, 30, 3), "uint8", None, "restore"),
        ((2, 20, 30, 4), "uint8", None, "restore"),
        ((20, 30), "uint8", None, "denoise"),
        ((3, 20, 30), "uint16", None, "denoise"),
        ((20, 30, 3), "uint16", None, "denoise"),
        ((20, 30, 3), "float32", None, "denoise"),
        ((20, 30, 3), "uint8", False, "denoise"),
    ],
)
def test_the_default_model_depends_on_the_image(both_restorers, rng, shape, dtype, rgb, expected):
    image = (rng.random(shape) * (1 if dtype == "float32" else 255)).astype(dtype)
    results = {name: restore(image, model=name, rgb=rgb) for name in both_restorers}
    assert (results["restore"] != results["denoise"]).any()
    np.testing.assert_array_equal(restore(image, rgb=rgb), results[expected])
    lazy = restore(da.from_array(image, chunks=-1), rgb=rgb)
    np.testing.assert_array_equal(lazy, results[expected])
    assert plan("restore", image, rgb=rgb).model == expected
