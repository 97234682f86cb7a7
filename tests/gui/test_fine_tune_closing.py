"""A window, or a dock, that is closed while a model is being trained: the user is asked, and nobody else."""

from __future__ import annotations

import psutil
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QMainWindow, QMessageBox

from napari_decrappify.finetuning import runs
from napari_decrappify.models import list_models
from napari_decrappify.widgets.fine_tune import closing as _closing
from napari_decrappify.widgets.fine_tune.closing import (
    CANCEL,
    DETACH,
    KEEP,
    LATER,
)
from napari_decrappify.widgets.fine_tune.dock import FineTuneDock
from napari_decrappify.widgets.runs.status_text import OWN_PROCESS


@pytest.fixture
def training(fine_tune_dock, until):
    """A dock whose training has been judged twice, under the name "mine"."""
    fine_tune_dock.form.name_field.value = "mine"
    fine_tune_dock.start.native.click()
    until(lambda: fine_tune_dock.trainings and fine_tune_dock.trainings[0].run is not None)
    until(lambda: len(fine_tune_dock.trainings[0].run.history) > 1 and fine_tune_dock.trainings[0].learned)
    return fine_tune_dock


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


def test_the_window_stays_open_if_the_user_cancels_and_can_be_closed_with_the_best_kept(training, viewer, until, gone):
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
    press(KEEP, texts)
    in_answer_to_the_user(viewer.close)
    until(lambda: gone(process))
    assert len(texts) == 2, "it is asked once each time"
    assert runs()[0].state == "finished"
    assert runs()[0].model.stem in {card.name for card in list_models()}


def test_a_dock_closed_by_the_user_asks_too(training, viewer, until, gone):
    process, texts = psutil.Process(training.trainings[0].pid), []
    press(LATER, texts)
    in_answer_to_the_user(lambda: viewer.window.remove_dock_widget(training.native))
    until(lambda: gone(process))
    assert "mine is being trained" in texts[0]
    assert runs()[0].state == "unfinished"
    assert runs()[0].resumable


def test_a_training_left_running_is_stopped_from_the_next_dock(training, viewer, open_dock, until, gone):
    process, texts = psutil.Process(training.trainings[0].pid), []
    press(DETACH, texts)
    in_answer_to_the_user(lambda: viewer.window.remove_dock_widget(training.native))
    until(lambda: texts)
    judged = len(runs()[0].history)
    again = open_dock(FineTuneDock)
    until(lambda: again.runs.status.value == OWN_PROCESS and len(runs()[0].history) > judged)
    assert again.runs.stop.text == "Stop"
    again.runs.stop.native.click()
    until(lambda: gone(process))
    until(lambda: again.runs.pause.text == "Resume" and again.runs.pause.enabled)
    assert runs()[0].state == "unfinished"


def test_a_window_closed_by_a_script_asks_nothing(training, viewer, until, unasked, gone):
    process = psutil.Process(training.trainings[0].pid)
    viewer.close()
    until(lambda: gone(process))
    assert runs()[0].state == "unfinished"


def test_a_window_without_a_training_asks_nothing(fine_tune_dock, viewer, qtbot, unasked):
    with qtbot.waitSignal(fine_tune_dock.native.destroyed, timeout=30_000):
        in_answer_to_the_user(viewer.close)
