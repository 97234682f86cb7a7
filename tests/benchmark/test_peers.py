"""Peers do what they are there for; those that aren't installed are skipped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from PIL import Image

from napari_decrappify.benchmark.cases import Case
from napari_decrappify.benchmark.peers import (
    PEERS,
    denoising,
    filling,
    prints,
    real_esrgan,
    upscaling,
)
from napari_decrappify.quality import psnr


def installed(peer):
    reason = f"pip install {' '.join(peer.missing)}"
    return pytest.param(peer, id=peer.name, marks=pytest.mark.skipif(bool(peer.missing), reason=reason))


def reduced(photo, scale):
    y, x = photo.shape[:2]
    return Case(np.asarray(Image.fromarray(photo).resize((x // scale, y // scale))), photo, scale=scale)


@pytest.mark.parametrize("peer", [upscaling.BICUBIC, upscaling.LANCZOS], ids=lambda peer: peer.name)
@pytest.mark.parametrize("grey", [False, True], ids=["rgb", "grey"])
def test_filters_enlarge_by_the_scale(peer, grey, make_photo):
    case = reduced(make_photo(48, 63)[..., 0] if grey else make_photo(48, 63), 3)
    result = peer.repair(case)
    assert result.shape == case.target.shape
    assert psnr(result, case.target) > 25


@pytest.mark.parametrize("peer", [installed(peer) for peer in denoising.DENOISERS])
@pytest.mark.parametrize("grey", [False, True], ids=["rgb", "grey"])
def test_denoisers_come_nearer_whether_told_how_strong_the_noise_is_or_not(peer, grey, noisy_case):
    case = noisy_case
    if grey:
        case = Case(case.given[..., 0], case.target[..., 0])
    before = psnr(case.given, case.target)
    for one in (case, replace(case, sigma=25.0)):
        assert psnr(peer.repair(one), case.target) > before + 3


def test_noise_is_estimated(noisy_case):
    assert denoising.sigma_of(noisy_case) == pytest.approx(25, rel=0.15)
    assert denoising.sigma_of(replace(noisy_case, sigma=7.0)) == 7


def test_the_median_takes_salt_and_pepper_away(make_photo):
    target = make_photo()[..., 0]
    given = target.copy()
    given[::7, ::7] = 255
    given[3::9, 3::9] = 0
    assert psnr(denoising.MEDIAN.repair(Case(given, target)), target) > psnr(given, target) + 5


def test_micrographs_are_denoised_before_they_are_enlarged(make_photo):
    case = reduced(make_photo(64, 64)[..., 0], 4)
    peer = upscaling.after(denoising.TOTAL_VARIATION)
    small = denoising.TOTAL_VARIATION.repair(case)
    enlarged = Image.fromarray(small).resize((64, 64), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(peer.repair(case), np.asarray(enlarged))


@pytest.mark.parametrize("peer", [installed(peer) for peer in filling.FILLERS])
def test_fillers_change_nothing_but_the_hole(peer, holed_case):
    result = peer.repair(holed_case)
    np.testing.assert_array_equal(result[~holed_case.mask], holed_case.target[~holed_case.mask])
    inside = [psnr(image, holed_case.target, mask=holed_case.mask) for image in (holed_case.given, result)]
    assert inside[1] > inside[0] + 6


@pytest.mark.parametrize("peer", [installed(real_esrgan.VIDEO), installed(real_esrgan.PHOTO)])
def test_real_esrgan_enlarges_photos(peer):
    case = reduced(skimage.data.chelsea()[100:164, 100:196], 4)
    result = peer.repair(case)
    assert result.shape == case.target.shape
    assert psnr(result, case.target) > 20


def test_what_isnt_installed_is_named_as_pip_names_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert filling.TELEA.missing == ["opencv-python-headless"]
    assert upscaling.LANCZOS.missing == []


def test_names_are_unique_so_that_they_can_be_asked_for():
    for kind, peers in PEERS.items():
        assert len({peer.name for peer in peers}) == len(peers), kind


@pytest.mark.parametrize("peer", [installed(peer) for peer in prints.TONERS])
def test_toners_bring_contrast_back(peer, make_photo):
    target = make_photo(96, 96)
    faded = np.rint(0.5 * target + 60).astype(np.uint8)
    assert peer.repair(Case(faded, target)).std() > 1.1 * faded.std()
