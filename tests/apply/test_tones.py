"""Faded tones and casts: found without the borders of a scan and its specks, corrected without clipping."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.apply.engine.tiling import Box
from napari_decrappify.apply.photo.print_area import print_box
from napari_decrappify.apply.photo.tones import is_toned, measured_tones

GAINS = np.array([1.0, 0.88, 0.62], np.float32)


@pytest.fixture
def print_():
    """A grey world: smooth colours around grey, from black to white, with edges everywhere."""
    rng = np.random.default_rng(0)
    coarse = rng.random((40, 40, 1)) + rng.normal(0, 0.08, (40, 40, 3))
    fine = np.kron(coarse, np.ones((3, 3, 1)))
    low, high = np.percentile(fine, (2, 98))
    return ((fine - low) / (high - low)).clip(0, 1).astype(np.float32)


def corrected(unit, strength=1.0):
    return measured_tones(unit).corrected(unit, strength)


def error(a, b):
    return float(np.abs(a - b).mean())


def test_what_faded_gets_its_black_and_white_back(print_):
    faded = 0.7 * print_ + 0.2
    made = corrected(faded)
    assert error(made, print_) < 0.4 * error(faded, print_)
    low, high = np.percentile(made, (1, 99))
    assert low < 0.05
    assert high > 0.95


def test_a_cast_is_taken_away(print_):
    cast = 0.8 * print_ * GAINS + 0.1
    made = corrected(cast)
    before, after = (np.ptp(image.reshape(-1, 3).mean(0)) for image in (cast, made))
    assert after < 0.3 * before
    assert error(made, print_) < 0.5 * error(cast, print_)


def test_a_sepia_print_keeps_its_tone_and_gets_its_tones_back(print_):
    sepia = 0.6 * print_.mean(-1, keepdims=True) * GAINS + 0.2
    assert is_toned(sepia)
    assert not is_toned(print_)
    made = corrected(sepia)
    red, blue = np.percentile(made[..., 0], 99.5), np.percentile(made[..., 2], 99.5)
    assert red > 0.95
    assert blue == pytest.approx(
        red * np.percentile(sepia[..., 2], 99.5) / np.percentile(sepia[..., 0], 99.5), abs=0.02
    )
    assert np.percentile(made, 0.5) < 0.05


@pytest.mark.parametrize("grey", [False, True], ids=["rgb", "grey"])
def test_nothing_is_clipped_and_order_is_kept(print_, grey):
    image = (0.5 * print_ + 0.3).astype(np.float32)
    image[0, 0], image[-1, -1] = 0.0, 1.0
    image = image[..., 0] if grey else image
    made = corrected(image)
    assert made.min() >= 0
    assert made.max() <= 1
    for channel in range(1 if grey else 3):
        before, after = (one if grey else one[..., channel] for one in (image, made))
        values, where = np.unique(before, return_index=True)
        assert (np.diff(after.ravel()[where]) > 0)[np.diff(values) > 1e-5].all()


def test_a_print_that_is_not_faded_is_hardly_changed(print_):
    assert error(corrected(print_), print_) < 0.02


def test_strength_mixes(print_):
    faded = 0.7 * print_ + 0.2
    np.testing.assert_array_equal(corrected(faded, 0.0), faded)
    half = (faded + corrected(faded)) / 2
    np.testing.assert_allclose(corrected(faded, 0.5), half, atol=1e-6)


def test_dust_and_scratches_do_not_count(print_):
    faded = (0.6 * np.kron(print_, np.ones((5, 5, 1), np.float32)) + 0.2).astype(np.float32)
    dusty = faded.copy()
    dusty[::9, ::7], dusty[4::11, 2::9], dusty[:, 100] = 1.0, 0.0, 1.0
    clean, specked = measured_tones(faded), measured_tones(dusty)
    np.testing.assert_allclose(specked.black, clean.black, atol=0.03)
    np.testing.assert_allclose(specked.white, clean.white, atol=0.03)


@pytest.mark.parametrize("level", [0.0, 0.02, 0.97])
def test_the_borders_of_a_scan_do_not_count(print_, level):
    faded = 0.5 * print_ + 0.25
    noise = np.random.default_rng(1).normal(0, 0.005, (160, 170, 3))
    scan = (level + noise).clip(0, 1).astype(np.float32)
    scan[15:135, 30:150] = faded
    assert print_box(scan.mean(-1)) == Box(15, 135, 30, 150)
    alone, bordered = measured_tones(faded), measured_tones(scan)
    np.testing.assert_allclose(bordered.white, alone.white, atol=0.02)
    np.testing.assert_allclose(bordered.black, alone.black, atol=0.02)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (30, 20), (1, 1, 3), (30, 20, 3)])
def test_an_even_picture_stays_as_it_is(shape, value):
    even = np.full(shape, value, np.float32)
    np.testing.assert_allclose(corrected(even), even, atol=1e-6)
