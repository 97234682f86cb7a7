"""Marks are taken off by models that tell their coverage: un-blended, bit-identical elsewhere, whatever the image."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import torch
from scipy import ndimage

from napari_decrappify import nets
from napari_decrappify.apply.tasks import infill, remove_watermark
from napari_decrappify.nets import Generator, Repaired

GROUND, FULL = 0.3, 0.65  # what the picture is about, and what a white mark of opacity .5 makes of it
SIDE = 96


class Bright(Generator):
    """Says that a picture that is darker than its marks is covered as far as it is bright."""

    halo = 0

    def forward(self, x):
        share = ((x.mean(1, keepdim=True) - GROUND) / (FULL - GROUND)).clamp(0, 1)
        return Repaired(x, torch.logit(torch.where(share < 0.15, 0.0, share), 1e-4))


@pytest.fixture
def bright(make_model, monkeypatch):
    monkeypatch.setitem(nets.ARCHITECTURES, "bright", Bright)
    make_model("around", task="infill", name="infill")
    return make_model("bright", mask_threshold=0.3, mask_coverage=True)


def picture(colors=3, seed=0):
    """A dark picture with some texture, in the unit range."""
    rng = np.random.default_rng(seed)
    fine = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE, colors)), (1, 1, 0))
    wide = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE, colors)), (9, 9, 0))
    return np.clip(GROUND + 0.012 * fine / fine.std() + 0.02 * wide / wide.std(), 0, 1)


def ring(y, x, radius=12, width=5):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.clip(width / 2 + 0.5 - np.abs(np.hypot(rows - y, columns - x) - radius), 0, 1)[..., None]


COVERAGE = np.maximum(ring(30, 35), ring(62, 60))


def marked(clean, opacity=0.5):
    return (1 - opacity * COVERAGE) * clean + opacity * COVERAGE


def error(result, clean):
    return float(np.sqrt(np.square(result - clean)[COVERAGE[..., 0] > 0].mean()))


@pytest.fixture
def clean():
    return picture()


@pytest.fixture
def image(clean):
    return np.rint(255 * marked(clean)).astype(np.uint8)


def test_a_translucent_mark_goes_and_the_texture_under_it_stays(bright, image, clean):
    result, used = remove_watermark(image, model=bright, return_mask=True)
    assert error(result / 255, clean) < 0.012 < 0.2 < error(image / 255, clean)
    np.testing.assert_array_equal(result[~used], image[~used])
    assert used[COVERAGE[..., 0] > 0.3].all()
    assert used.mean() < 1.5 * (COVERAGE > 0).mean()


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [("uint16", 500, 40_000), ("int16", -900, 900), ("float32", -3.0, 5.0), ("float64", 0, 1e-5)],
)
def test_the_result_has_the_images_own_values(bright, clean, dtype, low, high):
    unit = marked(clean)
    image = (low + (high - low) * unit).astype(dtype)
    result, used = remove_watermark(image, model=bright, normalize=(low, high), return_mask=True)
    assert result.dtype == image.dtype
    assert error((result.astype(float) - low) / (high - low), clean) < 0.012
    np.testing.assert_array_equal(result[~used], image[~used])


def test_grey_stacks_and_alpha_are_done_plane_by_plane(bright):
    grey = np.stack([marked(picture(1, seed))[..., 0] for seed in (1, 2)])
    result = remove_watermark(np.rint(255 * grey).astype(np.uint8), model=bright, rgb=False, normalize="full")
    assert all(
        error(plane[..., None] / 255, picture(1, seed)) < 0.015 for plane, seed in zip(result, (1, 2), strict=True)
    )
    alpha = np.random.default_rng(3).integers(1, 256, (SIDE, SIDE, 1))
    image = np.concatenate([np.rint(255 * marked(picture())), alpha], -1).astype(np.uint8)
    result = remove_watermark(image, model=bright)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    assert error(result[..., :3] / 255, picture()) < 0.015


def test_dask_gives_the_same_as_numpy(bright, image):
    expected, mask = remove_watermark(image, model=bright, return_mask=True)
    result, used = remove_watermark(da.from_array(image, chunks=(40, 50, 3)), model=bright, return_mask=True)
    assert isinstance(result, da.Array)
    np.testing.assert_array_equal(result.compute(), expected)
    np.testing.assert_array_equal(used.compute(), mask)


def test_half_the_strength_goes_half_the_way(bright, image):
    whole = remove_watermark(image, model=bright).astype(float)
    half = remove_watermark(image, model=bright, strength=0.5)
    assert np.abs(half - (whole + image) / 2).max() <= 0.5
    np.testing.assert_array_equal(remove_watermark(image, model=bright, strength=0.0), image)


def test_a_mask_painted_loosely_is_where_marks_are_solved_and_nothing_else_changes(bright, image, clean):
    mask = np.zeros((SIDE, SIDE), bool)
    mask[10:50, 12:60] = True
    result = remove_watermark(image, mask, model=bright)
    np.testing.assert_array_equal(result[~mask], image[~mask])
    inside = mask & (ring(30, 35)[..., 0] > 0)
    told, filled = (np.square(part / 255 - clean)[inside].mean() for part in (result, infill(image, mask)))
    assert told < filled


def test_a_part_of_a_mask_that_shows_no_mark_is_filled_as_infill_does(bright, image):
    mask = np.zeros((SIDE, SIDE), bool)
    mask[80:90, 10:20] = True
    result = remove_watermark(image, mask, model=bright)
    np.testing.assert_array_equal(result, infill(image, mask, texture=0.0))
    mask[60:90, 5:35] = True  # now as wide as a texture
    np.testing.assert_array_equal(remove_watermark(image, mask, model=bright), infill(image, mask))


def test_a_mask_of_all_the_plane_says_nothing_that_a_finder_does_not(bright, image, clean):
    assert error(remove_watermark(image, np.ones((SIDE, SIDE), bool), model=bright) / 255, clean) < 0.02


def test_an_opaque_mark_is_filled_as_infill_does_it(bright, clean):
    clean = np.minimum(GROUND + 4 * (clean - GROUND), 0.34)  # on plain ground, nobody can tell
    image = np.rint(255 * np.where(COVERAGE > 0, 0.75 * COVERAGE + (1 - COVERAGE) * clean, clean)).astype(np.uint8)
    mask = COVERAGE[..., 0] > 0
    result = remove_watermark(image, mask, model=bright)
    np.testing.assert_array_equal(result, infill(image, mask, texture=0.0))


def test_an_empty_mask_and_a_picture_without_marks_give_copies(bright, clean):
    plain = np.rint(255 * clean).astype(np.uint8)
    for mask in (None, np.zeros((SIDE, SIDE), bool)):
        result = remove_watermark(plain, mask, model=bright)
        np.testing.assert_array_equal(result, plain)
        assert not np.shares_memory(result, plain)


def test_values_that_are_no_numbers_stay_where_nothing_is_marked(bright, clean):
    image = marked(clean).astype(np.float32)
    image[5, 5] = np.nan
    result = remove_watermark(image, model=bright, nonfinite="fill", normalize=(0, 1))
    assert np.isnan(result[5, 5]).all()
    assert np.isfinite(result).sum() == np.isfinite(image).sum()
    assert error(np.nan_to_num(result), clean) < 0.012


def counted(image, mask=None, **keywords):
    """How many marks the last step of a removal says were un-blended, filled and unsolved."""
    steps = []
    remove_watermark(image, mask, progress=steps.append, **keywords)
    assert [step.payload is None for step in steps] == [True] * (len(steps) - 1) + [False]
    counts = steps[-1].payload
    assert f"{counts.unblended} un-blended" in steps[-1].note
    return counts.unblended, counts.filled, counts.unsolved


def test_the_last_step_says_how_many_marks_were_solved_and_how_many_not(bright, image, clean):
    unblended, *others = counted(image, model=bright)
    assert unblended > 0
    assert others == [0, 0]
    plain = np.rint(255 * clean).astype(np.uint8)
    assert counted(plain, model=bright) == (0, 0, 0)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[5:10, 5:10] = mask[80:90, 80:90] = True  # where there is no mark
    assert counted(plain, mask, model=bright) == (0, 0, 2)


def test_an_opaque_mark_counts_as_filled_or_unsolved(bright, clean):
    ground = np.minimum(GROUND + 4 * (clean - GROUND), 0.34)
    image = np.rint(255 * np.where(COVERAGE > 0, 0.75 * COVERAGE + (1 - COVERAGE) * ground, ground)).astype(np.uint8)
    unblended, *others = counted(image, COVERAGE[..., 0] > 0, model=bright)
    assert unblended == 0
    assert sum(others) > 0


@pytest.mark.parametrize(("opacity", "color"), [(0.2, 1.0), (0.5, 0.9), (0.8, 1.0), (1.0, 0.7), (0.5, "noise")])
@pytest.mark.parametrize("seed", [0, 1])
def test_told_where_no_mark_is_taken_off_worse_than_infill_would_fill_it(bright, opacity, color, seed):
    clean, rng = picture(seed=seed), np.random.default_rng(seed)
    paint = rng.uniform(0.5, 1, clean.shape) if color == "noise" else color
    strength = opacity * COVERAGE
    image = np.rint(255 * ((1 - strength) * clean + strength * paint)).astype(np.uint8)
    mask = ndimage.binary_dilation(COVERAGE[..., 0] > 0)
    told, by_infill = (
        error(made / 255, clean) for made in (remove_watermark(image, mask, model=bright), infill(image, mask))
    )
    assert told <= 1.001 * by_infill
