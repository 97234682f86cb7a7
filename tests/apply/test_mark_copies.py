"""Copies of a mark on a lattice say together what none says alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_decrappify.apply.lattice import Lattice
from napari_decrappify.apply.marks.copies import agreed_coverage, cut, heard
from napari_decrappify.apply.marks.mark import SolvedMark, blended

FIRST, SECOND, SIDE = (9.3, 33.6), (31.4, -8.2), 200
LATTICE = Lattice(np.array(FIRST), np.array(SECOND))


def glyph():
    """A ring with a bar: anti-aliased coverage of a mark without symmetry."""
    y, x = np.mgrid[:19, :19] - 9
    ring = np.clip(2 - np.abs(np.hypot(y, x) - 6), 0, 1)
    return np.maximum(ring, np.clip(2 - np.abs(y - 0.4 * x), 0, 1) * (x > 0) * (x < 8))


def stamped(side=SIDE, without=None):
    """The glyph at whole pixels, wherever the lattice has its place; some copies left out."""
    layer = np.zeros((side + 80, side + 80), np.float32)
    for i in range(-12, 13):
        for j in range(-12, 13):
            y, x = np.floor(np.array(FIRST) * i + np.array(SECOND) * j + 60).astype(int)
            if 0 <= y < side + 60 and 0 <= x < side + 60 and (i, j) != without:
                part = layer[y : y + 19, x : x + 19]
                np.maximum(part, glyph(), out=part)
    return layer[40 : 40 + side, 40 : 40 + side]


def rms(a, b, where):
    return float(np.sqrt(np.square(a - b)[where].mean()))


def test_the_mean_of_all_copies_is_far_better_than_one_though_they_stand_at_whole_pixels():
    truth = stamped()
    said = (truth + 0.3 * np.random.default_rng(0).normal(size=truth.shape)).astype(np.float32)
    cells, deviation = cut(truth, LATTICE), np.full(truth.shape, 0.3, np.float32)
    shifts = np.zeros((cells.copies, 2), int)
    for _ in range(3):
        agreed, off, shifts = agreed_coverage(said, deviation, cells, shifts, np.ones_like(truth, bool))
    inside = (ndimage.maximum_filter(truth, 3) > 0) & np.isfinite(off)
    assert rms(agreed, truth, inside) < 0.4 * rms(said, truth, inside)
    assert off[inside].max() < 0.2


def test_every_copy_is_aligned_by_its_own_shift():
    """Of copies that stand a pixel off their places, as if by chance, the mean is as sharp as one."""
    rng, truth, cells = np.random.default_rng(1), stamped(), cut(stamped(), LATTICE)
    off = rng.integers(-1, 2, (cells.copies, 2))[cells.copy].reshape(SIDE, SIDE, 2)
    y, x = np.indices(truth.shape)
    moved = truth[np.clip(y - off[..., 0], 0, SIDE - 1), np.clip(x - off[..., 1], 0, SIDE - 1)]
    said = (moved + 0.2 * rng.normal(size=truth.shape)).astype(np.float32)
    deviation, shifts = np.full(truth.shape, 0.2, np.float32), np.zeros((cells.copies, 2), int)
    for _ in range(3):
        agreed, sigma, shifts = agreed_coverage(said, deviation, cells, shifts, np.ones_like(truth, bool))
    inside = (ndimage.maximum_filter(truth, 3) > 0) & np.isfinite(sigma)
    assert rms(moved, truth, inside) > 0.3
    assert rms(agreed, moved, inside) < 0.15


def test_a_copy_that_is_not_there_is_left_out():
    truth, missing = stamped(without=(2, 2)), stamped() - stamped(without=(2, 2))
    assert missing.sum() > 50
    cells, deviation = cut(stamped(), LATTICE), np.full(truth.shape, 0.1, np.float32)
    shifts = np.zeros((cells.copies, 2), int)
    agreed, _, _ = agreed_coverage(truth, deviation, cells, shifts, np.ones_like(truth, bool))
    assert agreed[missing > 0.5].max() < 0.3


@pytest.fixture
def picture():
    rng = np.random.default_rng(4)
    wide = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE, 3)), (15, 15, 0))
    return np.clip(0.4 + 0.1 * wide / wide.std(), 0, 0.8).astype(np.float32)


def test_copies_that_a_finder_did_not_see_are_found_through_the_others(picture):
    truth = stamped()
    image = blended(picture, SolvedMark(truth, np.ones(3, np.float32), 0.5, 0.0))
    believed = truth.copy()
    believed[70:130, 60:140] = 0
    unseen = (believed == 0) & (truth > 0.5)
    found = heard(image, believed, 0.15)
    assert found is not None
    assert found[0][unseen].mean() > 0.8
    assert found[0][ndimage.maximum_filter(truth, 5) == 0].max() < 0.2


def test_a_finder_that_overlooks_most_copies_is_helped_by_those_it_sees(picture):
    truth = stamped()
    image = blended(picture, SolvedMark(truth, np.ones(3, np.float32), 0.5, 0.0))
    believed = truth.copy()
    believed[:, :130] *= 0.1
    found = heard(image, believed, 0.15)
    assert found is not None
    assert rms(found[0], truth, ndimage.maximum_filter(truth, 3) > 0) < 0.15


def test_what_a_finder_doubts_and_no_copy_has_is_no_mark(picture):
    truth, doubted = stamped(), np.zeros((SIDE, SIDE), np.float32)
    doubted[90:125, 100:130] = 0.6
    image = blended(picture, SolvedMark(truth, np.ones(3, np.float32), 0.5, 0.0))
    found = heard(image, np.maximum(truth, doubted), 0.15)
    assert found is not None
    assert found[0][ndimage.maximum_filter(truth, 5) == 0].max() < 0.2


def test_what_is_not_repeated_has_no_copies(picture):
    coverage = np.zeros((SIDE, SIDE), np.float32)
    coverage[50:69, 50:69] = glyph()
    assert heard(picture, coverage, 0.15) is None


def test_a_logo_beside_the_copies_stays_as_it_was_seen_and_does_not_spoil_them(picture):
    truth, logo = stamped(), np.zeros((SIDE, SIDE), np.float32)
    logo[90:125, 100:130] = 0.9
    logo[truth > 0.05] = 0
    seen = np.maximum(truth, logo)
    image = blended(picture, SolvedMark(seen, np.ones(3, np.float32), 0.5, 0.0))
    found = heard(image, seen, 0.15)
    assert found is not None
    coverage, away = found[0], ndimage.maximum_filter(truth, 9) == 0
    assert abs(coverage[away & (logo > 0)] - 0.9).max() < 0.01
    assert coverage[away & (logo == 0)].max() < 0.1
