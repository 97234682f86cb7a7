"""Infill changes the holes and nothing else, and what was in them doesn't matter."""

from __future__ import annotations

import functools

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import infill
from napari_decrappify.apply.engine.runner import Runner
from napari_decrappify.apply.tasks import plan
from napari_decrappify.errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from napari_decrappify.models import ModelCard, save_model, user_model_path
from napari_decrappify.nets import build

smooth = functools.partial(infill, texture=0.0)


@pytest.fixture
def around(make_model):
    return make_model("around", "infill")


@pytest.fixture
def gated(home):
    """A real infiller, tiny, with random weights."""
    import torch

    options = {"widths": [6, 8, 8, 8], "middle": 2, "norm": "none"}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = build("gated-infill", options)
        torch.nn.init.normal_(net.to_image.weight, std=0.05)
    card = ModelCard(name="gated", task="infill", architecture="gated-infill", options=options)
    save_model(user_model_path("gated"), net, card)
    return "gated"


@pytest.fixture
def mask(rng):
    """Two holes and a stroke, as large as the images below."""
    mask = np.zeros((61, 83), bool)
    mask[5:12, 8:14] = mask[40:52, 60:70] = mask[30:32, 2:80] = True
    return mask


@pytest.mark.parametrize("tile", [16, 4096, None])
@pytest.mark.parametrize("shape", [(61, 83), (61, 83, 3), (61, 83, 4), (2, 61, 83), (2, 61, 83, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_known_pixels_are_bit_identical_and_holes_are_filled(around, rng, mask, shape, dtype, tile):
    image = (rng.random(shape) * 200).astype(dtype)
    before = image.copy()
    where = np.broadcast_to(mask[..., None] if shape[-1] in (3, 4) else mask, shape).copy()
    if shape[-1] == 4:
        where[..., 3] = False
    image[where] = 250
    result = smooth(image, mask, model=around, tile=tile)
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(result[~where], before[~where])
    assert result[where].min() > 40
    assert result[where].max() < 160


@pytest.mark.parametrize("normalize", ["auto", "percentile"])
@pytest.mark.parametrize("junk", [0.0, -1e30, np.nan, np.inf])
def test_what_is_in_a_hole_does_not_matter(gated, rng, mask, junk, normalize):
    image = rng.random((61, 83, 3))
    options = {"model": gated, "precision": "fp32", "normalize": normalize}
    expected = smooth(image, mask, **options)
    image[mask] = junk
    np.testing.assert_array_equal(smooth(image, mask, **options)[mask], expected[mask])


def test_nan_outside_the_holes_is_refused(around, rng, mask):
    image = rng.random((61, 83))
    image[mask] = np.nan
    image[20, 30] = np.nan
    with pytest.raises(InvalidImageError, match=r"1 NaN or infinite .* index \(20, 30\)"):
        smooth(image, mask, model=around)
    filled = smooth(image, mask, model=around, nonfinite="fill")
    assert np.isfinite(filled[mask]).all()
    assert np.isnan(filled[20, 30])


def test_hot_pixels_beside_a_hole_are_not_spread(around, rng, mask):
    image = rng.integers(90, 110, mask.shape).astype(np.uint16)
    image[4, 10] = 60000
    assert smooth(image, mask, model=around)[mask].max() < 120


@pytest.mark.parametrize("shape", [(61, 83), (61, 83, 3)])
def test_tiles_do_not_show(gated, rng, shape):
    y, x = np.mgrid[:300, :310] / 300
    image = (0.5 + 0.3 * np.sin(9 * y * x) + 0.05 * rng.random((300, 310))).astype(np.float32)
    mask = np.zeros(image.shape, bool)
    mask[120:180, 100:200] = mask[20:24, 10:300] = True
    made = plan("infill", image, model=gated, tile=64).tiling
    assert (made.tile, made.halo, made.blend) == ((64, 64), 256, 32)
    whole, tiled = (smooth(image, mask, model=gated, precision="fp32", tile=side) for side in (4096, 64))
    np.testing.assert_allclose(tiled, whole, atol=1e-3 * (image.max() - image.min()))


def test_only_what_is_around_holes_is_run(around, rng, monkeypatch):
    read = []
    original = Runner.run
    image = rng.integers(0, 256, (500, 400), dtype=np.uint8)
    plan("infill", image, model=around)  # which measures the net's memory
    monkeypatch.setattr(Runner, "run", lambda self, *pieces: read.append(pieces[0].shape) or original(self, *pieces))
    mask = np.zeros(image.shape, bool)
    smooth(image, mask, model=around)
    assert read == []
    mask[200:210, 100:120] = True
    smooth(image, mask, model=around)
    assert read == [(22, 32)]
    mask[:5, :5] = mask[-5:, -5:] = True
    read.clear()
    smooth(image, mask, model=around, tile=64)
    assert len(read) <= 4


def test_an_empty_mask_gives_a_copy(around, rng):
    image = rng.random((20, 30))
    result = smooth(image, np.zeros(image.shape, bool), model=around)
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)


def test_a_mask_of_everything_is_refused(around, rng):
    stack = rng.random((3, 20, 30))
    with pytest.raises(InvalidMaskError, match="all of it"):
        smooth(stack[0], np.ones((20, 30), bool), model=around)
    mask = np.zeros((3, 20, 30), bool)
    mask[1, 1:-1, 1:-1] = True
    assert smooth(stack, mask, model=around).shape == stack.shape
    with pytest.raises(InvalidMaskError, match=r"plane \(1,\)"):
        smooth(stack, mask, model=around, dilate=1)


def test_dilate_grows_the_mask(around, rng, mask):
    image = rng.integers(0, 256, (61, 83, 3), dtype=np.uint8)
    padded = np.pad(mask, 2)
    wide = np.any([np.roll(padded, (dy, dx), (0, 1)) for dy in range(-2, 3) for dx in range(-2, 3)], 0)[2:-2, 2:-2]
    np.testing.assert_array_equal(smooth(image, mask, model=around, dilate=2), smooth(image, wide, model=around))


def test_a_mask_is_broadcast_over_leading_axes_and_labels_count(around, rng, mask):
    stack = rng.integers(0, 256, (2, 3, 61, 83), dtype=np.uint8)
    result = smooth(stack, mask, model=around)
    np.testing.assert_array_equal(smooth(stack, mask * 7, model=around), result)
    np.testing.assert_array_equal(result[1, 2], smooth(stack[1, 2], mask, model=around))
    several = np.zeros((3, 61, 83), bool)
    several[1] = mask
    partly = smooth(stack, several, model=around)
    np.testing.assert_array_equal(partly[:, [0, 2]], stack[:, [0, 2]])
    np.testing.assert_array_equal(partly[:, 1], result[:, 1])


@pytest.mark.parametrize("given", [np.zeros((61, 82), bool), np.zeros((61, 83), np.float32), "mask", None])
def test_what_is_no_mask_is_refused(around, rng, given):
    with pytest.raises(InvalidMaskError):
        smooth(rng.random((61, 83)), given, model=around)


def test_strength_nought_is_the_smooth_fill(gated, rng, mask):
    image = rng.random((61, 83), dtype=np.float32)
    none, half, full = (smooth(image, mask, model=gated, precision="fp32", strength=s) for s in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (none + full) / 2, atol=1e-6)
    assert np.abs(none - full)[mask].max() > 1e-3
    assert none[mask].std() < full[~mask].std()


@pytest.mark.parametrize("dilate", [0, 3])
@pytest.mark.parametrize("shape", [(150, 130), (150, 130, 3), (2, 150, 130), (2, 150, 130, 4)])
@pytest.mark.parametrize("lazily", [False, True])
def test_a_dask_array_is_filled_lazily(around, rng, shape, lazily, dilate):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    mask = np.zeros((150, 130), bool)
    mask[40:60, 60:70] = mask[100:103, 5:120] = True
    given = da.from_array(mask, 45) if lazily else mask
    result = smooth(da.from_array(image, chunks=40), given, model=around, dilate=dilate)
    assert isinstance(result, da.Array)
    np.testing.assert_array_equal(result.compute(), smooth(image, mask, model=around, dilate=dilate))


def test_nan_in_the_holes_of_a_dask_array_is_nothing(around, rng):
    image = rng.random((150, 130))
    mask = np.zeros(image.shape, bool)
    mask[40:60, 60:70] = True
    image[mask] = np.nan
    result = smooth(da.from_array(image, chunks=40), mask, model=around)
    np.testing.assert_array_equal(result.compute(), smooth(image, mask, model=around))
    image[100, 100] = np.nan
    with pytest.raises(InvalidImageError, match=r"\(100, 100\)"):
        smooth(da.from_array(image, chunks=40), mask, model=around).compute()


def test_a_numpy_image_may_have_a_dask_mask(around, rng, mask):
    image = rng.random(mask.shape)
    result = smooth(image, da.from_array(mask, 20), model=around, dilate=1)
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result, smooth(image, mask, model=around, dilate=1))


def test_models_that_take_no_hole_are_refused(make_model, rng):
    name = make_model("blur", "infill")
    with pytest.raises(InvalidParameterError, match=r"the image and its holes .4 channels., got blur, of 3"):
        smooth(rng.random((8, 8)), np.eye(8, dtype=bool), model=name)


def test_uncertainty_is_nought_outside_the_holes(gated, rng, mask):
    image = (rng.random((61, 83, 3)) * 1000).astype(np.uint16)
    result, uncertainty = smooth(image, mask, model=gated, return_uncertainty=True)
    np.testing.assert_array_equal(result[~mask], image[~mask])
    assert (uncertainty.shape, uncertainty.dtype) == (mask.shape, np.float32)
    assert (uncertainty[~mask] == 0).all()
    assert 1 < uncertainty[mask].mean() < 500
