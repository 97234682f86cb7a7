"""A mark's colour and opacity are found from its coverage, and it is taken off again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_decrappify.apply.marks.fitting import fit_mark, smooth_fill
from napari_decrappify.apply.marks.mark import SolvedMark, blended, unblended

WHITE, BLUE = (1.0, 1.0, 1.0), (0.1, 0.2, 0.9)


def scene(seed=0, channels=3, side=96):
    """Smooth colours with a little texture, in [.1, .9]."""
    rng = np.random.default_rng(seed)
    wide = ndimage.gaussian_filter(rng.normal(size=(side, side, channels)), (12, 12, 0), mode="wrap")
    fine = ndimage.gaussian_filter(rng.normal(size=(side, side, channels)), (1, 1, 0), mode="wrap")
    return np.clip(0.5 + 0.15 * wide / wide.std() + 0.01 * fine / fine.std(), 0.1, 0.9).astype(np.float32)


def strokes(side=96, period=16, width=3):
    """Anti-aliased diagonal strokes: coverage in [0, 1]."""
    y, x = np.mgrid[:side, :side]
    distance = np.abs((y + 0.6 * x) % period - period / 2)
    return np.clip(width / 2 + 0.5 - distance, 0, 1).astype(np.float32)


def marked(picture, coverage, color, opacity):
    mark = SolvedMark(coverage, np.array(color[: picture.shape[-1]], np.float32), opacity, 0.0)
    return blended(picture, mark)


def psnr(a, b, where=...):
    return -10 * np.log10(np.square(a - b)[where].mean())


@pytest.mark.parametrize("opacity", [0.25, 0.5, 0.8])
@pytest.mark.parametrize("color", [WHITE, BLUE])
def test_colour_and_opacity_are_found(opacity, color):
    picture, coverage = scene(), strokes()
    image = marked(picture, coverage, color, opacity)
    mark = fit_mark(image, smooth_fill(image, coverage > 0), coverage)
    assert mark.opacity == pytest.approx(opacity, abs=0.06)
    assert np.abs(mark.color - color).max() < 0.12
    assert psnr(unblended(image, mark), picture, coverage > 0) > 35


def test_grey_pictures_have_marks_of_one_channel():
    picture, coverage = scene(channels=1), strokes()
    image = marked(picture, coverage, WHITE, 0.5)
    mark = fit_mark(image, smooth_fill(image, coverage > 0), coverage)
    assert mark.color.shape == (1,)
    assert mark.opacity == pytest.approx(0.5, abs=0.08)


def test_a_few_pixels_that_are_something_else_do_not_matter():
    picture, coverage = scene(), strokes()
    image = marked(picture, coverage, WHITE, 0.5)
    image[10:30, 10:30] = 0.0
    mark = fit_mark(image, smooth_fill(image, coverage > 0), coverage)
    assert mark.opacity == pytest.approx(0.5, abs=0.06)


def test_colour_stays_within_the_range_on_plain_ground():
    picture, coverage = np.full((64, 64, 3), 0.4, np.float32), strokes(64)
    image = marked(picture, coverage, WHITE, 0.3)
    mark = fit_mark(image, smooth_fill(image, coverage > 0), coverage)
    assert ((mark.color >= 0) & (mark.color <= 1)).all()
    assert psnr(unblended(image, mark), picture) > 50


def test_the_residual_tells_a_wrong_coverage_from_a_right_one():
    picture, coverage = scene(), strokes()
    image = marked(picture, coverage, WHITE, 0.5)
    smooth = smooth_fill(image, coverage > 0)
    wrong = np.roll(coverage, 2, 0)
    assert fit_mark(image, smooth, coverage).residual < 0.3 * fit_mark(image, smooth, wrong).residual


def test_too_few_pixels_are_something_to_be_filled():
    picture, coverage = scene(), np.zeros((96, 96), np.float32)
    coverage[5, 5:8] = 1
    mark = fit_mark(picture, picture, coverage)
    assert mark.opacity == 1
    assert mark.residual == np.inf


def test_an_opaque_mark_is_found_to_be_opaque():
    picture, coverage = scene(), strokes()
    image = marked(picture, coverage, BLUE, 1.0)
    assert fit_mark(image, smooth_fill(image, coverage > 0), coverage).opacity > 0.93


def test_pixels_without_coverage_are_bit_identical():
    picture, coverage = scene(), strokes()
    mark = SolvedMark(coverage, np.array(BLUE, np.float32), 0.6, 0.0)
    assert (unblended(picture, mark)[coverage == 0] == picture[coverage == 0]).all()


def test_a_colour_may_change_from_place_to_place():
    picture, coverage = scene(), strokes()
    color = scene(1)
    mark = SolvedMark(coverage, color, 0.5, 0.0)
    assert psnr(unblended(blended(picture, mark), mark), picture) > 80


def test_a_smooth_fill_leaves_all_else_as_it_is_whatever_the_size():
    picture = scene()[:45, :71]
    mask = strokes()[:45, :71] > 0
    filled = smooth_fill(picture, mask)
    assert filled.shape == picture.shape
    assert (filled[~mask] == picture[~mask]).all()
    assert psnr(filled, picture, mask) > 30
