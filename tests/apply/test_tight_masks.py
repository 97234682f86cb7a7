"""Under a mask that fits its marks, the mask tells coverage; under a loose one, a finder does."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from scipy import ndimage

from napari_decrappify import crappify, infill, remove_watermark
from napari_decrappify.apply.marks.belief import Belief, Shapes, by_depth, depth_of
from napari_decrappify.apply.marks.expected import expected
from napari_decrappify.apply.marks.fitting import smooth_fill
from napari_decrappify.apply.marks.leftover import without_leftover
from napari_decrappify.apply.marks.loose import inside_of
from napari_decrappify.apply.marks.mark import SolvedMark, blended
from napari_decrappify.apply.marks.spill import without_spill
from napari_decrappify.apply.marks.tight import ToldPlane, is_full
from napari_decrappify.degrade import Crappifier, DrawLogo, DrawStrings, Jpeg, TiledWatermark
from napari_decrappify.quality import psnr

SIDE = 128


def scene(seed=0):
    rng = np.random.default_rng(seed)
    wide = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE, 3)), (12, 12, 0), mode="wrap")
    fine = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE, 3)), (1, 1, 0), mode="wrap")
    return np.clip(0.4 + 0.15 * wide / wide.std() + 0.01 * fine / fine.std(), 0.05, 0.95).astype(np.float32)


def rings(*centres, radius=12, width=4):
    y, x = np.mgrid[:SIDE, :SIDE]
    away = np.min([np.abs(np.hypot(y - cy, x - cx) - radius) for cy, cx in centres], 0)
    return np.clip(width / 2 + 0.5 - away, 0, 1).astype(np.float32)


COVERAGE = rings((24, 24), (24, 64), (24, 104), (64, 24), (64, 64), (64, 104), (104, 24), (104, 64), (104, 104))
NOTHING = np.zeros((SIDE, SIDE), np.float32)


def marked(picture, opacity=0.5):
    return blended(picture, SolvedMark(COVERAGE, np.ones(3, np.float32), opacity, 0.0))


def margin_of(image, mask, seen=NOTHING):
    tight = ToldPlane(image, mask, is_full(mask, seen)).tight(seen)
    return None if tight is None else tight.margin


def solved(image, mask, guess):
    plane = ToldPlane(image, mask, False)
    return plane.solved_by_shape(guess, plane.tight(NOTHING))


def decibels(made, picture, where):
    return -10 * np.log10(np.square(made - picture)[where].mean())


@pytest.mark.parametrize(("grown", "margins"), [(0, {0}), (1, {1}), (2, {1, 2})])
def test_a_mask_that_fits_is_told_from_one_that_was_grown(grown, margins):
    mask = np.pad(COVERAGE > 0, 4)
    for _ in range(grown):
        mask = ndimage.binary_dilation(mask, np.ones((3, 3)))
    assert margin_of(marked(scene()), mask[4:-4, 4:-4]) in margins


def test_a_loose_mask_is_left_to_the_finder():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[8:84, 8:84] = True
    assert margin_of(marked(scene()), mask, COVERAGE) is None


def test_a_mask_of_a_scene_without_a_mark_is_no_mark():
    assert margin_of(scene(), COVERAGE > 0) is None


def test_a_mark_that_no_finder_sees_is_unblended_where_the_mask_fits_it():
    picture, mask = scene(), COVERAGE > 0
    image = marked(picture)
    guess = smooth_fill(image, mask)
    found = solved(image, mask, guess)
    assert decibels(found.image, picture, mask) > decibels(guess, picture, mask) + 6
    assert not found.holes.any()
    np.testing.assert_array_equal(found.image[~mask], image[~mask])


def test_an_opaque_mark_is_the_guess():
    picture, mask = scene(), COVERAGE > 0
    image = np.where(mask[..., None], np.float32(0.9), picture)
    guess = smooth_fill(image, mask)
    np.testing.assert_array_equal(solved(image, mask, guess).image, guess)


def test_copies_of_a_shape_know_its_coverage_better_than_each_alone():
    mask, rng = COVERAGE > 0, np.random.default_rng(1)
    shapes, before = Shapes(mask), by_depth(mask, depth_of(mask))
    said = Belief(
        (COVERAGE + 0.2 * rng.normal(size=COVERAGE.shape)).ravel()[shapes.inside], np.full(mask.sum(), 0.2, np.float32)
    )
    off = [
        np.sqrt(np.square(belief.coverage - COVERAGE)[mask].mean()) for belief in (before, shapes.pooled(before, said))
    ]
    assert off[1] < 0.6 * min(off[0], 0.2)


def test_pieces_of_one_shape_that_differ_are_not_pooled():
    mask = np.zeros((20, 40), bool)
    mask[5:12, 5:12] = mask[5:12, 25:32] = True
    truth = np.where(np.arange(40) < 20, 0.3, 1.0) * mask
    shapes = Shapes(mask)
    before = Belief(truth, np.full(mask.shape, 0.1))
    said = Belief(truth.ravel()[shapes.inside], np.full(mask.sum(), 0.03))
    np.testing.assert_allclose(shapes.pooled(before, said).coverage[mask], truth[mask], atol=0.06)


def test_what_is_expected_lies_between_the_guess_and_what_unblending_gives():
    picture, guess, color = np.full((3, 1), 0.3, np.float32), np.full((3, 1), 0.4, np.float32), np.ones(1, np.float32)
    known, rough = Belief(np.ones(3, np.float32), np.full(3, 0.02, np.float32)), np.full(3, 0.1, np.float32)
    for opacity, low, high in ((0.3, 0.29, 0.32), (0.9, 0.31, 0.395), (0.98, 0.38, 0.41)):
        image = (1 - opacity) * picture + opacity * color
        found = expected(image, guess, known, color, opacity, rough, 0.02)
        assert ((low < found) & (found < high)).all(), (opacity, found)


def test_what_is_left_of_a_mark_at_one_depth_goes_and_what_the_picture_has_stays():
    rng, count = np.random.default_rng(2), 4000
    depth = rng.choice([1.0, 2.0, 3.0], count).astype(np.float32)
    guess, rough = np.full((count, 3), 0.4, np.float32), np.full(count, 0.05, np.float32)
    picture = guess + 0.045 * rng.normal(size=guess.shape).astype(np.float32)
    outline = np.where(depth == 1, -0.1, 0).astype(np.float32)[:, None]
    np.testing.assert_array_equal(without_leftover(picture, guess, depth, rough), picture)
    found = without_leftover(picture + outline, guess, depth, rough)
    assert np.sqrt(np.square(found - picture).mean()) < 0.015 < np.sqrt(np.square(outline).mean())


def test_what_is_rougher_than_the_ground_comes_nearer_to_the_guess():
    rng = np.random.default_rng(3)
    guess, rough = np.full((2000, 1), 0.5, np.float32), np.full(2000, 0.02, np.float32)
    picture = guess + 0.06 * rng.normal(size=guess.shape).astype(np.float32)
    found = without_leftover(picture, guess, np.ones(2000, np.float32), rough)
    assert 0.005 < (found - guess).std() < 0.009


def test_in_a_loose_mask_marks_are_where_they_are_seen_and_parts_without_any_are_filled():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[4:44, 4:44] = mask[79:89, 79:89] = True
    loose = inside_of(marked(scene()), mask, np.where(mask, COVERAGE, 0))
    assert loose.unseen == 1
    assert loose.hole[79:89, 79:89].all()
    assert loose.hole[mask & (COVERAGE > 0)].all()
    assert loose.hole[4:44, 4:44].mean() < 0.75
    assert not (loose.hole & ~mask).any()


def test_colours_that_jpeg_spilled_beside_a_mark_go_and_others_stay():
    picture, ink = np.rint(255 * scene()).astype(np.uint8), np.array([230, 20, 200], np.uint8)
    mask = COVERAGE > 0.5
    image = np.where(mask[..., None], ink, picture)
    saved = crappify(image, Crappifier((Jpeg((85, 85)),)), seed=0).image
    unit = saved.astype(np.float32) / 255
    beside = ndimage.binary_dilation(mask) & ~mask
    cleaned = without_spill(unit, mask)
    assert decibels(cleaned, picture / 255, beside) > decibels(unit, picture / 255, beside) + 1.5
    np.testing.assert_array_equal(cleaned[mask], unit[mask])
    exact = image.astype(np.float32) / 255
    assert without_spill(exact, mask) is exact


PHOTOS = {
    "astronaut": lambda: skimage.data.astronaut()[:256, 120:376],
    "coffee": lambda: skimage.data.coffee()[100:356, 200:456],
    "chelsea": lambda: skimage.data.chelsea()[20:276, 100:356],
}
AS_IT_IS, JPEG = None, 85
LINE = {"count": (1, 1), "length": (8, 8), "size": (40, 40)}
MARKS = {
    "faint": DrawStrings(**LINE, opacity=(0.2, 0.2)),
    "half": DrawStrings(**LINE, opacity=(0.5, 0.5), angle=(-20, 20)),
    "heavy": DrawStrings(**LINE, opacity=(0.8, 0.8)),
    "opaque": DrawStrings(count=(4, 4), length=(20, 20), size=(20, 30)),
    "logo": DrawLogo(),
    "tiled": TiledWatermark(opacity=(0.5, 0.5), size=(24, 24)),
}


PAIRS = [
    (photo, mark, (AS_IT_IS, JPEG)[(row + column) % 2])
    for row, photo in enumerate(PHOTOS)
    for column, mark in enumerate(MARKS)
]
"""Each photo with each mark, and either with both ways of saving it."""


def marked_photo(photo, mark, quality):
    picture = PHOTOS[photo]()
    steps = (MARKS[mark],) if quality is None else (MARKS[mark], Jpeg((quality, quality)))
    drawn = (crappify(picture, Crappifier(steps), seed=seed) for seed in range(50, 80))
    return picture, next(worse for worse in drawn if worse.mask.mean() > 0.01)


@pytest.mark.parametrize(("photo", "mark", "quality"), PAIRS)
def test_on_photos_no_mark_is_taken_off_worse_than_it_would_be_filled(photo, mark, quality):
    picture, worse = marked_photo(photo, mark, quality)
    told = psnr(remove_watermark(worse.image, worse.mask), picture, mask=worse.mask)
    by_infill = psnr(infill(worse.image, worse.mask, texture=0.0), picture, mask=worse.mask)
    assert told > by_infill - 0.3


@pytest.mark.parametrize(("mark", "quality"), [("half", AS_IT_IS), ("opaque", JPEG), ("logo", JPEG)])
def test_on_a_photo_a_loose_mask_is_no_worse_than_filling_it(mark, quality):
    picture, worse = marked_photo("coffee", mark, quality)
    mask = ndimage.binary_dilation(worse.mask, np.ones((3, 3)), 8)
    told = psnr(remove_watermark(worse.image, mask), picture, mask=mask)
    assert told > psnr(infill(worse.image, mask), picture, mask=mask) - 0.1


def test_a_disc_with_room_around_it_is_loose_however_much_of_it_is_seen():
    y, x = np.mgrid[:SIDE, :SIDE]
    disc = np.clip(32.5 - np.hypot(y - 64, x - 64), 0, 1).astype(np.float32)
    for room, full in ((0, True), (8, False)):
        assert is_full(np.hypot(y - 64, x - 64) < 32 + room, disc) == full
