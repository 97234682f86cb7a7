"""Colour is added, luminance is kept."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pytest

from napari_decrappify import colorize
from napari_decrappify.apply.colors import coloring
from napari_decrappify.apply.engine.tiling import Box
from napari_decrappify.degrade.operations.tone import LUMA
from napari_decrappify.errors import InvalidImageError


@pytest.fixture
def tint(make_model):
    return make_model("tint", "colorize")


def luma(image):
    return image[..., :3].astype(float) @ LUMA.astype(float)


RANGES = [("uint8", 0, 256), ("uint16", 0, 65536), ("uint16", 300, 4000), ("int16", -500, 900), ("float32", 0, 1),
          ("float64", -3, 70)]  # fmt: skip


@pytest.mark.parametrize(("dtype", "low", "high"), RANGES)
@pytest.mark.parametrize("shape", [(31, 45), (31, 45, 3), (2, 31, 45)])
def test_luma_is_the_inputs_up_to_rounding(tint, rng, shape, dtype, low, high):
    image = (low + rng.random(shape) * (high - low)).astype(dtype)
    image.flat[0], image.flat[-1] = np.iinfo(dtype).max if image.dtype.kind in "ui" else high * 9, low
    result = colorize(image, model=tint)
    assert result.dtype == image.dtype
    assert result.shape == (*shape[: -1 if shape[-1] == 3 else None], 3)
    expected = luma(image) if shape[-1] == 3 else image.astype(float)
    rounding = 0.5 if image.dtype.kind in "ui" else 0
    assert np.abs(luma(result) - expected).max() <= rounding + 2e-6 * (high - low)
    assert np.abs(result[..., 0].astype(float) - result[..., 2]).max() > 0.2 * (high - low)


def test_colours_stay_within_the_range(tint, rng):
    result = colorize(rng.random((40, 40)), model=tint)
    assert result.min() >= -1e-6
    assert result.max() <= 1 + 1e-6


def test_black_white_and_what_is_beyond_stay_grey(tint):
    image = np.linspace(0, 1, 6000).reshape(60, 100)
    image[0, :2] = -7, 9
    result = colorize(image, model=tint, normalize="percentile")
    for value, place in ((-7, (0, 0)), (9, (0, 1)), (image[0, 2], (0, 2)), (image[-1, -1], (-1, -1))):
        np.testing.assert_allclose(result[place], value, atol=1e-6)
    assert (np.ptp(result[20:40], axis=-1) > 0.1).all()


def test_strength_nought_is_grey_and_less_is_paler(tint, rng):
    image = 0.4 + 0.2 * rng.random((20, 30), dtype=np.float32)
    none, pale, paler = (colorize(image, model=tint, strength=s, normalize="full") for s in (0.0, 0.2, 0.1))
    np.testing.assert_array_equal(none, np.repeat(image[..., None], 3, -1))
    np.testing.assert_allclose(paler, (none + pale) / 2, atol=1e-6)
    assert (np.ptp(pale, axis=-1) > 0.02).all()


@pytest.mark.parametrize("evenness", [5e-324, 1e-3, 1.0])
def test_patches_give_way_as_far_as_is_asked_and_never_across_edges(tint, evenness):
    image = np.full((60, 90), 100, np.uint8)
    image[:, 45:] = 200
    image[20:30, 15:25] += 6  # no edge, but another colour to the model
    found, even = (colorize(image, model=tint, evenness=value).astype(int) for value in (0.0, evenness))
    patch, around = np.s_[23:27, 18:22], np.s_[23:27, 2:6]
    before, after = (
        np.ptp(np.stack([one[patch].mean((0, 1)), one[around].mean((0, 1))]), 0).max() for one in (found, even)
    )
    assert after <= before
    assert evenness < 1 or after < 0.8 * before
    np.testing.assert_allclose(even[:, 60:], found[:, 60:], atol=6)


def test_alpha_is_bit_identical(tint, rng):
    image = rng.integers(0, 256, (2, 20, 30, 4), dtype=np.uint8)
    result = colorize(image, model=tint)
    assert result.shape == image.shape
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    np.testing.assert_array_equal(result[..., :3], colorize(image[..., :3], model=tint))


@pytest.mark.parametrize("shape", [(1, 1), (1, 17), (70, 50), (70, 50, 3)])
def test_tiles_do_not_show(tint, rng, shape):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(colorize(image, model=tint, tile=16), colorize(image, model=tint, tile=512))


@pytest.fixture
def scene():
    """A large dark and bright picture, with fine texture."""
    y, x = np.mgrid[:401, :523]
    return (np.where(x < 261, 70, 180) + 9 * np.sin(y / 2) * np.sin(x / 3)).astype(np.uint8)


def test_large_pictures_are_coloured_as_small_ones(tint, scene):
    result = colorize(scene, model=tint)
    small = colorize(scene[::3, ::3], model=tint)
    assert np.abs(luma(result) - scene).max() <= 0.5 + 1e-3
    assert scene.shape[0] / coloring.reduction(scene.shape) == pytest.approx(128, abs=10)
    away = (slice(9, -9), np.r_[9:70, 105:165])  # from the edge, at which one is averaged over more than the other
    np.testing.assert_allclose(result[::3, ::3][away], small[away], atol=12)


def test_the_whole_plane_is_seen_at_once_and_tiles_do_not_show(tint, scene):
    steps = []
    result = colorize(scene, model=tint, progress=steps.append)
    assert steps[-1].total == 1
    np.testing.assert_array_equal(colorize(scene, model=tint, tile=16), result)


def test_colours_follow_the_edges_of_the_full_size(tint, scene):
    result = colorize(scene, model=tint).astype(float)
    chroma = result - luma(result)[..., None]
    dark, bright = (chroma[60:340, part].mean((0, 1)) for part in (slice(230, 255), slice(267, 290)))
    beside = chroma[60:340, 259:261].mean((0, 1))
    assert np.abs(beside - dark).max() < 0.35 * np.abs(bright - dark).max()


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_small_values_are_enlarged_between_the_centres_of_their_pixels(rng, factor):
    small = rng.random((6, 7, 2), dtype=np.float32)
    whole = coloring.enlarged(small, Box(0, 6 * factor, 0, 7 * factor), factor)
    y, x = (np.arange(n * factor) / factor + 0.5 / factor - 0.5 for n in (6, 7))
    rows = np.stack([np.interp(y, np.arange(6), small[:, column, 0]) for column in range(7)], 1)
    expected = np.stack([np.interp(x, np.arange(7), row) for row in rows])
    np.testing.assert_allclose(whole[..., 0], expected, atol=1e-6)
    part = Box(1, 5, 2, 6)
    np.testing.assert_array_equal(coloring.enlarged(small, part, factor), whole[part.slices])


@pytest.mark.parametrize("chunks", [(200, 180), (401, 523), ((23, 378), (300, 223))])
def test_a_large_dask_array_gets_the_same_colours(tint, scene, chunks):
    lazy, spread = colorize(da.from_array(scene, chunks), model=tint, return_uncertainty=True)
    expected, known = colorize(scene, model=tint, return_uncertainty=True)
    colors, uncertainty = dask.compute(lazy, spread)
    np.testing.assert_array_equal(colors, expected)
    np.testing.assert_allclose(uncertainty, known, atol=1e-4)
    np.testing.assert_array_equal(lazy[50:60, 500:].compute(), expected[50:60, 500:])


@pytest.mark.parametrize("shape", [(90, 110), (70, 90, 3), (2, 60, 50, 4), (3, 2, 60, 50)])
def test_a_dask_array_is_coloured_lazily(tint, rng, shape):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    result, uncertainty = colorize(da.from_array(image, chunks=40), model=tint, return_uncertainty=True)
    assert isinstance(result, da.Array)
    expected, spread = colorize(image, model=tint, return_uncertainty=True)
    assert (result.shape, uncertainty.shape) == (expected.shape, spread.shape)
    colors, doubt = dask.compute(result, uncertainty)
    np.testing.assert_array_equal(colors, expected)
    np.testing.assert_allclose(doubt, spread, atol=1e-4)


def test_an_ensemble_keeps_the_luma_too(tint, rng):
    image = rng.integers(0, 256, (30, 40), dtype=np.uint8)
    result = colorize(image, model=tint, ensemble=True)
    assert np.abs(luma(result) - image).max() <= 0.5 + 1e-3


def test_independent_channels_are_refused(tint, rng):
    with pytest.raises(InvalidImageError, match="independent channels"):
        colorize(rng.random((2, 20, 30)), model=tint, channel_axis=0)
