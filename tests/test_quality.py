"""PSNR, luma and SSIM are those of the papers."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from napari_decrappify.quality import luma, psnr, ssim

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_one_grey_level_off_everywhere_is_48_13_db():
    assert psnr(np.full((4, 4), 8, np.uint8), np.full((4, 4), 7, np.uint8)) == pytest.approx(48.1308, abs=1e-4)


def test_unsigned_differences_dont_wrap_round():
    black, white = np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)
    assert psnr(black, white) == psnr(white, black) == 0


def test_equal_pictures_are_infinitely_near():
    assert psnr(PICTURE, PICTURE) == float("inf")
    assert ssim(PICTURE, PICTURE) == pytest.approx(1)


def test_only_pixels_inside_the_mask_count():
    worse, mask = PICTURE.copy(), np.zeros((20, 30), bool)
    mask[3:5, 4:9] = True
    worse[0, 0] += 100
    assert psnr(worse, PICTURE, mask=mask) == float("inf")
    worse[mask] ^= 1
    assert psnr(worse, PICTURE, mask=mask) == pytest.approx(48.1308, abs=1e-4)


def test_the_border_is_left_out():
    worse = PICTURE.copy()
    worse[:2] ^= 255
    assert psnr(worse, PICTURE, border=2) == float("inf")


@pytest.mark.parametrize(("rgb", "y"), [((0, 0, 0), 16), ((255, 255, 255), 235), ((255, 0, 0), 81.481)])
def test_luma_is_bt601_in_studio_range(rgb, y):
    assert luma(np.array([[rgb]], np.uint8))[0, 0] == pytest.approx(y, abs=1e-3)


def test_ssim_is_between_a_picture_and_noise():
    other = RNG.integers(0, 256, PICTURE.shape, dtype=np.uint8)
    assert ssim(other, PICTURE) < 0.2 < ssim(PICTURE // 2 + 40, PICTURE) < 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"image": PICTURE[1:]}, InvalidImageError),
        ({"image": PICTURE, "border": 10}, InvalidParameterError),
        ({"image": PICTURE, "mask": np.zeros((20, 30), bool)}, InvalidMaskError),
        ({"image": PICTURE, "mask": np.ones((5, 5), bool)}, InvalidMaskError),
        ({"image": PICTURE, "mask": np.ones((20, 30))}, InvalidMaskError),
    ],
    ids=["shape", "border", "empty mask", "mask shape", "mask dtype"],
)
def test_what_cant_be_compared_is_refused(arguments, error):
    with pytest.raises(error):
        psnr(reference=PICTURE, **arguments)
