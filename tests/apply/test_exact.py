from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import upscale
from napari_decrappify.apply.exact import exactly
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.jobs import run_to_end
from napari_decrappify.provenance import record, replay


def photo(shape=(20, 30), dtype=np.uint8):
    return np.random.default_rng(0).uniform(0, 250, shape).astype(dtype)


def reduced(fine, yx, factor, exact, axis=0):
    return run_to_end(exactly(fine, yx, factor, exact, axis))


def test_each_pixel_is_the_mean_over_its_area():
    fine = np.array([[0.0, 4.0, 8.0, 12.0, 16.0, 20.0]] * 2)
    result = reduced(fine, (1, 3), 2, (2, 4 / 3))
    np.testing.assert_allclose(result, [[2 / 1.5, 10 / 1.5, 20 / 1.5, 28 / 1.5]] * 2)


def test_a_divisor_of_the_factor_is_the_mean_of_blocks():
    fine = photo((2, 24, 36), np.uint16)
    blocks = fine.reshape(2, 12, 2, 18, 2).mean((2, 4))
    np.testing.assert_array_equal(reduced(fine, (6, 9), 4, (2, 2), 1), np.rint(blocks).astype(np.uint16))


@pytest.mark.parametrize("exact", [(3.2, 3.2), (1.7, 3.9), (0.3, 2.5)], ids=str)
def test_a_plane_stays_where_it_is(exact):
    y, x = np.mgrid[:80, :120]
    fine = (3.0 * y + 2.0 * x)[None]
    result = reduced(fine, (20, 30), 4, exact, 1)
    step = 4 / np.array(exact)
    assert result.shape == (1, round(20 * exact[0]), round(30 * exact[1]))
    rows, columns = (np.arange(n) + 0.5 for n in result.shape[1:])
    expected = 3.0 * (rows * step[0] - 0.5)[:, None] + 2.0 * (columns * step[1] - 0.5)
    eighth = (3.0 + 2.0) / 8  # of a pixel of the ramp: pixels are even in themselves
    np.testing.assert_allclose(result[0, :-1, :-1], expected[:-1, :-1], atol=eighth)


def test_bands_do_not_show(monkeypatch):
    fine = photo((80, 120, 3), np.float32)
    expected = reduced(fine, (20, 30), 4, (3.2, 2.3))
    monkeypatch.setattr("napari_decrappify.apply.exact.BAND", 7)
    np.testing.assert_allclose(reduced(fine, (20, 30), 4, (3.2, 2.3)), expected, rtol=1e-6)
    lazy = reduced(da.from_array(fine, chunks=(33, 50, 3)), (20, 30), 4, (3.2, 2.3))
    assert isinstance(lazy, da.Array)
    assert lazy.shape == expected.shape
    assert lazy.dtype == np.float32
    np.testing.assert_allclose(lazy.compute(), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64], ids=lambda t: t.__name__)
def test_a_flat_image_stays_flat(dtype):
    fine = np.full((60, 80), 101, dtype)
    result = reduced(fine, (20, 20), 4, (2.7, 3.3))
    assert result.dtype == dtype
    np.testing.assert_allclose(result, 101)


def test_upscale_is_reduced_with_its_uncertainty(tiny_upscaler):
    image = photo((2, 20, 30, 4))
    fine, spread = upscale(image, 4, model=tiny_upscaler, device="cpu", rgb=True, return_uncertainty=True)
    made, told = upscale(
        image, 4, exact=(3.2, 2.5), model=tiny_upscaler, device="cpu", rgb=True, return_uncertainty=True
    )
    assert made.shape == (2, 64, 75, 4)
    assert told.shape == (2, 64, 75)
    np.testing.assert_array_equal(made, reduced(fine, (20, 30), 4, (3.2, 2.5), 1))
    np.testing.assert_allclose(told, reduced(spread, (20, 30), 4, (3.2, 2.5), 1))


def test_a_lazy_image_stays_lazy_and_gives_the_same(tiny_upscaler):
    image = photo((3, 40, 60), np.uint16)
    keywords = {"exact": (1.5, 1.5), "model": tiny_upscaler, "device": "cpu"}
    lazy = upscale(da.from_array(image, chunks=(1, 40, 60)), 2, rgb=False, **keywords)
    assert isinstance(lazy, da.Array)
    np.testing.assert_array_equal(lazy.compute(), upscale(image, 2, rgb=False, **keywords))


def test_replay_does_it_again(tiny_upscaler):
    from napari_decrappify.models import load_model

    made = upscale(photo(), 2, exact=(1.6, 1.6), model=tiny_upscaler, device="cpu")
    parameters = {"factor": 2, "exact": (1.6, 1.6), "device": "cpu"}
    done = record("upscale", parameters, model=load_model(tiny_upscaler))
    np.testing.assert_array_equal(replay(done, photo()), made)


@pytest.mark.parametrize("exact", [(0, 1), (2.1, 1), (1,), 1.5, "no", (float("nan"), 1)], ids=str)
def test_what_is_no_enlargement_is_refused(tiny_upscaler, exact):
    wanted = r"exact to be (two numbers above 0 and at most the factor 2|of type \(float, float\))"
    with pytest.raises(InvalidParameterError, match=wanted):
        upscale(photo(), 2, exact=exact, model=tiny_upscaler)
