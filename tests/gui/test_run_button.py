from __future__ import annotations

import threading

import pytest

from napari_decrappify.errors import InvalidImageError, TrainingError
from napari_decrappify.jobs import Progress
from napari_decrappify.widgets._run_button import RunButton


class Stepwise:
    """A job of four steps, each of which waits until the test lets it go on."""

    def __init__(self, error=None):
        self.error, self.closed, self.may_go = error, False, threading.Semaphore(0)

    def __call__(self):
        try:
            for done in range(1, 5):
                yield Progress(done, 4, f"tile {done}")
                assert self.may_go.acquire(timeout=20)
                if self.error is not None:
                    raise self.error
            return "result"
        finally:
            self.closed = True


@pytest.fixture
def button(qtbot):
    """Return a function that makes a run button for a task; `delivered` holds its results."""

    def make(task, obstacle=lambda: ""):
        delivered = []
        made = RunButton("Run it", task, delivered.append, obstacle)
        qtbot.addWidget(made.native)
        made.native.show()
        return made, delivered

    return make


def test_progress_moves_and_the_result_is_delivered(button, qtbot):
    task = Stepwise()
    made, delivered = button(task)
    made.start.native.click()
    for done in range(1, 5):
        qtbot.waitUntil(lambda done=done: made.bar.value == done, timeout=20_000)
        assert made.bar.max == 4
        assert made.note.value == f"tile {done}"
        assert made.bar.visible
        assert (made.start.enabled, made.cancel.enabled) == (False, True)
        task.may_go.release()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == ["result"]
    assert made.note.value == "Done."
    assert not made.bar.visible
    assert (made.start.enabled, made.cancel.enabled) == (True, False)


def test_cancel_delivers_nothing_and_closes_the_job(button, qtbot):
    task = Stepwise()
    made, delivered = button(task)
    made.start.native.click()
    qtbot.waitUntil(lambda: made.bar.value == 1, timeout=20_000)
    made.cancel.native.click()
    assert made.note.value == "Cancelling ..."
    task.may_go.release()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == []
    assert task.closed
    assert made.note.value == "Cancelled."
    assert (made.start.enabled, made.cancel.enabled) == (True, False)


def test_cancel_at_the_last_step_still_delivers_nothing(button, qtbot):
    task = Stepwise()
    made, delivered = button(task)
    made.start.native.click()
    task.may_go.release(3)
    qtbot.waitUntil(lambda: made.bar.value == 4, timeout=20_000)
    task.may_go.release()
    made.cancel.native.click()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == []


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidImageError("an image", "a cat"), "Expected an image, got a cat."),
        (TrainingError("pictures", "none"), "got TrainingError: Expected pictures, got none."),
        (RuntimeError("the GPU fell over"), "got RuntimeError: the GPU fell over."),
        (MemoryError("no memory"), "no memory"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_shown_and_the_buttons_come_back(button, qtbot, error, message, notices):
    task = Stepwise(error)
    made, delivered = button(task)
    made.start.native.click()
    task.may_go.release()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert message in made.note.value
    assert [message in notice for notice in notices] == [True]
    assert delivered == []
    assert (made.start.enabled, made.cancel.enabled) == (True, False)


def test_an_error_before_the_job_is_shown_too(qtbot, notices):
    def prepare():
        raise InvalidImageError("an image", "a cat")

    made = RunButton("Run it", prepare, lambda result: None, lambda: "")
    qtbot.addWidget(made.native)
    made.start.native.click()
    assert made.note.value == "Expected an image, got a cat."
    assert notices == ["Expected an image, got a cat."]
    assert made.start.enabled


def test_it_can_run_again_after_an_error(button, qtbot):
    task = Stepwise(ValueError("once"))
    made, delivered = button(task)
    made.start.native.click()
    task.may_go.release()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    task.error = None
    task.may_go.release(4)
    made.start.native.click()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == ["result"]


def test_the_reason_why_nothing_can_run_shows_and_goes(button):
    reasons = ["Open an image first."]
    made, _ = button(Stepwise(), lambda: reasons[0])
    assert not made.start.enabled
    assert made.note.value == "Open an image first."
    reasons[0] = ""
    made.refresh()
    assert made.start.enabled
    assert made.note.value == ""


def test_closing_while_it_runs_stops_the_job(qtbot):
    task = Stepwise()
    delivered = []
    made = RunButton("Run it", task, delivered.append, lambda: "")
    made.start.native.click()
    qtbot.waitUntil(lambda: made.bar.value == 1, timeout=20_000)
    with qtbot.waitSignal(made.native.destroyed, timeout=20_000):
        made.native.deleteLater()
    task.may_go.release(4)
    qtbot.waitUntil(lambda: task.closed, timeout=20_000)
    assert delivered == []
