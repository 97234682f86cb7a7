"""The marks of a plane, whatever their number and kind: un-blended where something shines through, filled where not."""

from __future__ import annotations

import io

import numpy as np
import skimage.data
from PIL import Image
from scipy import ndimage

from napari_decrappify.apply.marks import solving
from napari_decrappify.apply.marks.mark import SolvedMark, blended
from napari_decrappify.apply.marks.solving import solve_plane


def scene(seed=0, channels=3, side=128):
    rng = np.random.default_rng(seed)
    wide = ndimage.gaussian_filter(rng.normal(size=(side, side, channels)), (12, 12, 0), mode="wrap")
    fine = ndimage.gaussian_filter(rng.normal(size=(side, side, channels)), (1, 1, 0), mode="wrap")
    return np.clip(0.5 + 0.15 * wide / wide.std() + 0.01 * fine / fine.std(), 0.05, 0.95).astype(np.float32)


def rings(*centres, side=128, radius=12, width=4):
    """Anti-aliased rings: coverage in [0, 1]."""
    y, x = np.mgrid[:side, :side]
    away = np.min([np.abs(np.hypot(y - cy, x - cx) - radius) for cy, cx in centres], 0)
    return np.clip(width / 2 + 0.5 - away, 0, 1).astype(np.float32)


def with_mark(picture, coverage, color, opacity):
    return blended(picture, SolvedMark(coverage, np.array(color, np.float32)[: picture.shape[-1]], opacity, 0.0))


def psnr(a, b, where=...):
    return -10 * np.log10(np.square(a - b)[where].mean())


def test_a_translucent_mark_is_unblended():
    picture, coverage = scene(), rings((30, 30), (60, 90))
    image = with_mark(picture, coverage, (1, 1, 1), 0.5)
    found = solve_plane(image, coverage)
    assert psnr(found.image, picture, coverage > 0) > psnr(image, picture, coverage > 0) + 15
    assert len(found.marks) == 1
    assert not found.holes.any()


def test_where_there_is_no_coverage_nothing_changes():
    picture, coverage = scene(), rings((30, 30), (60, 90))
    image = with_mark(picture, coverage, (1, 1, 1), 0.5)
    found = solve_plane(image, coverage)
    assert (found.image[~found.changed] == image[~found.changed]).all()
    assert not (found.changed & (coverage == 0)).any()


def test_marks_of_different_colour_and_opacity_are_told_apart():
    picture, one, two = scene(), rings((25, 25), (25, 100)), rings((90, 30), (95, 95))
    image = with_mark(with_mark(picture, one, (1, 1, 1), 0.6), two, (0, 0, 0.3), 0.35)
    found = solve_plane(image, np.maximum(one, two))
    assert sorted(round(mark.opacity, 1) for mark in found.marks) == [0.3, 0.6] or len(found.marks) == 2
    assert psnr(found.image, picture, (one > 0) | (two > 0)) > 32


def test_an_opaque_mark_is_left_to_be_filled_with_its_rims():
    picture, coverage = scene(), rings((40, 40), (70, 90))
    image = with_mark(picture, coverage, (0.9, 0.1, 0.1), 1.0)
    found = solve_plane(image, coverage)
    assert found.holes[coverage > 0.1].all()
    assert found.opaque == 1
    assert not found.marks


def test_what_no_mark_explains_is_left_to_be_filled_and_counted():
    picture, coverage = scene(), rings((40, 40), (70, 90))
    rng = np.random.default_rng(1)
    image = np.where(coverage[..., None] > 0, rng.random(picture.shape), picture).astype(np.float32)
    found = solve_plane(image, coverage)
    assert found.unsolved == 1
    assert found.holes[coverage > 0.1].all()


def test_a_plane_without_marks_is_left_alone():
    picture = scene()
    found = solve_plane(picture, np.zeros(picture.shape[:2], np.float32))
    assert not found.changed.any()
    assert (found.image == picture).all()


def test_a_doubtful_coverage_is_mended_by_the_picture_on_smooth_ground():
    picture, coverage = scene(), rings((30, 30), (60, 90))
    image = with_mark(picture, coverage, (1, 1, 1), 0.5)
    off = 0.15 * ndimage.gaussian_filter(np.random.default_rng(2).normal(size=coverage.shape), 1) * 3.5
    believed = np.clip(coverage + np.where(coverage > 0, off, 0), 0, 1).astype(np.float32)
    found = solve_plane(image, believed)
    without = solve_plane(image, believed, doubt=1e-3)
    assert psnr(found.image, picture, coverage > 0) > psnr(without.image, picture, coverage > 0) + 3


def test_a_mark_that_is_seen_unsurely_stays_unless_repeated():
    picture, coverage = scene(), rings((40, 40), (70, 90))
    image = with_mark(picture, coverage, (1, 1, 1), 0.5)
    unsure = np.float32(0.7) * coverage
    assert not solve_plane(image, unsure).changed.any()
    assert solve_plane(image, coverage).changed[coverage > 0.5].all()
    tiled = rings(*[(y, x) for y in range(16, 128, 32) for x in range(16, 128, 32)], radius=8)
    repeated = solve_plane(with_mark(picture, tiled, (1, 1, 1), 0.5), np.float32(0.7) * tiled)
    assert repeated.changed[tiled > 0.5].mean() > 0.95


def test_what_is_seen_faintly_beside_a_mark_changes_only_where_it_is_certain():
    picture, coverage = scene(), rings((40, 40), (70, 90))
    image = with_mark(picture, coverage, (1, 1, 1), 0.5)
    beside = (rings((40, 40), (70, 90), width=8) > 0) & (coverage == 0)
    found = solve_plane(image, np.where(beside, np.float32(0.1), coverage))
    assert found.changed[coverage > 0.2].all()
    assert found.changed[beside].mean() < 0.2


def test_the_noise_of_a_compressed_picture_is_amplified_less(monkeypatch):
    picture, coverage = skimage.data.chelsea()[60:188, 120:248].astype(np.float32) / 255, rings((30, 30), (60, 90))
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * with_mark(picture, coverage, (1, 1, 1), 0.6)).astype(np.uint8)).save(file, "JPEG")
    image = np.asarray(Image.open(file)).astype(np.float32) / 255
    found = solve_plane(image, coverage)
    monkeypatch.setattr(solving, "likeliest_noise", lambda *pixels: 0.0)
    as_if_exact = solve_plane(image, coverage)
    assert len(found.marks) == len(as_if_exact.marks) == 1
    assert psnr(found.image, picture, coverage > 0) > psnr(as_if_exact.image, picture, coverage > 0) + 0.4


def test_rims_of_what_is_filled_that_look_like_their_ground_stay():
    picture, coverage = scene(), rings((40, 40), (70, 90))
    image = with_mark(picture, coverage, (0.9, 0.1, 0.1), 1.0)
    found = solve_plane(image, coverage)
    outside = found.holes & (coverage == 0)
    assert found.holes[coverage > 0.1].all()
    assert outside.sum() < 0.1 * found.holes.sum()
