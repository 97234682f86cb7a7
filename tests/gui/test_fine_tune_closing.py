"""A window, or a dock, that is closed while a model is being trained: the user is asked, and nobody else."""

from __future__ import annotations

import queue

import psutil
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QMainWindow, QMessageBox

from napari_decrappify.errors import StoppedError
from napari_decrappify.finetuning import Command, Controls, Placed, Run, runs
from napari_decrappify.finetuning.process import process as _process
from napari_decrappify.jobs import Progress
from napari_decrappify.models import list_models
from napari_decrappify.widgets.fine_tune import closing as _closing
from napari_decrappify.widgets.fine_tune.closing import (
    CANCEL,
    DETACH,
    KEEP,
    LATER,
)
from napari_decrappify.widgets.fine_tune.dock import RUNS, FineTuneDock
from napari_decrappify.widgets.runs.status_text import OTHER_PROCESS, OWN_PROCESS


@pytest.fixture
def close(own_viewer):
    """Close the window."""
    return own_viewer.close


@pytest.fixture
def started(fine_tune_dock, until):
    """Start a training under the name "mine"; return its dock."""

    def start():
        fine_tune_dock.form.name_field.value = "mine"
        fine_tune_dock.start.native.click()
        until(lambda: fine_tune_dock.trainings and fine_tune_dock.trainings[0].phase == "running")
        return fine_tune_dock

    return start


@pytest.fixture
def training(started, until):
    """A dock whose training has been judged twice."""
    dock = started()
    until(lambda: len(dock.trainings[0].run.history) > 1 and dock.trainings[0].learned)
    return dock


@pytest.fixture
def told(monkeypatch):
    """What the trainings that are started are told: they only wait for it. What a process does then is tested apart."""
    commands = []

    class Obedient(Controls):
        pid = None

        def __init__(self, _run):
            self._heard = queue.SimpleQueue()

        def send(self, command):
            self._heard.put(command)

        def job(self):
            yield Progress(0, 10, "", Placed("cpu", "float32"))
            commands.append(self._heard.get(timeout=30))
            raise StoppedError("a training that ends with a result", "told to end")

    monkeypatch.setattr(_process, "TrainingProcess", Obedient)
    return commands


@pytest.fixture
def unasked(monkeypatch):
    """Fail if the user is asked."""
    monkeypatch.setattr(_closing, "ask", lambda *_: pytest.fail("the user was asked"))


def window_of(dock):
    part = dock.native
    while not isinstance(part, QMainWindow):
        part = part.parent()
    return part


def in_answer_to_the_user(act):
    """Do something from within Qt's event loop, as a click does."""
    QTimer.singleShot(0, act)


def press(text, seen):
    """Press a button of the question that is open, as soon as it is."""

    def look():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, look)
            return
        seen.append(box.text())
        next(button for button in box.buttons() if button.text() == text).click()

    QTimer.singleShot(20, look)


def test_what_the_user_closes_goes_on_until_the_next_dock_stops_it(
    training, own_viewer, open_dock, until, gone, monkeypatch
):
    window, texts, closed = window_of(training), [], []
    process = psutil.Process(training.trainings[0].pid)
    press(CANCEL, texts)
    in_answer_to_the_user(lambda: closed.append(window.close()))
    until(lambda: closed)
    assert closed == [False]
    assert "mine is being trained" in texts[0]
    assert "press Resume" in texts[0]
    step = training.trainings[0].learned[-1].step
    until(lambda: training.trainings[0].learned[-1].step > step)

    press(DETACH, texts)
    in_answer_to_the_user(lambda: own_viewer.window.remove_dock_widget(training.native))
    until(lambda: len(texts) > 1)
    judged = len(runs()[0].history)
    again = open_dock(FineTuneDock)
    until(lambda: again.runs.status.value == OWN_PROCESS and len(runs()[0].history) > judged)
    with monkeypatch.context() as patched:
        patched.setattr(Run, "interruptible", False)  # as one is that a script has started
        until(lambda: again.runs.status.value == OTHER_PROCESS)
        assert not again.runs.stop.enabled
        assert not again.runs.delete.enabled
    until(lambda: again.runs.stop.enabled)
    assert again.runs.stop.text == "Stop"
    again.runs.stop.native.click()
    until(lambda: gone(process))
    until(lambda: again.runs.pause.text == "Resume" and again.runs.pause.enabled)
    assert runs()[0].state == "unfinished"

    own_viewer.window.remove_dock_widget(again.native)
    last = open_dock(FineTuneDock)
    until(lambda: last.runs.pause.enabled)
    assert last.runs.pause.text == "Resume"
    assert last.tabs.currentIndex() == RUNS
    run = runs()[0]
    last.runs.delete_chosen()
    until(lambda: not last.runs.view.facts)
    assert not run.folder.exists()


def test_a_window_can_be_closed_with_the_best_kept(training, close, until, gone):
    process, texts = psutil.Process(training.trainings[0].pid), []
    press(KEEP, texts)
    in_answer_to_the_user(close)
    until(lambda: gone(process))
    assert len(texts) == 1, "it is asked once"
    assert runs()[0].state == "finished"
    assert runs()[0].model.stem in {card.name for card in list_models()}


def test_a_dock_closed_by_the_user_asks_too(told, started, viewer, until):
    dock, texts = started(), []
    press(LATER, texts)
    in_answer_to_the_user(lambda: viewer.window.remove_dock_widget(dock.native))
    until(lambda: told)
    assert told == [Command.INTERRUPT]
    assert "mine is being trained" in texts[0]


@pytest.mark.parametrize("part", ["window", "dock"])
def test_what_a_script_closes_asks_nothing_and_is_left_for_later(told, started, own_viewer, until, unasked, part):
    dock = started()
    if part == "window":
        own_viewer.close()
    else:
        own_viewer.window.remove_dock_widget(dock.native)
    until(lambda: told)
    assert told == [Command.INTERRUPT]
    assert runs()[0].resumable


def test_a_window_without_a_training_asks_nothing(fine_tune_dock, close, qtbot, unasked):
    with qtbot.waitSignal(fine_tune_dock.native.destroyed, timeout=30_000):
        in_answer_to_the_user(close)
