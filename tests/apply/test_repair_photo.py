"""`repair_photo`: only what is damaged changes, whatever the kind of image; tones and grain by themselves."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import infill, repair_photo, restore
from napari_decrappify.apply.photo import mending
from napari_decrappify.apply.texture import synthesis
from napari_decrappify.errors import InvalidMaskError
from napari_decrappify.models import load_model
from napari_decrappify.provenance import record, replay

MENDED = {"fading": False, "grain": False}
KINDS = {
    "grey": ((40, 48), np.uint8),
    "rgb": ((40, 48, 3), np.uint8),
    "rgba": ((40, 48, 4), np.uint8),
    "16 bits": ((40, 48), np.uint16),
    "signed": ((40, 48), np.int16),
    "float": ((40, 48, 3), np.float32),
    "stack": ((2, 40, 48), np.uint16),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def scan(kind="rgb", seed=0):
    shape, dtype = KINDS[kind]
    values = np.random.default_rng(seed).integers(40, 200, shape)
    return (
        (values / 255).astype(dtype)
        if dtype is np.float32
        else (values * (1 if dtype is np.uint8 else 80)).astype(dtype)
    )


def scratch():
    mask = np.zeros((40, 48), bool)
    mask[:, 20:22] = mask[8:24, 30:46] = True
    return mask


def outside(image, mask):
    """Return an image with nothing where the mask is."""
    there = mask[..., None] if image.shape[-1] in (3, 4) else mask
    return np.where(there, 0, image)


@each_kind
def test_outside_the_mask_every_bit_is_as_it_was(tiny_photo, kind):
    image, mask = scan(kind), scratch()
    before = image.copy()
    made = repair_photo(image, mask, **MENDED)
    assert (made.dtype, made.shape) == (image.dtype, image.shape)
    np.testing.assert_array_equal(outside(made, mask), outside(image, mask))
    assert (made != image).any()
    np.testing.assert_array_equal(image, before)


@each_kind
def test_what_is_found_is_told_and_nothing_else_changes(tiny_photo, kind):
    image = scan(kind)
    made, mask = repair_photo(image, return_mask=True, **MENDED)
    assert 0 < mask.mean() < 1
    np.testing.assert_array_equal(outside(made, mask), outside(image, mask))


@pytest.mark.parametrize(("kind", "told"), [*((kind, True) for kind in KINDS), ("rgb", False), ("stack", False)])
def test_a_lazy_image_gives_the_same_pixels(tiny_photo, kind, told):
    image, mask = scan(kind), scratch() if told else None
    chunks = tuple(1 if kind == "stack" and axis == 0 else 24 for axis in range(image.ndim))
    lazy = repair_photo(da.from_array(image, chunks), mask, texture=0.0)
    assert isinstance(lazy, da.Array)
    np.testing.assert_array_equal(lazy.compute(), repair_photo(image, mask, texture=0.0))


def test_the_mask_of_a_lazy_image_is_lazy(tiny_photo):
    image = scan()
    made, mask = repair_photo(da.from_array(image, (24, 24, 3)), return_mask=True, texture=0.0, **MENDED)
    expected, found = repair_photo(image, return_mask=True, texture=0.0, **MENDED)
    np.testing.assert_array_equal(mask.compute(), found)
    np.testing.assert_array_equal(made.compute(), expected)


def test_the_mask_that_was_found_and_given_again_marks_the_same(tiny_photo):
    image = scan()
    made, mask = repair_photo(image, return_mask=True, **MENDED)
    again, used = repair_photo(image, mask, return_mask=True, **MENDED)
    np.testing.assert_array_equal(used, mask)
    np.testing.assert_array_equal(again, made)


@each_kind
def test_with_every_switch_off_nothing_changes(tiny_photo, kind):
    image = scan(kind)
    made, mask = repair_photo(image, scratches=False, return_mask=True, **MENDED)
    np.testing.assert_array_equal(made, image)
    assert made is not image
    assert not mask.any()


def test_grain_is_what_the_denoiser_takes(tiny_photo):
    image = scan()
    made = repair_photo(image, scratches=False, fading=False, grain=True)
    np.testing.assert_array_equal(made, restore(image, model="denoise"))


@each_kind
def test_faded_tones_are_stretched_over_the_range_of_the_dtype(tiny_photo, kind):
    image = scan(kind)
    made = repair_photo(image, scratches=False)
    colors = (made[..., :3], image[..., :3]) if image.shape[-1] in (3, 4) else (made, image)
    assert np.ptp(colors[0].astype(float)) >= np.ptp(colors[1].astype(float))
    if image.dtype.kind == "u":
        white = 255 if image.dtype == np.uint8 else 16383
        assert 0.9 * white < colors[0].max() <= white
    if image.shape[-1] == 4:
        np.testing.assert_array_equal(made[..., 3], image[..., 3])


def test_a_strength_of_0_leaves_the_tones(tiny_photo):
    image = scan()
    np.testing.assert_array_equal(repair_photo(image, scratches=False, strength=0.0), image)


def test_a_stack_shares_its_tones_and_channels_have_their_own(tiny_photo):
    dark, pale = scan("grey"), (scan("grey") // 4 + 100).astype(np.uint8)
    stack = np.stack([dark, pale])
    shared = repair_photo(stack, scratches=False)
    for keywords in ({"channel_axis": 0}, {"normalize": "percentile-per-plane"}):
        own = repair_photo(stack, scratches=False, **keywords)
        for plane in range(2):
            np.testing.assert_array_equal(own[plane], repair_photo(stack[plane], scratches=False))
        lazy = repair_photo(da.from_array(stack, (1, 24, 24)), scratches=False, **keywords)
        np.testing.assert_array_equal(lazy.compute(), own)
    assert (shared[1] != own[1]).any()


def test_missing_values_are_refused_or_stay_missing_outside_the_mask(tiny_photo):
    image, mask = scan("float"), scratch()
    image[0, 0, 0] = np.nan
    made = repair_photo(image, mask, nonfinite="fill")
    assert np.isnan(made[0, 0, 0])
    assert np.isfinite(made).sum() == image.size - 1


def test_a_mask_over_all_of_a_plane_is_refused(tiny_photo):
    with pytest.raises(InvalidMaskError, match="leaves some pixels"):
        repair_photo(scan(), np.ones((40, 48), bool))


def test_what_is_thick_is_told_from_lines_lazily_too():
    mask = scratch()
    found = mending.thick(mask)
    assert found[10:22, 32:44].all()
    assert not found[:, 20:22].any()
    assert not found[~mask].any()
    np.testing.assert_array_equal(mending.thick(da.from_array(mask, (16, 16))).compute(), found)


def test_wide_holes_that_nothing_shines_through_get_texture_by_the_seed(tiny_photo, monkeypatch):
    monkeypatch.setattr(mending, "SEEN", np.inf)
    for limit in ("EXHAUSTIVE", "ALWAYS"):  # so that patches are looked for at random in a picture this small, too
        monkeypatch.setattr(synthesis, limit, 0)
    image, mask = scan(), scratch()
    image[mask] = 255
    first, again, other = (repair_photo(image, mask, seed=seed, **MENDED) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first != repair_photo(image, mask, texture=0.0, **MENDED)).any()


def test_a_record_says_which_models_filled_and_denoised(tiny_photo):
    model = load_model(tiny_photo)
    plain, all_of_it = record("repair_photo", {}, model=model), record("repair_photo", {"grain": True}, model=model)
    assert [other["name"] for other in plain["model"]["others"]] == ["infill"]
    assert [other["name"] for other in all_of_it["model"]["others"]] == ["infill", "denoise"]
    assert "others" not in record("repair_photo", {"scratches": False}, model=model)["model"]
    np.testing.assert_array_equal(replay(plain, scan()), repair_photo(scan()))


def test_what_the_finder_does_not_see_is_filled_where_the_mask_says(tiny_photo):
    image, mask = np.full((40, 48), 60, np.uint8), np.zeros((40, 48), bool)
    mask[10:30, 20:23] = True
    image[mask] = 250
    made = repair_photo(image, mask, **MENDED).astype(float)
    filled = infill(image, mask, texture=0.0).astype(float)
    assert np.abs(made - filled)[mask].max() < 0.1 * 190
