"""Contact sheets show what was given, what came of it, and the target."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import panels
from napari_decrappify.benchmark import benchmark, sheets
from napari_decrappify.benchmark.cases import Case
from napari_decrappify.benchmark.method import Method
from napari_decrappify.benchmark.scores import Score
from napari_decrappify.benchmark.suites import GIVEN, SUITES


@pytest.fixture
def drawn(monkeypatch):
    """The rows that are drawn on sheets."""
    rows = []

    def side_by_side(some):
        rows.extend(some)
        return panels.side_by_side(some)

    monkeypatch.setattr(sheets, "side_by_side", side_by_side)
    return rows


def test_a_sheet_is_written_for_each_model(photos, tmp_path, tiny_model, drawn):
    names = [tiny_model("plain", "upscale"), tiny_model("sharp", "upscale")]
    benchmark(photos, models=names, peers=True, sheets=tmp_path / "sheets")
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["plain.jpg", "sharp.jpg"]
    with Image.open(tmp_path / "sheets" / "plain.jpg") as sheet:
        assert sheet.width > 5 * 48
    captions = [caption.split(":")[0] for caption, _ in drawn[0]]
    assert captions[:4] == ["given", "plain", "bicubic", "Lanczos"]
    assert captions[-1] == "target"
    assert "sharp" not in captions


def added(suite, case, result):
    album = sheets.Album()
    scores = [Score(GIVEN, {0: {"PSNR dB": 10.0}}), Score(Method("ours", None, ours=True), {0: {"PSNR dB": 31.26}})]
    album.add(suite, case, scores, {"as given": case.given, "ours": result}, 0)
    return album


def test_the_part_with_most_damage_is_shown(tmp_path, make_photo, drawn):
    target = make_photo(300, 600)
    mask = np.zeros((300, 600), bool)
    mask[250:290, 500:590] = True
    given = np.where(mask[..., None], np.uint8(0), target)
    added(SUITES["watermark"]()[0], Case(given, target, mask), target).write(tmp_path)
    (row,) = drawn
    assert [caption for caption, _ in row] == ["as given: 10.0 dB", "ours: 31.3 dB", "target"]
    assert {panel.shape for _, panel in row} == {(256, 256, 3)}
    assert (row[0][1] == 0).all(axis=-1).sum() >= 40 * 90


def test_whole_pictures_are_reduced_to_the_panel(tmp_path, make_photo, drawn):
    target = make_photo(300, 400)
    case = Case(target[..., 0], target)
    added(SUITES["colorize"]()[0], case, target).write(tmp_path)
    assert {panel.shape for _, panel in drawn[0]} == {(256, 256, 3)}


@pytest.mark.parametrize("kind", SUITES)
def test_every_kind_of_model_gets_a_sheet(kind):
    assert any(suite.shown for suite in SUITES[kind]())
