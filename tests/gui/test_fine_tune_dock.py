"""The fine-tuning dock at work: real trainings of a tiny net, in processes of their own."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import psutil
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QMessageBox

from napari_decrappify.finetuning import Run, RunState, runs
from napari_decrappify.widgets.fine_tune.dock import RUNS, FineTuneDock
from napari_decrappify.widgets.upscale import UpscaleDock

SHORT = {"stages.0.steps": 12, "stages.0.lr": "2e-3"}
LONGEST_BLOCK = 0.25  # seconds; up to 0.07 was measured, more where the tests share two cores with all else


@pytest.fixture
def dock(fine_tune_dock):
    """A dock whose training lasts until it is stopped."""
    return fine_tune_dock


def judged(dock, times=2):
    """Tell whether the curves of the chosen run have so many points."""
    view = dock.runs.view
    return view.curves is not None and view.chosen is not None and len(view.previews) >= times


def test_it_is_watched_paused_and_stopped_and_the_best_is_in_every_dock_s_list(viewer, dock, open_dock, until):
    other = open_dock(UpscaleDock)
    dock.form.name_field.value = "mine"
    dock.start.native.click()
    assert dock.tabs.currentIndex() == RUNS
    longest = longest_block()
    until(lambda: judged(dock))
    assert longest() < LONGEST_BLOCK
    assert not dock.runs.curves.pixmap().isNull()
    assert "step" in dock.runs.status.value
    assert "cpu, float32" in dock.runs.status.value

    viewer.layers[0].scale, viewer.layers[0].units = (0.5, 0.5), ("um", "um")
    dock.runs.filmstrip.as_layers.value = True
    until(lambda: len(dock.runs.filmstrip.layers) == 3)
    assert [layer.name for layer in dock.runs.filmstrip.layers] == [
        f"held out: {n}" for n in ("input", "output", "target")
    ]
    crappy, _, clean = dock.runs.filmstrip.layers
    assert crappy.data.shape == clean.data.shape
    assert not (clean.data[-1] == 255).all()  # the gallery's gaps stay behind
    assert (clean.scale == viewer.layers[0].scale[-2:]).all()
    assert clean.units == viewer.layers[0].units[-2:]

    dock.runs.pause.native.click()
    until(lambda: dock.runs.pause.text == "Go on")
    resting = dock.trainings[0].learned[-1].step
    until(lambda: dock.runs.status.value.startswith("Paused"))
    assert dock.trainings[0].learned[-1].step == resting
    dock.runs.pause.native.click()
    until(lambda: dock.trainings[0].learned[-1].step > resting + 1)

    dock.runs.stop.native.click()
    until(lambda: not dock.trainings)
    assert runs()[0].state == "finished"
    assert dock.note.value.startswith("mine: ")
    assert "mine" in dict(other.model._offered()).values()
    assert "mine" in other.model.choices
    assert "mine" in dock.compare.second.choices

    dock.runs.list.resize(520, 84)
    dock.runs.curves.resizeEvent(None)  # Qt resizes what is hidden when it is shown
    until(lambda: dock.runs.curves.pixmap().width() == 520)


def test_a_training_whose_process_is_killed_can_be_resumed(dock, set_up, until, notices):
    set_up(dock, {"stages.0.steps": 160})
    dock.start.native.click()
    until(lambda: judged(dock))
    os.kill(dock.trainings[0].pid, signal.SIGKILL)
    until(lambda: not dock.trainings)
    assert "ends by itself" in dock.note.value
    assert "ends by itself" in notices[-1]
    until(lambda: dock.runs.pause.enabled and dock.runs.pause.text == "Resume")
    assert dock.runs.view.state == "unfinished"
    dock.runs.pause.native.click()
    until(lambda: not dock.trainings)
    assert runs()[0].state == "finished"
    assert runs()[0].history[-1].step == 160


def test_a_second_training_waits_until_the_first_is_discarded(dock, set_up, until, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    dock.start.native.click()
    until(lambda: dock.start.enabled and dock.trainings[0].phase == "running")
    first = dock.trainings[0]
    set_up(dock, SHORT)
    dock.start.native.click()
    until(lambda: len(dock.trainings) == 2 and dock.trainings[1].phase == "waiting")
    until(lambda: dock.runs.training is dock.trainings[1])
    assert first.run.spec.name in dock.runs.status.value
    dock.runs.choose(first.run.folder)
    until(lambda: dock.runs.training is first and dock.runs.discard.enabled)
    dock.runs.discard.native.click()
    until(lambda: not dock.trainings)
    assert [run.state for run in runs()] == ["finished", "discarded"]
    assert dock.note.value


def test_a_dock_that_is_closed_midway_leaves_a_run_that_the_next_one_offers_to_resume(
    viewer, dock, open_dock, until, gone
):
    dock.start.native.click()
    until(lambda: judged(dock, 1))
    process = psutil.Process(dock.trainings[0].pid)
    viewer.window.remove_dock_widget(dock.native)
    until(lambda: gone(process))
    until(lambda: runs()[0].state == "unfinished")
    again = open_dock(FineTuneDock)
    until(lambda: again.runs.pause.enabled)
    assert again.runs.pause.text == "Resume"
    assert again.tabs.currentIndex() == RUNS
    run = runs()[0]
    again.runs.delete_chosen()
    until(lambda: not again.runs.view.facts)
    assert not run.folder.exists()


def test_what_is_wrong_with_pictures_is_said_and_nothing_is_left_behind(viewer, dock, until, notices):
    for number, layer in enumerate(viewer.layers):
        dock.pictures.layers.check(layer, on=number == 0)
    viewer.layers[0].data = np.full((96, 96), 7, np.uint8)
    dock.start.native.click()
    until(lambda: not dock.trainings)
    assert "something in it" in dock.note.value
    assert "something in it" in notices[-1]
    assert runs() == []
    assert dock.start.enabled


def test_a_run_of_a_script_is_shown_and_left_alone(dock, until, monkeypatch):
    monkeypatch.setattr(Run, "state", RunState.RUNNING)
    monkeypatch.setattr(Run, "interruptible", False)
    dock.start.native.click()
    until(lambda: judged(dock, 1))
    training = dock.trainings.pop()
    dock.runs.refresh()
    until(lambda: "another process" in dock.runs.status.value)
    assert not dock.runs.stop.enabled
    assert not dock.runs.delete.enabled
    training.interrupt()
    until(lambda: training.hear() is not None and training.over)


def longest_block():
    """Start a clock that ticks on the window's thread; return what tells the longest it was kept waiting."""
    ticks = [time.monotonic()]
    clock = QTimer()
    clock.timeout.connect(lambda: ticks.append(time.monotonic()))
    clock.start(5)
    return lambda: (clock.stop(), float(np.max(np.diff(ticks))))[1]
