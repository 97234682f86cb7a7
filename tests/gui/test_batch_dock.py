"""The batch dock: files through a task, a line for each, and again for those that failed."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import tifffile
from qtpy.QtWidgets import QFileDialog

from napari_decrappify.cli import main
from napari_decrappify.files import read_image, write_image
from napari_decrappify.parameters import parameters_of
from napari_decrappify.tasks import call_named, callable_tasks
from napari_decrappify.widgets.batch.dock import NO_MASK, NO_PICTURES, BatchDock

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8)
STACK = RNG.integers(0, 4096, (3, 16, 12), dtype=np.uint16)
HALF = 325  # pixels, of a small screen


@pytest.fixture
def dock(viewer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = BatchDock()
    viewer.window.add_dock_widget(made, name="Batch")
    made.output.line_edit.value = str(tmp_path / "out")
    return made


@pytest.fixture
def folder(tmp_path):
    write_image(tmp_path / "in" / "a.png", PHOTO)
    (tmp_path / "in" / "deep").mkdir()
    tifffile.imwrite(tmp_path / "in" / "deep" / "b.tif", STACK, imagej=True, metadata={"axes": "ZYX", "unit": "um"})
    return tmp_path / "in"


@pytest.fixture
def ready(dock, folder):
    """The dock with the folder, on the CPU, for a task."""

    def make_ready(task):
        dock.task.value = task
        dock.pictures.value = [folder]
        dock.form.fields["device"].value = "cpu"
        return dock

    return make_ready


def lines(dock):
    rows = map(dock.outcomes.topLevelItem, range(dock.outcomes.topLevelItemCount()))
    return [(row.text(0), row.text(1)) for row in rows]


def files_below(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_done_as_the_command_line_does_it(ready, folder, tmp_path, finish, tiny_upscaler):
    dock = ready("upscale")
    dock.record.value = True
    finish(dock)
    assert dock.run_button.note.value == "2 of 2 images done."
    assert lines(dock) == [("a.png", "done"), ("b.tif", "done")]
    assert read_image(tmp_path / "out/deep/b.tif").array.shape == (3, 32, 24)
    words = ("upscale", str(folder), "--output", str(tmp_path / "by-command"), "--device", "cpu", "--record", "--quiet")
    assert main(words) == 0
    assert files_below(tmp_path / "out") == files_below(tmp_path / "by-command")
    assert len(files_below(tmp_path / "out")) == 4


def test_without_an_output_results_lie_beside_the_pictures(ready, folder, finish, tiny_restorer):
    dock = ready("restore")
    dock.output.line_edit.value = ""
    finish(dock)
    assert sorted(files_below(folder.with_name("in-restored"))) == ["a.png", "deep/b.tif"]


def test_failures_come_first_with_their_reasons_and_can_be_done_again(ready, folder, finish, qtbot, tiny_upscaler):
    (folder / "z.png").write_text("no picture")
    dock = ready("upscale")
    finish(dock)
    assert dock.run_button.note.value == "2 of 3 images done, 1 failed."
    (name, reason), *others = lines(dock)
    assert (name, [text for _, text in others]) == ("z.png", ["done", "done"])
    assert "got another kind of file" in reason
    assert "got another kind of file" in dock.reason.value
    assert str(folder / "z.png") in dock.reason.value
    assert dock.native.minimumSizeHint().height() <= HALF
    assert dock.again.enabled
    write_image(folder / "z.png", PHOTO)
    dock.again.native.click()
    qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)
    assert lines(dock) == [("z.png", "done")]
    assert not dock.again.enabled
    finish(dock)
    assert [text.split(":")[0] for _, text in lines(dock)] == ["skipped"] * 3


def test_cancel_keeps_what_is_done_and_leaves_nothing_half_written(ready, tmp_path, qtbot, may_go, tiny_upscaler):
    dock = ready("upscale")
    first = threading.Event()

    def held(job):
        for step in job:
            yield step
            if dock.report.done:
                first.set()
                assert may_go.wait(30)

    dock.run_button.do(lambda: held(dock.prepared()), lambda _: None)
    qtbot.waitUntil(first.is_set, timeout=30_000)
    dock.run_button.cancel.native.click()
    may_go.set()
    qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)
    assert dock.run_button.note.value == "Cancelled."
    assert lines(dock) == [("a.png", "done")]
    assert sorted(files_below(tmp_path / "out")) == ["a.png"]


def test_what_is_wrong_for_all_is_said_and_nothing_done(ready, folder, finish, notices, tiny_upscaler):
    dock = ready("upscale")
    before = files_below(folder)
    dock.output.line_edit.value, dock.force.value = str(folder), True
    finish(dock)
    assert "an output folder that is no input" in dock.run_button.note.value
    assert files_below(folder) == before
    assert lines(dock) == []


def test_masks_are_taken_from_a_folder(ready, folder, tmp_path, finish, tiny_infill):
    hole = np.zeros(PHOTO.shape[:2], np.uint8)
    hole[4:9, 5:20] = 255
    write_image(tmp_path / "masks" / "a.png", hole)
    dock = ready("infill")
    assert dock.run_button.note.value == NO_MASK
    assert not dock.run_button.start.enabled
    dock.mask.value = [tmp_path / "masks"]
    finish(dock)
    made = read_image(tmp_path / "out" / "a.png").array
    np.testing.assert_array_equal(made[hole == 0], PHOTO[hole == 0])
    assert (made != PHOTO).any()
    assert lines(dock)[0][0] == "b.tif"
    assert "one mask for deep/b.tif" in lines(dock)[0][1]


def test_a_found_mask_is_saved_where_it_is_asked_for(ready, tmp_path, finish, tiny_watermark):
    dock = ready("watermark")
    assert not dock.form.fields["return_mask"].value
    dock.form.fields["return_mask"].value = True
    finish(dock)
    assert set(files_below(tmp_path / "out")) == {"a.png", "a.mask.png", "deep/b.tif", "deep/b.mask.tif"}


@pytest.mark.parametrize("spec", callable_tasks(), ids=lambda spec: spec.name)
def test_each_task_has_the_fields_of_its_dock_and_says_only_what_was_changed(dock, home, spec):
    dock.task.value = spec.name
    declared = parameters_of(call_named(spec.operation))
    assert {"model", *dock.form.fields} >= set(spec.main)
    assert set(spec.main) <= set(declared)
    assert [form.visible for form in dock._forms.values()].count(True) == dock.form.visible
    assert (dock.form.keywords(), dock.form.saved()) == ({}, None)
    dock.form.fields["strength"].value = 0.5
    assert dock.form.keywords() == {"strength": 0.5}
    assert all(field.tooltip for field in dock.form.fields.values())


def test_a_model_that_was_chosen_says_the_factor(tiny_upscaler, dock):
    dock.task.value = "upscale"
    dock.form.fields["factor"].value = 3
    dock.form.model.value = tiny_upscaler
    assert dock.form.keywords() == {"model": tiny_upscaler}
    dock.form.fields["factor"].value = 4
    assert dock.form.keywords() == {"model": tiny_upscaler, "factor": 4}


def test_nothing_can_run_without_pictures(dock, folder, monkeypatch):
    assert (dock.run_button.note.value, dock.run_button.start.enabled) == (NO_PICTURES, False)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    dock.pictures.folder.native.click()
    assert dock.pictures.value == (folder,)
    assert dock.pictures.chosen.value == "the folder in"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(folder / "a.png")], ""))
    dock.pictures.files.native.click()
    assert dock.pictures.value == (folder / "a.png",)


def test_pictures_and_folders_can_be_dropped(dock, folder, tmp_path, qtbot, drop):
    assert drop(dock, folder / "a.png", folder / "deep")
    qtbot.waitUntil(lambda: bool(dock.pictures.value), timeout=5_000)
    assert dock.pictures.value == (folder / "a.png", folder / "deep")
    assert not drop(dock, tmp_path / "notes.txt")
