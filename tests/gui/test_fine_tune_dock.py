"""The fine-tuning dock at work: real trainings of a tiny net, in processes of their own."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QMessageBox

from napari_decrappify.finetuning import read_preview, runs
from napari_decrappify.models import user_model_path
from napari_decrappify.widgets.fine_tune.dock import RUNS
from napari_decrappify.widgets.runs.filmstrip import WATCHED
from napari_decrappify.widgets.upscale import UpscaleDock

BOX = np.array([[10, 20], [10, 68], [42, 68], [42, 20]], float)
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
    watched = dock.pictures.layers.clean[0].data[10:42, 20:68]
    dock.pictures.watch.value = viewer.add_shapes([BOX], name="look here")
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
    check_what_is_marked(dock, watched, until)

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


def check_what_is_marked(dock, pixels, until):
    """It is seen at every evaluation, in the dock and as layers."""
    run, strip = dock.trainings[0].run, dock.runs.filmstrip
    assert run.spec.watched == ((0, 10, 20, 32, 48),)
    assert strip.which.native.isVisibleTo(strip.native)
    strip.as_layers.value = False
    strip.which.value = WATCHED
    until(lambda: strip.note.value.startswith("Watched, at step"))
    strip.as_layers.value = True
    until(lambda: len(strip.layers) == 3)
    assert [layer.name for layer in strip.layers] == ["watched: input", "watched: output", "watched: target"]
    np.testing.assert_array_equal(strip.layers[2].data[:32, :, 0], pixels)
    assert len(run.watched) > 1
    outputs = [read_preview(path).output for path in run.watched.values()]
    assert not np.array_equal(outputs[0], outputs[-1])


@pytest.mark.usefixtures("bare_viewer")
def test_a_second_training_waits_until_the_first_is_discarded_and_is_resumed_when_its_process_is_killed(
    viewer, dock, set_up, until, notices, monkeypatch
):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    dock.start.native.click()
    until(lambda: dock.start.enabled and dock.trainings[0].phase == "running")
    first = dock.trainings[0]
    first.pause()  # it waits for it all the same
    set_up(dock, {"stages.0.steps": 160})
    viewer.layers[0].data = viewer.layers[0].data.astype(np.uint16) * 200
    viewer.layers[1].data = viewer.layers[1].data.astype(np.float32) / 255
    dock.start.native.click()
    until(lambda: len(dock.trainings) == 2 and dock.trainings[1].phase == "waiting")
    until(lambda: dock.runs.training is dock.trainings[1])
    assert first.run.spec.name in dock.runs.status.value
    run = dock.trainings[1].run
    user_model_path(run.spec.base).unlink()  # which the run has a copy of
    kinds = [np.load(path, mmap_mode="r").dtype for path in (run.folder / "data").iterdir()]
    assert {str(kind) for kind in kinds} == {"uint16", "float32", "uint8"}

    dock.runs.choose(first.run.folder)
    until(lambda: dock.runs.training is first and dock.runs.discard.enabled)
    dock.runs.discard.native.click()
    until(lambda: first not in dock.trainings)
    dock.runs.choose(run.folder)
    until(lambda: judged(dock) and dock.runs.training is not None)
    os.kill(dock.trainings[0].pid, signal.SIGKILL)
    until(lambda: not dock.trainings)
    assert "ends by itself" in dock.note.value
    assert "ends by itself" in notices[-1]
    until(lambda: dock.runs.pause.enabled and dock.runs.pause.text == "Resume")
    assert dock.runs.view.state == "unfinished"
    dock.runs.pause.native.click()
    until(lambda: not dock.trainings)
    assert [run.state for run in runs()] == ["finished", "discarded"]
    assert runs()[0].history[-1].step == 160
    assert run.model.exists()


def longest_block():
    """Start a clock that ticks on the window's thread; return what tells the longest it was kept waiting."""
    ticks = [time.monotonic()]
    clock = QTimer()
    clock.timeout.connect(lambda: ticks.append(time.monotonic()))
    clock.start(5)
    return lambda: (clock.stop(), float(np.max(np.diff(ticks))))[1]
