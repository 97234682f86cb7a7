"""The demo repairs, measures, shows, and fails loudly where it doesn't repair."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.cli import main
from napari_decrappify.cli.commands import demo as command
from napari_decrappify.demo import (
    FACE,
    gallery,
    report,
    shrunken,
)
from napari_decrappify.files import read_image
from napari_decrappify.panels import CAPTION, GAP, side_by_side

PICTURES = ["bicubic", "crappified", "original", "repaired", "side-by-side", "small", "upscaled"]


def test_the_demo_repairs_and_upscales_a_real_photo(tmp_path, capsys, monkeypatch):
    results = []
    monkeypatch.setattr(command, "report", lambda result: results.append(result) or report(result))
    assert main(["demo", "--output", str(tmp_path)]) == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == PICTURES
    said = capsys.readouterr().out
    assert said.count(" dB -> ") == 3
    assert "cpu" in said or "cuda" in said or "mps" in said
    ((whole, damaged, upscaled),) = (result.comparisons for result in results)
    assert damaged.gain > whole.gain > 0
    assert upscaled.gain > 1
    original, repaired = (read_image(tmp_path / f"{name}.png").array for name in ("original", "repaired"))
    error = np.mean((original.astype(float) - repaired) ** 2)
    assert whole.after == pytest.approx(10 * np.log10(255**2 / error)), "a gain of the pictures that it wrote"


def test_models_that_repair_nothing_make_it_fail_but_its_pictures_are_there(
    tmp_path, capsys, tiny_upscaler, tiny_watermark
):
    assert main(["demo", "--output", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("napari-decrappify: error: Expected watermark")
    assert " dB" in error
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == PICTURES


def test_without_models_it_says_so(tmp_path, capsys, home):
    assert main(["demo", "--output", str(tmp_path / "out")]) == 1
    assert "model for watermark" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_small_photo_and_its_bicubic_enlargement_fit_the_reference():
    photo = np.random.default_rng(0).integers(0, 256, (31, 21, 3), dtype=np.uint8)
    reference, small, bicubic = shrunken(photo, 2)
    np.testing.assert_array_equal(reference, photo[:30, :20])
    assert small.shape == (15, 10, 3)
    assert bicubic.shape == reference.shape


def test_panels_show_each_picture_unchanged_below_its_caption():
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    drawn = side_by_side([[("one", picture), ("two", 255 - picture)], [("three", picture)]])
    np.testing.assert_array_equal(drawn[CAPTION : CAPTION + 30, GAP : GAP + 40], picture)
    np.testing.assert_array_equal(drawn[CAPTION : CAPTION + 30, 2 * GAP + 40 : 2 * GAP + 80], 255 - picture)
    assert (drawn[:CAPTION] < 128).any()


def test_the_gallery_has_two_rows_of_one_width():
    pictures = dict.fromkeys(("original", "crappified", "repaired"), np.zeros((300, 451, 3), np.uint8))
    pictures |= dict.fromkeys(("bicubic", "upscaled"), np.zeros((300, 450, 3), np.uint8))
    height = 2 * (FACE[0].stop - FACE[0].start)
    assert gallery(pictures).shape == (300 + height + 2 * (CAPTION + GAP), 3 * 451 + 4 * GAP, 3)
