"""The models dock: lists, tells, verifies, takes in, copies out, deletes, and lets the other docks know."""

from __future__ import annotations

import gc
import shutil
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from napari_decrappify.models import (
    export_model,
    load_model,
    sha256_of,
    store,
    user_folder,
    user_model_path,
)
from napari_decrappify.widgets.base.models_changed import models_changed
from napari_decrappify.widgets.models.dock import ModelsDock
from napari_decrappify.widgets.models.folder_watcher import REST
from napari_decrappify.widgets.upscale import UpscaleDock


@pytest.fixture
def dock(viewer, qtbot):
    made = ModelsDock()
    viewer.window.add_dock_widget(made, name="Models")
    return made


@pytest.fixture
def wait(qtbot):
    return lambda dock: qtbot.waitUntil(lambda: not dock.busy, timeout=30_000)


def rows(dock):
    return [
        [dock.list.topLevelItem(number).text(column) for column in range(4)]
        for number in range(dock.list.topLevelItemCount())
    ]


def test_own_and_bundled_models_are_listed_and_told_about(tiny_upscaler, dock):
    size = user_model_path(tiny_upscaler).stat().st_size
    assert rows(dock) == [[tiny_upscaler, "upscale x2", "own", f"{size / 1e6:.1f} MB"]]
    text = dock.details.toPlainText()
    assert "Random weights: for tests only." in text
    assert sha256_of(user_model_path(tiny_upscaler)) in text
    assert str(user_folder()) in dock.where.value
    assert dock.delete.enabled


def test_without_models_there_is_nothing_to_do_but_import(dock):
    assert rows(dock) == []
    assert [button.enabled for button in (dock.verify, dock.export, dock.delete, dock.take)] == [False] * 3 + [True]


def test_a_bundled_model_cannot_be_deleted(tiny_upscaler, viewer, dock):
    export_model(tiny_upscaler, store.bundled_folder() / "shipped")
    models_changed()
    dock.choose("shipped")
    assert [row[2] for row in rows(dock)] == ["bundled", "own"]
    assert not dock.delete.enabled
    assert dock.verify.enabled


def test_a_damaged_file_shows_its_problem_and_can_be_deleted(home, viewer, dock, monkeypatch):
    user_folder().mkdir(parents=True)
    (user_folder() / "bad.safetensors").write_bytes(b"no model")
    models_changed()
    assert rows(dock)[0][1] == "damaged"
    assert "It can't be used. Expected" in dock.details.toPlainText()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    dock.delete.native.click()
    assert len(rows(dock)) == 1
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    dock.delete.native.click()
    assert rows(dock) == []
    assert dock.note.value == "bad: deleted."


def test_a_misnamed_file_shows_as_such_and_is_offered_nowhere(tiny_upscaler, dock, open_dock):
    file = user_model_path(tiny_upscaler)
    file.rename(file.with_name('sharp""";x.safetensors'))
    models_changed()
    assert rows(dock)[0][:3] == ['sharp""";x', "misnamed", "own"]
    assert "It can't be used. Expected a model name" in dock.details.toPlainText()
    assert open_dock(UpscaleDock).model.choices == (None,)


def test_another_name_is_asked_for_where_the_file_has_none(dock, wait, tiny_upscaler, tmp_path, monkeypatch):
    file, asked = export_model(tiny_upscaler, tmp_path / "sharp (1)"), []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: asked.append(text) or ("mine", True))
    dock.take.native.click()
    wait(dock)
    assert asked == ["sharp-1"]
    assert load_model("mine").sha256 == sha256_of(file)


def test_of_another_projects_file_the_licence_is_asked_for(dock, wait, tmp_path, monkeypatch):
    file, asked, given = tmp_path / "theirs.pth", [], []
    file.write_bytes(b"weights")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: asked.append(text) or ("CC0", True))
    monkeypatch.setattr(ModelsDock, "import_file", lambda _, *arguments: given.append(arguments))
    dock.take.native.click()
    assert asked == ["unknown"]
    assert given == [(str(file), "theirs", "CC0")]


def test_a_model_is_verified(tiny_upscaler, dock, wait, notices):
    dock.verify.native.click()
    wait(dock)
    assert dock.note.value == f"{tiny_upscaler}: whole, and runs."
    path = user_model_path(tiny_upscaler)
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    dock.verify.native.click()
    wait(dock)
    assert "truncated or was edited" in dock.note.value
    assert len(notices) == 1


def test_an_imported_model_appears_in_the_other_docks_and_a_deleted_one_goes(
    tiny_upscaler, viewer, open_dock, dock, wait, tmp_path
):
    file = export_model(tiny_upscaler, tmp_path / "given")
    user_model_path(tiny_upscaler).unlink()
    viewer.add_image(np.zeros((8, 8), np.uint8))
    upscale_dock = open_dock(UpscaleDock)
    assert not upscale_dock.run_button.start.enabled
    dock.import_file(file)
    wait(dock)
    assert dock.note.value == "given: taken."
    assert dock.chosen.name == "given"
    assert load_model("given").sha256 == sha256_of(file)
    assert "given" in upscale_dock.model.choices
    assert upscale_dock.run_button.start.enabled
    dock.delete_chosen()
    assert "given" not in upscale_dock.model.choices
    assert not upscale_dock.run_button.start.enabled


def test_a_name_that_is_taken_is_asked_for_anew(tiny_upscaler, dock, wait, tmp_path, monkeypatch):
    file = export_model(tiny_upscaler, tmp_path)
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getOpenFileName", lambda *_: (str(file), ""))
    asked = []
    answer = ("", False)
    monkeypatch.setattr("qtpy.QtWidgets.QInputDialog.getText", lambda *_, text: (asked.append(text), answer)[1])
    dock.take.native.click()
    assert not dock.busy
    answer = (f"{tiny_upscaler}-2", True)
    dock.take.native.click()
    wait(dock)
    assert asked == [f"{tiny_upscaler}-2"] * 2
    assert {row[0] for row in rows(dock)} == {tiny_upscaler, f"{tiny_upscaler}-2"}


