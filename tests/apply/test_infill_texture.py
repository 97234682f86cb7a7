"""Texture in the holes that infill fills: how much, the same again, and nothing anywhere else."""

from __future__ import annotations

import functools

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import infill as infill_call
from napari_decrappify.apply.texture import synthesis
from napari_decrappify.apply.texture.holes import CELL, LEAST, MARGIN, holes_in, margin_around
from napari_decrappify.errors import InvalidParameterError

SHAPE = (44, 52)


@pytest.fixture
def infill(make_model):
    """Infill, by a model that fills with the mean of what is around."""
    return functools.partial(infill_call, model=make_model("around", "infill"), device="cpu")


@pytest.fixture
def searched_at_random(monkeypatch):
    """Patches are found as in large pictures."""
    monkeypatch.setattr(synthesis, "EXHAUSTIVE", 0)
    monkeypatch.setattr(synthesis, "ALWAYS", 0)


def stripes(shape=SHAPE, dtype=np.uint8, top=255):
    """Vertical stripes of 8 pixels."""
    row = 0.5 + 0.4 * np.sin(2 * np.pi * np.arange(shape[1]) / 8)
    return np.broadcast_to(row * top, shape).astype(dtype)


def box(y, x, side=9, shape=SHAPE):
    mask = np.zeros(shape, bool)
    mask[y : y + side, x : x + side] = True
    return mask


def error(result, image, mask):
    return np.abs(result[mask].astype(float) - image[mask]).mean()


def test_by_default_the_texture_around_goes_on(infill):
    image, mask = stripes(), box(18, 20)
    filled, smooth = infill(image, mask), infill(image, mask, texture=0.0)
    assert error(filled, image, mask) < 0.2 * error(smooth, image, mask)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_it_keeps_every_other_pixel_and_the_dtype(infill, dtype):
    image, mask = stripes(dtype=dtype, top=200), box(18, 20)
    filled = infill(image, mask)
    assert filled.dtype == image.dtype
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    assert error(filled, image, mask) < 10


def test_texture_of_dim_16_bits_and_of_channels(infill):
    image = np.stack([stripes(dtype=np.uint16, top=900), stripes(dtype=np.uint16, top=60_000)])
    mask = box(18, 20)
    filled = infill(image, mask, channel_axis=0)
    for channel, before in zip(filled, image, strict=True):
        assert error(channel, before, mask) < 0.1 * before.mean()


def test_what_transparency_hides_is_no_source_and_alpha_stays(infill):
    rng = np.random.default_rng(0)
    image = np.dstack([stripes()] * 3 + [np.full(SHAPE, 255, np.uint8)])
    image[:12, :, 3] = 0
    junk = image.copy()
    junk[:12, :, :3] = rng.integers(0, 256, (12, 52, 3))
    mask = box(22, 20)
    one, other = infill(image, mask), infill(junk, mask)
    np.testing.assert_array_equal(one[mask], other[mask])
    np.testing.assert_array_equal(one[..., 3], image[..., 3])
    assert error(one, image, mask) < 10


def test_values_between_mix(infill):
    image, mask = stripes(dtype=np.float32, top=1.0), box(18, 20)
    none, some, full = (infill(image, mask, texture=share) for share in (0.0, 0.25, 1.0))
    np.testing.assert_allclose(some, none + 0.25 * (full - none), atol=1e-6)
    assert np.abs(full - none).max() > 0.1


def test_strength_nought_has_no_texture(infill):
    image, mask = stripes(), box(18, 20)
    start = infill(image, mask, strength=0.0, texture=0.0)
    np.testing.assert_array_equal(infill(image, mask, strength=0.0), start)


def test_a_seed_gives_the_same_pixels_and_another_seed_others(infill, searched_at_random):
    image, mask = np.random.default_rng(1).integers(0, 256, SHAPE, dtype=np.uint8), box(18, 20)
    one, again, other = (infill(image, mask, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    with pytest.raises(InvalidParameterError, match="seed"):
        infill(image, mask, seed=-1)


def test_a_hole_elsewhere_changes_nothing(infill, searched_at_random):
    shape = (40, 40 + 2 * MARGIN)
    image, mask = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8), box(16, 200, 6, shape)
    both = mask | box(16, 20, 6, shape)
    alone, beside = infill(image, mask), infill(image, both)
    np.testing.assert_array_equal(beside[mask], alone[mask])


@pytest.mark.parametrize("colors", [(), (4,)], ids=["grey", "rgba"])
def test_a_dask_array_gets_the_same_texture(infill, searched_at_random, colors):
    image = np.random.default_rng(1).integers(1, 256, (2, 60, 70, *colors), dtype=np.uint8)
    mask = box(26, 30, 6, (60, 70))
    result = infill(da.from_array(image, chunks=(1, 30, 24, *colors)), mask, rgb=bool(colors))
    assert isinstance(result, da.Array)
    assert (result.dtype, result.shape) == (image.dtype, image.shape)
    np.testing.assert_array_equal(result.compute(), infill(image, mask, rgb=bool(colors)))


def test_planes_have_draws_of_their_own(infill, searched_at_random):
    plane = np.random.default_rng(1).integers(0, 256, SHAPE, dtype=np.uint8)
    filled = infill(np.stack([plane, plane]), box(18, 20))
    assert (filled[0] != filled[1]).any()


def test_nan_outside_that_is_to_be_filled_is_no_source(infill):
    image, mask = stripes(dtype=np.float32, top=1.0).copy(), box(22, 20)
    image[:8] = np.nan
    filled = infill(image, mask, nonfinite="fill")
    assert np.isnan(filled[:8]).all()
    assert error(filled, stripes(dtype=np.float32, top=1.0), mask) < 0.05


def test_a_job_tells_each_hole_before_it_is_filled(infill):
    mask = box(2, 2, 4, (40, 120)) | box(2, 100, 4, (40, 120))
    image = stripes((40, 120))
    notes = []
    infill(image, mask, progress=lambda step: notes.append((step.done, step.total, step.note)))
    textures = [step for step in notes if "texture" in step[2]]
    assert textures == [(number, 2, f"plane 1 of 1, texture of hole {number + 1} of 2") for number in (0, 1)]


def test_uncertainty_is_that_of_the_smooth_fill(infill):
    image, mask = stripes(), box(18, 20)
    (_, of_it), (_, of_smooth) = (infill(image, mask, return_uncertainty=True, texture=share) for share in (1.0, 0.0))
    np.testing.assert_array_equal(of_it, of_smooth)


def test_holes_are_those_whose_cells_touch():
    mask = box(3, 3, 4, (200, 300)) | box(CELL + 2, 10, 4, (200, 300)) | box(150, 260, 10, (200, 300))
    first, second = holes_in(mask)
    assert first.box == (3, CELL + 6, 3, 14)
    assert second.box == (150, 160, 260, 270)
    margin = margin_around((10, 10))
    assert second.window == (150 - margin, 200, 260 - margin, 300)
    together = np.zeros(mask.shape, bool)
    for hole in (first, second):
        together[hole.window.slices] |= hole.mask
    np.testing.assert_array_equal(together, mask)
    assert holes_in(np.zeros((5, 5), bool)) == []


def test_texture_is_looked_for_nearer_around_small_holes():
    margins = [margin_around((side, 3)) for side in (1, 8, 12, 24, 100, 400)]
    assert margins == [LEAST, LEAST, 48, MARGIN, MARGIN, 200]
