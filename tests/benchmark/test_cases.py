"""Cases are what they are said to be, and the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_decrappify.benchmark import cases
from napari_decrappify.benchmark.photos import Photos, middles
from napari_decrappify.degrade import Crappifier, GaussianNoise, TiledWatermark


def test_lesson_7_is_made_on_the_central_square_of_the_resized_photo(make_photo):
    photo = make_photo(100, 160)
    case = cases.crappified("lesson7", side=64)(0, photo)
    small = np.asarray(Image.fromarray(photo).resize((102, 64), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(case.target, small[:, 19:83])
    assert case.given.shape == case.target.shape
    assert case.mask.any()


def test_a_case_is_the_same_each_time_and_another_for_each_picture(make_photo):
    photo, make = make_photo(), cases.crappified("stock-watermark")
    np.testing.assert_array_equal(make(3, photo).given, make(3, photo).given)
    assert (make(3, photo).given != make(4, photo).given).any()


def test_known_noise_is_as_strong_as_said(make_photo):
    grey = np.full((200, 200, 3), 128, np.uint8)
    case = cases.crappified(Crappifier((GaussianNoise((25, 25), grey=0.0),)), sigma=25)(0, grey)
    assert case.sigma == 25
    assert np.std(case.given.astype(float) - 128) == pytest.approx(25, rel=0.02)


def test_a_micrograph_is_cut_to_what_the_reduction_takes(make_photo):
    case = cases.crappified("em-x4", scale=4)(0, make_photo()[..., 0])
    assert case.target.shape == (48, 64)
    assert case.given.shape == (12, 16)
    assert case.scale == 4


def test_a_counted_micrograph_has_16_bits_an_offset_and_noise_that_goes_below_it():
    black = np.zeros((64, 64), np.uint8)
    case = cases.counted(Crappifier((GaussianNoise((4, 4)),)))(0, black)
    assert case.given.dtype == case.target.dtype == np.uint16
    assert (case.target == cases.OFFSET).all()
    noise = case.given.astype(float) - cases.OFFSET
    assert noise.std() == pytest.approx(4 * cases.COUNTS, rel=0.05)
    assert abs(noise.mean()) < 4


@pytest.mark.parametrize("seed", range(3))
def test_strokes_and_block_cover_13_to_19_percent(seed):
    mask = cases.strokes_and_block((384, 512), np.random.default_rng(seed))
    assert 0.13 < mask.mean() < 0.19
    assert any(mask[y : y + 80, x : x + 80].all() for y, x in np.argwhere(mask[:305, :433]))


def test_the_hole_in_the_middle_has_half_the_sides():
    mask = cases.centre((40, 60), np.random.default_rng(0))
    assert mask[10:30, 15:45].all()
    assert mask.sum() == 20 * 30


def test_what_is_in_a_hole_is_black_and_the_rest_untouched(make_photo):
    photo = make_photo()
    case = cases.holed(cases.centre)(0, photo)
    assert not case.given[case.mask].any()
    np.testing.assert_array_equal(case.given[~case.mask], photo[~case.mask])


def test_colourising_starts_from_luma(make_photo):
    photo = make_photo()
    case = cases.greyed(0, photo)
    np.testing.assert_allclose(case.given, photo @ [0.299, 0.587, 0.114], atol=0.51)


def test_hints_are_the_true_colours_of_some_squares(make_photo):
    photo = make_photo()
    case = cases.hinted(10, 7)(3, photo)
    colors, mask = case.hints
    np.testing.assert_array_equal(case.given, cases.greyed(3, photo).given)
    np.testing.assert_array_equal(colors[mask], photo[mask])
    assert 3 * 49 < mask.sum() <= 10 * 49
    np.testing.assert_array_equal(cases.hinted(10, 7)(3, photo).hints[1], mask)
    assert (cases.hinted(10, 7)(4, photo).hints[1] != mask).any()


def test_the_target_of_an_old_photo_has_its_age_and_not_its_damage(make_photo):
    photo = make_photo(80, 100)
    case = cases.aged("old-photo", ("Folds", "Scratches", "Dust"))(0, photo)
    outside = ~case.mask
    assert case.mask.any()
    assert outside.any()
    np.testing.assert_array_equal(case.given[outside], case.target[outside])
    assert (case.given[case.mask] != case.target[case.mask]).any()
    assert (case.target != photo).mean() > 0.5


def test_pictures_of_one_size_can_have_the_same_mark(make_photo):
    first, second = make_photo(), make_photo()
    make = cases.crappified(Crappifier((TiledWatermark(opacity=(0.5, 0.5)),)), alike=True)
    one, other = make(0, first), make(1, second)
    assert one.mask.any()
    np.testing.assert_array_equal(one.mask, other.mask)
    assert (cases.crappified("stock-watermark")(1, second).mask != other.mask).any()


def test_middles_are_of_one_size_and_of_pictures_that_have_it(make_photo):
    shapes = {"small": (30, 80), "wide": (60, 90), "tall": (70, 50)}
    pictures = Photos("three pictures", {name: make_photo(*shape) for name, shape in shapes.items()})
    cut = middles(pictures, 2, 512)
    assert [*cut.pictures] == ["wide", "tall"]
    np.testing.assert_array_equal(cut.pictures["wide"], pictures.pictures["wide"][5:55, 20:70])
    assert "50 x 50 pixels, of 2 of three pictures" in cut.origin
    assert {picture.shape for picture in middles(pictures, 9, 16).pictures.values()} == {(16, 16, 3)}