def test_a_file_that_is_no_model_is_said_and_not_taken(dock, wait, tmp_path, notices):
    (tmp_path / "text.safetensors").write_text("no model")
    dock.import_file(tmp_path / "text.safetensors")
    assert dock.note.value.startswith("Verifying")
    assert not dock.take.enabled
    wait(dock)
    assert "Expected a model file" in dock.note.value
    assert (rows(dock), len(notices), dock.take.enabled) == ([], 1, True)


@pytest.fixture
def given(tiny_upscaler, tmp_path):
    """A model file that isn't among the user's."""
    file = export_model(tiny_upscaler, tmp_path / "given")
    user_model_path(tiny_upscaler).unlink()
    models_changed()
    return file


def test_a_model_file_that_is_dropped_is_imported(given, dock, drop, qtbot):
    assert drop(dock, given)
    qtbot.waitUntil(lambda: dock.note.value == "given: taken.", timeout=30_000)
    assert load_model("given").sha256 == sha256_of(given)


def test_several_are_imported_one_after_the_other(given, dock, drop, qtbot, tmp_path):
    other = shutil.copy(given, tmp_path / "other.safetensors")
    assert drop(dock, given, tmp_path / "notes.txt", other)
    qtbot.waitUntil(lambda: {row[0] for row in rows(dock)} == {"given", "other"}, timeout=30_000)


def test_what_is_wrong_with_a_dropped_file_is_said_as_for_the_button(dock, drop, qtbot, tmp_path, notices):
    (tmp_path / "text.safetensors").write_text("no model")
    assert drop(dock, tmp_path / "text.safetensors")
    qtbot.waitUntil(lambda: len(notices) == 1, timeout=30_000)
    assert "Expected a model file" in dock.note.value
    assert rows(dock) == []


def test_a_dropped_file_of_another_project_is_asked_about_as_the_button_does(dock, drop, qtbot, tmp_path, monkeypatch):
    (tmp_path / "theirs.pth").write_bytes(b"weights")
    given = []
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: ("CC0", True))
    monkeypatch.setattr(ModelsDock, "import_file", lambda _, *arguments: given.append(arguments))
    assert drop(dock, tmp_path / "theirs.pth")
    qtbot.waitUntil(lambda: bool(given), timeout=5_000)
    assert given == [(str(tmp_path / "theirs.pth"), "theirs", "CC0")]


def test_other_files_are_left_to_the_window(dock, drop, tmp_path):
    assert not drop(dock, tmp_path / "photo.png")


def test_files_are_taken_wherever_they_fall_in_the_dock(given, dock, drop):
    for part in (dock.list, dock.details):
        inside = SimpleNamespace(native=part.viewport())
        assert drop(inside, given)


def test_export_copies_to_the_chosen_file(tiny_upscaler, dock, tmp_path, monkeypatch):
    target = str(tmp_path / "there.safetensors")
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", lambda *_: (target, ""))
    for _ in range(2):  # the dialog asks before it gives the name of a file that is there
        dock.export.native.click()
        assert dock.note.value == f"{tiny_upscaler}: copied to {target}."
    assert sha256_of(tmp_path / "there.safetensors") == sha256_of(user_model_path(tiny_upscaler))


def test_the_folder_is_made_and_opened(dock, monkeypatch):
    opened = []
    monkeypatch.setattr("qtpy.QtGui.QDesktopServices.openUrl", lambda url: opened.append(url.toLocalFile()))
    dock.folder.native.click()
    assert opened == [str(user_folder())]
    assert user_folder().is_dir()


@pytest.fixture
def elsewhere(tiny_upscaler, tmp_path):
    """A model that another program has finished, beside the user's folder, which isn't there."""
    made = user_model_path(tiny_upscaler).rename(tmp_path / "made.safetensors")
    user_folder().rmdir()
    return made


def test_what_another_program_does_in_the_folder_shows_in_all_docks(elsewhere, viewer, open_dock, dock, qtbot):
    upscaling = open_dock(UpscaleDock)
    user_folder().mkdir()
    for name in ("one", "two"):
        shutil.copy(elsewhere, user_model_path(name))
        qtbot.waitUntil(lambda name=name: name in upscaling.model.choices, timeout=20_000)
        assert name in [row[0] for row in rows(dock)]
    shutil.rmtree(user_folder())
    qtbot.waitUntil(lambda: rows(dock) == [] and upscaling.model.choices == (None,), timeout=20_000)


def test_nobody_is_told_of_other_files_nor_twice(elsewhere, viewer, dock, qtbot):
    qtbot.wait(2 * REST)
    status_text = []
    models_changed.connect(status_text.append)
    (elsewhere.parent / "unlike.txt").touch()
    user_folder().mkdir()
    (user_folder() / "notes.txt").touch()
    qtbot.wait(3 * REST)
    assert not status_text
    dock.import_file(elsewhere)
    qtbot.waitUntil(lambda: not dock.busy, timeout=30_000)
    qtbot.wait(3 * REST)
    models_changed.disconnect(status_text.append)
    assert len(status_text) == 1


def test_a_closed_dock_hears_nothing_more(tiny_upscaler, qtbot):
    made = ModelsDock()
    gone = weakref.ref(made)
    with qtbot.waitSignal(made.native.destroyed, timeout=30_000):
        made.native.deleteLater()
    models_changed()
    del made
    gc.collect()
    models_changed()
    assert gone() is None or not gone().busy
