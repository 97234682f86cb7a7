"""Colours that a picture hides under transparency show nowhere in a result."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import restore, upscale
from napari_decrappify.apply.alpha import BLEEDING, NOTHING, bled

TASKS = {"upscale": upscale, "restore": restore}


@pytest.fixture
def models(tiny_upscaler, tiny_restorer):
    return {"upscale": tiny_upscaler, "restore": tiny_restorer}


def cutout(rng, dtype=np.uint8, hidden=0):
    """Return RGBA of one colour on transparency, and where it is opaque."""
    full = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    image = np.zeros((40, 44, 4), dtype)
    image[...] = hidden if np.isscalar(hidden) else (hidden * full).astype(dtype)
    image[..., 3] = 0
    image[12:30, 10:33] = (0.8 * full, 0.6 * full, 0.4 * full, full)
    return image, image[..., 3] > 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("task", TASKS)
def test_what_is_hidden_doesnt_matter(models, rng, task, dtype):
    hidden = rng.random((40, 44, 4))
    images = [cutout(rng, dtype, colors)[0] for colors in (0, hidden)]
    full = float(np.iinfo(dtype).max)
    plain, secret = (TASKS[task](image, model=models[task], normalize=(0.0, full)) for image in images)
    np.testing.assert_array_equal(plain, secret)


def test_no_hidden_colour_shows_in_an_enlarged_edge(make_model, rng):
    image, _ = cutout(rng, hidden=rng.random((40, 44, 4)))
    make_model("nearest", "upscale")
    result = upscale(image, model="nearest")
    seen = result[..., 3] > 0
    np.testing.assert_array_equal(result[seen][:, :3], np.broadcast_to(image[20, 20, :3], (seen.sum(), 3)))


def test_alpha_is_as_before(models, rng):
    image, _ = cutout(rng)
    image[..., 3] = rng.integers(0, 256, image.shape[:2])
    solid = image.copy()
    solid[..., :3] = 0
    bright = image.copy()
    bright[..., :3] = 255
    alphas = [upscale(one, model=models["upscale"])[..., 3] for one in (image, solid, bright)]
    np.testing.assert_array_equal(alphas[0], alphas[1])
    np.testing.assert_array_equal(alphas[0], alphas[2])


def test_an_opaque_picture_is_treated_as_one_without_alpha(models, rng):
    colors = rng.integers(0, 256, (30, 34, 3), dtype=np.uint8)
    opaque = np.dstack([colors, np.full((30, 34), 255, np.uint8)])
    for task, call in TASKS.items():
        expected = call(colors, model=models[task])
        np.testing.assert_array_equal(call(opaque, model=models[task])[..., :3], expected)


@pytest.mark.parametrize("task", TASKS)
def test_tiles_and_chunks_dont_show(models, rng, task):
    image = rng.random((90, 94, 4), dtype=np.float32)
    image[..., 3] = (image[..., 3] > 0.97) * image[..., 3]
    options = {"model": models[task], "normalize": (0.0, 1.0), "precision": "fp32"}
    whole = TASKS[task](image, tile=512, **options)
    np.testing.assert_allclose(TASKS[task](image, tile=16, **options), whole, atol=1e-5)
    lazy = TASKS[task](da.from_array(image, (40, 31, 4)), **options)
    np.testing.assert_allclose(lazy.compute(), whole, atol=1e-5)


def test_colours_bleed_as_far_as_said_and_leave_opaque_pixels_alone(rng):
    pixels = rng.random((41, 41, 3), dtype=np.float32)
    alpha = np.zeros((41, 41), np.uint8)
    alpha[20, 20] = 1
    filled = bled(pixels, alpha)
    near = np.abs(np.indices(alpha.shape) - 20).max(0) <= BLEEDING
    np.testing.assert_allclose(filled[near], np.broadcast_to(pixels[20, 20], (near.sum(), 3)), rtol=1e-5)
    assert (filled[~near] == NOTHING).all()
    np.testing.assert_array_equal(bled(pixels, np.ones_like(alpha)), pixels)


def test_a_pixel_takes_after_the_more_opaque_of_its_neighbours():
    pixels = np.zeros((1, 3, 3), np.float32)
    pixels[0, 2] = 1
    filled = bled(pixels, np.array([[50, 0, 200]], np.uint8))
    np.testing.assert_allclose(filled[0, 1], 0.8, rtol=1e-6)


def test_values_that_arent_finite_bleed_nowhere(rng):
    pixels = rng.random((9, 9, 3), dtype=np.float32)
    pixels[0, 0] = np.nan
    alpha = np.zeros((9, 9), np.uint8)
    alpha[0, 0] = alpha[8, 8] = 255
    assert np.isfinite(bled(pixels, alpha)).all()
