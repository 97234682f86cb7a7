"""Composing a crappifier: what the editor shows is what happens, and every setting can be set."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import crappify
from napari_decrappify.degrade import (
    PRESETS,
    Blur,
    Crappifier,
    DrawStrings,
    GaussianNoise,
    Jpeg,
    OneOf,
    StampPicture,
    load_crappifier,
    save_crappifier,
)
from napari_decrappify.degrade.operation import OPERATIONS
from napari_decrappify.errors import FileReadError, InvalidParameterError
from napari_decrappify.parameters import parameters_of
from napari_decrappify.widgets.crappify import outline
from napari_decrappify.widgets.crappify.composition import OWN, Composition
from napari_decrappify.widgets.crappify.steps import Steps


@pytest.fixture
def steps(qtbot):
    made = Steps()
    qtbot.addWidget(made.native)
    return made


@pytest.fixture
def composition(qtbot):
    made = Composition()
    qtbot.addWidget(made.native)
    return made


def heard(widget):
    values = []
    widget.changed.connect(values.append)
    return values


def add(steps, kind):
    steps.kind.value = kind
    steps.add.native.click()


def test_steps_are_added_moved_and_removed(steps):
    news = heard(steps)
    add(steps, Blur)
    add(steps, GaussianNoise)
    assert steps.value == Crappifier((Blur(), GaussianNoise()))
    steps.up.native.click()
    assert steps.value == Crappifier((GaussianNoise(), Blur()))
    steps.down.native.click()
    steps.remove.native.click()
    assert steps.value == Crappifier((Blur(),))
    assert news[-1] == steps.value
    assert steps.list.currentRow() == 1
    steps.remove.native.click()
    assert steps.value == Crappifier()
    assert not steps.remove.enabled


def test_choosing_a_row_shows_its_settings(steps):
    steps.value = Crappifier((Blur((1.0, 3.0)), Jpeg((20, 40))))
    steps.list.setCurrentRow(2)
    assert [field.name for field in steps.fields] == ["probability", "quality"]
    assert steps.field("quality").value == (20, 40)
    steps.field("quality").high.value = 60
    steps.field("probability").value = 0.5
    assert [row.title for row in outline.rows_of(steps.value)][1:] == ["Blur", "JPEG  (50%)"]
    assert outline.row_at(steps.value, (1,)).bare == Jpeg((20, 60))
    assert steps.list.item(2).text().strip() == "JPEG  (50%)"
    steps.list.setCurrentRow(0)
    steps.field("back").value = "bicubic"
    assert steps.value.back == "bicubic"
    steps.field("back").value = None
    assert steps.value.back is None


def test_low_and_high_never_cross(steps):
    steps.value = Crappifier((Blur((1.0, 3.0)),))
    steps.choose((0,))
    sigma = steps.field("sigma")
    sigma.low.value = 5.0
    assert outline.row_at(steps.value, (0,)).part == Blur((5.0, 5.0))
    sigma.high.value = 2.0
    assert outline.row_at(steps.value, (0,)).part == Blur((2.0, 2.0))


def test_members_of_a_choice_have_weights_and_what_cannot_be_is_said(steps):
    steps.value = Crappifier((OneOf((Blur(), Jpeg())),))
    steps.choose((0, 0))
    assert steps.field("weight").value == 1
    steps.field("weight").value = 3
    assert outline.row_at(steps.value, (0, 0)).share == 0.75
    steps.value = Crappifier((OneOf((Blur(),)),))
    before = steps.value
    steps.choose((0, 0))
    steps.field("weight").value = 0
    assert "not all 0" in steps.about.value
    assert steps.value == before


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"Resize"}))
def test_the_fields_of_an_operation_are_those_that_it_declares(steps, name):
    kind = OPERATIONS[name]
    steps.value = Crappifier((outline.new(kind),))
    steps.choose((0,))
    assert [field.name for field in steps.fields] == ["probability", *parameters_of(kind)]
    for field in steps.fields[1:]:
        declared = parameters_of(kind)[field.name]
        assert field.value == declared.default
        assert field.tooltip == declared.doc.help
        assert declared.doc.help.endswith(".")


@pytest.mark.parametrize("name", PRESETS)
def test_every_setting_of_a_preset_shows_as_it_is(steps, name):
    steps.value = PRESETS[name]
    for row in outline.rows_of(steps.value)[1:]:
        steps.choose(row.path)
        for field in steps.fields:
            if hasattr(row.bare, field.name):
                assert field.value == pytest.approx(getattr(row.bare, field.name)), (row.title, field.name)
    assert steps.value == PRESETS[name]


def test_a_range_that_may_be_left_out_has_a_check_box(steps):
    steps.value = Crappifier((DrawStrings(),))
    steps.choose((0,))
    field = steps.field("per_megapixel")
    assert (field.value, field.low.enabled) == (None, False)
    field.given.value = True
    field.high.value = 30
    assert outline.row_at(steps.value, (0,)).part.per_megapixel == (0, 30)
    field.given.value = False
    assert outline.row_at(steps.value, (0,)).part == DrawStrings()


def test_a_picture_to_stamp_is_kept_inside(steps, tmp_path):
    from PIL import Image

    Image.new("RGB", (5, 4), "red").save(tmp_path / "logo.png")
    steps.value = Crappifier((StampPicture(),))
    steps.choose((0,))
    steps.field("picture").file.value = tmp_path / "logo.png"
    stamp = outline.row_at(steps.value, (0,)).part
    assert stamp == StampPicture.of(tmp_path / "logo.png")
    (tmp_path / "logo.png").unlink()
    grey = crappify(np.zeros((20, 20, 3), np.uint8), steps.value, seed=1).image
    assert (grey[..., 0] == 255).any()


def test_a_file_that_is_no_picture_is_said_and_changes_nothing(steps, tmp_path, notices):
    (tmp_path / "text.png").write_text("no picture")
    steps.value = Crappifier((StampPicture(),))
    steps.choose((0,))
    steps.field("picture").file.value = tmp_path / "text.png"
    assert "Expected a picture" in notices[0]
    assert steps.value == Crappifier((StampPicture(),))


def test_a_preset_is_a_name_until_it_is_edited(composition):
    news = heard(composition)
    assert composition.value == "lesson7"
    assert composition.summary.value == "Downscale → Stamped JPEG → back to size"
    assert not composition.steps.visible
    composition.value = "old-photo"
    composition.edit.native.click()
    assert composition.preset.value == OWN
    assert composition.value == PRESETS["old-photo"]
    composition.steps.choose((2,))
    composition.steps.remove.native.click()
    assert len(composition.value.operations) == len(PRESETS["old-photo"].operations) - 1
    composition.preset.value = "grey"
    assert [new if isinstance(new, str) else len(new.operations) for new in news] == ["old-photo", 8, 7, "grey"]
    composition.preset.value = OWN
    assert len(composition.value.operations) == 7


def test_a_composition_is_kept_in_a_file_that_crappify_takes(composition, tmp_path):
    composition.value = Crappifier((Jpeg((5, 6)), Blur()), back="box")
    composition.save(tmp_path / "mine.json")
    picture = np.random.default_rng(0).integers(0, 255, (32, 40, 3)).astype(np.uint8)
    ours = crappify(picture, composition.value, seed=3).image
    for path in (tmp_path / "mine.json", str(tmp_path / "mine.json")):
        np.testing.assert_array_equal(crappify(picture, path, seed=3).image, ours)
    composition.value = "lesson7"
    composition.load(tmp_path / "mine.json")
    assert composition.value == load_crappifier(tmp_path / "mine.json")


def test_the_buttons_ask_for_the_file(composition, tmp_path, monkeypatch):
    path = str(tmp_path / "asked")
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", lambda *_: (path, ""))
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getOpenFileName", lambda *_: (f"{path}.json", ""))
    composition.value = Crappifier((Blur(),))
    composition.save_button.native.click()
    composition.value = "grey"
    composition.load_button.native.click()
    assert composition.value == Crappifier((Blur(),))


def test_a_file_that_holds_no_composition_is_refused(composition, tmp_path, monkeypatch, notices):
    (tmp_path / "other.json").write_text('{"part": "Blur"}')
    with pytest.raises(InvalidParameterError):
        composition.load(tmp_path / "other.json")
    with pytest.raises(FileReadError):
        composition.load(tmp_path / "nowhere.json")
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getOpenFileName", lambda *_: (str(tmp_path / "other.json"), ""))
    composition.load_button.native.click()
    assert "Expected a " in notices[0]
    assert composition.value == "lesson7"
    with pytest.raises(InvalidParameterError, match="one of lesson7"):
        composition.value = "nonsense"


def test_a_composition_of_a_preset_draws_as_the_preset_does(composition, tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (64, 80, 3)).astype(np.uint8)
    for name in ("watermark-training", "old-photo", "noisy"):
        composition.value = name
        composition.edit.native.click()
        composition.steps.up.native.click()
        save_crappifier(tmp_path / "same.json", composition.value)
        expected = crappify(picture, name, seed=5).image
        np.testing.assert_array_equal(crappify(picture, tmp_path / "same.json", seed=5).image, expected)
