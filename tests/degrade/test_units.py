"""What an image is counted in, and in which order its bytes stand, makes no difference to how it is made worse."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import crappify


@pytest.mark.parametrize("scale", [1e-6, 7, 1e6])
@pytest.mark.parametrize("preset", ["noisy", "fluorescence-x4", "em-x4", "old-photo"])
@pytest.mark.parametrize("lazy", [False, True], ids=["numpy", "dask"])
def test_noise_follows_the_unit_of_the_image(scale, preset, lazy):
    image = np.random.default_rng(0).gamma(2, 0.1, (48, 48))
    one, two = (
        np.asarray(crappify(da.from_array(each) if lazy else each, preset, seed=4).image)
        for each in (image, scale * image + scale)
    )
    np.testing.assert_allclose(two / scale - 1, one, atol=1e-3 * np.ptp(image))


@pytest.mark.parametrize("dtype", [">u2", "<u2", ">f4", ">i2"])
@pytest.mark.parametrize("shape", [(32, 40), (2, 32, 40), (32, 40, 3), (32, 40, 4)])
@pytest.mark.parametrize("lazy", [False, True], ids=["numpy", "dask"])
def test_the_order_of_bytes_survives(dtype, shape, lazy):
    image = (np.random.default_rng(0).random(shape) * 200).astype(dtype)
    made = crappify(da.from_array(image) if lazy else image, "em-x4", seed=1).image
    assert made.dtype.str == np.asarray(made).dtype.str == np.dtype(dtype).str


def test_a_picture_of_floats_is_made_worse_as_its_bytes_are():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    worse = crappify(image, "lesson7-small", seed=1).image
    real = crappify(image / np.float32(255), "lesson7-small", seed=1).image * 255
    assert np.abs(real - worse).mean() < 2
