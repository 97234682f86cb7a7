"""What may go wrong with a training that the dock has started, and a user who presses everything."""

from __future__ import annotations

import errno
import os
import sys
import time

import numpy as np
import psutil
import pytest
from magicgui.widgets import FileEdit
from napari.utils.notifications import notification_manager
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QMessageBox, QSlider

from napari_decrappify.finetuning import runs
from napari_decrappify.models import read_card, user_model_path

pytestmark = pytest.mark.usefixtures("bare_viewer")

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of another process is Linux's")
FULL = 1000
"""Bytes that a file may have on a disk that is as good as full: enough for state.json, not for a checkpoint."""
CLICKS, SEED = 150, 7


@pytest.fixture
def dock(fine_tune_dock):
    """A dock whose training lasts until it is stopped."""
    return fine_tune_dock


@pytest.fixture
def training(dock, until):
    """The same, whose training has been judged twice."""
    dock.start.native.click()
    until(lambda: dock.trainings and dock.trainings[0].run is not None)
    until(lambda: len(dock.trainings[0].run.history) > 1)
    return dock


@pytest.fixture
def failures(monkeypatch):
    """Errors that reached nobody but napari: what a user would see as a traceback."""
    seen = []
    monkeypatch.setattr(notification_manager, "receive_error", lambda *error: seen.append(error))
    monkeypatch.setattr(sys, "excepthook", lambda *error: seen.append(error))
    return seen


def resting(dock, until):
    """Let the training rest between two steps; return its process."""
    until(lambda: dock.runs.pause.enabled)
    dock.runs.pause.native.click()
    until(lambda: dock.runs.pause.text == "Go on")
    return psutil.Process(dock.trainings[0].pid)


def fill_disk(process):
    """Let a process write no file beyond `FULL` bytes, as on a disk that is full."""
    process.rlimit(psutil.RLIMIT_FSIZE, (FULL, FULL))


@LINUX
def test_a_disk_that_fills_up_is_said_and_the_best_so_far_can_be_kept(training, until, notices):
    fill_disk(resting(training, until))
    training.runs.pause.native.click()
    until(lambda: not training.trainings)
    assert "Free some space" in training.note.value
    assert "Free some space" in notices[-1]
    (run,) = runs()
    assert (run.state, run.resumable) == ("unfinished", True)
    best = max(row.score for row in run.history)
    assert read_card(run.best).metrics["psnr"] == pytest.approx(best, abs=1e-3)
    until(lambda: training.runs.pause.text == "Resume" and training.runs.pause.enabled)
    assert training.runs.stop.text == "Keep the best"
    training.runs.stop.native.click()
    until(lambda: training.runs.view.state == "finished")
    assert read_card(run.model).metrics["psnr"] == pytest.approx(best, abs=1e-3)
    assert training.note.value.startswith(f"{run.model.stem}: ")
    assert not training.runs.stop.enabled


@pytest.fixture
def refused(dock, until, notices):
    """Press Start, wait until no training is left, and return what is said of it; nothing is left behind."""

    def start():
        notices.clear()
        dock.start.native.click()
        until(lambda: not dock.trainings)
        assert notices == [dock.note.value]
        assert runs() == []
        return dock.note.value

    return start


def test_a_disk_that_is_full_at_the_start_and_a_base_that_was_deleted_are_said(
    dock, refused, tiny_upscaler, monkeypatch
):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        said = refused()
    assert "No space left on device" in said
    assert "Free some space" in said
    assert dock.start.enabled
    dock.form.base.value = tiny_upscaler
    user_model_path(tiny_upscaler).unlink()
    assert tiny_upscaler in refused()


def test_pictures_that_cannot_be_learned_from_are_named(viewer, dock, refused):
    noise = np.random.default_rng(0).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    for picture, said in [
        (np.full((96, 96), np.nan, np.float32), "NaN"),
        (np.zeros((20, 96), np.uint8), "a side of 20"),
        (noise, "one kind"),  # colour among grey
        (np.full((96, 96), 3, np.uint16), "something in it"),
    ]:
        layer = viewer.add_image(picture, name="odd", contrast_limits=(0, 1), rgb=picture.ndim == 3)
        dock.pictures.layers.check(layer)
        assert said in refused()
        assert dock.start.enabled
        viewer.layers.remove(layer)


@pytest.fixture
def answers(monkeypatch):
    """Random answers to questions, and none to file dialogs; for docks that are opened after this."""
    rng = np.random.default_rng(SEED)
    yes_or_no = (QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: yes_or_no[rng.integers(2)])
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)
    monkeypatch.setattr(FileEdit, "_on_choose_clicked", lambda _: None)
    for name in ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
    return rng


def test_a_user_who_presses_everything(answers, dock, qtbot, until, failures):
    rng = answers
    dock.start.native.click()
    assert dock.trainings
    for _ in range(CLICKS):
        press_something(dock.native, rng)
        qtbot.wait(int(rng.integers(5, 40)))
    end_all(dock, until)
    assert failures == []
    assert {run.state for run in runs()} <= {"finished", "discarded", "unfinished", "failed", "prepared"}
    assert QApplication.activeModalWidget() is None


def press_something(part, rng):
    """Press one of the buttons, or move one of the lists or sliders, that can be seen and used."""
    kinds = (QAbstractButton, QComboBox, QSlider)
    offered = [one for kind in kinds for one in part.findChildren(kind) if one.isVisibleTo(part) and one.isEnabled()]
    chosen = offered[rng.integers(len(offered))]
    if isinstance(chosen, QAbstractButton):
        chosen.click()
    elif isinstance(chosen, QComboBox):
        chosen.setCurrentIndex(int(rng.integers(max(chosen.count(), 1))))
    else:
        chosen.setValue(int(rng.integers(chosen.minimum(), chosen.maximum() + 1)))


def end_all(dock, until):
    """Leave all trainings, and wait until their processes are gone."""
    until(lambda: not any(training.run is None and not training.over for training in dock.trainings))
    for training in list(dock.trainings):
        training.interrupt()
    until(lambda: not dock.trainings)
    until(lambda: not dock.runs.busy)
    deadline = time.monotonic() + 20
    while any("finetuning.process.child" in " ".join(command_of(one)) for one in psutil.Process().children()):
        assert time.monotonic() < deadline, "a training process is left"
        time.sleep(0.1)


def command_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
