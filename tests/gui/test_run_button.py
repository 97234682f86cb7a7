from __future__ import annotations

import threading

import napari
import pytest
from magicgui.widgets import PushButton
from napari.utils import progress

from napari_decrappify.errors import InvalidImageError, TrainingError
from napari_decrappify.jobs import Progress
from napari_decrappify.widgets.base.run_button import RunButton


class Stepwise:
    """A job of four steps, each of which waits until the test lets it go on."""

    def __init__(self, error=None):
        self.error, self.closed, self.may_go = error, False, threading.Semaphore(0)
        self.beyond = 0  # the last step after which it has gone on: from there a pause comes after the next

    def __call__(self):
        try:
            for done in range(1, 5):
                yield Progress(done, 4, f"tile {done}")
                self.beyond = done
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


def paused_at(made, task, step, qtbot):
    """Start, let it go on to a step, and pause there."""
    made.start.native.click()
    qtbot.waitUntil(lambda: made.bar.value == 1, timeout=20_000)
    for done in range(2, step):
        task.may_go.release()
        qtbot.waitUntil(lambda done=done: made.bar.value == done, timeout=20_000)
    qtbot.waitUntil(lambda: task.beyond == step - 1, timeout=20_000)
    made.pause.native.click()
    assert made.note.value == "Pausing ..."
    task.may_go.release()
    qtbot.waitUntil(lambda: made.pause.text == "Resume", timeout=20_000)


def test_pause_holds_the_job_and_resume_lets_it_go_on(button, qtbot):
    task = Stepwise()
    made, delivered = button(task)
    paused_at(made, task, 3, qtbot)
    assert (made.bar.value, made.note.value) == (3, "Paused.")
    assert made.running
    task.may_go.release(4)
    qtbot.wait(100)
    assert made.bar.value == 3
    made.pause.native.click()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == ["result"]
    assert (made.pause.text, made.pause.enabled) == ("Pause", False)


def test_a_paused_job_can_be_cancelled(button, qtbot):
    task = Stepwise()
    made, delivered = button(task)
    paused_at(made, task, 2, qtbot)
    made.cancel.native.click()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == []
    assert task.closed
    assert made.note.value == "Cancelled."


def test_jobs_wait_for_each_other(button, qtbot):
    tasks = [Stepwise() for _ in range(3)]
    made, delivered = zip(*(button(task) for task in tasks), strict=True)
    for one in made:
        one.start.native.click()
    assert [one.note.value for one in made[1:]] == ["Waiting for 1 other job.", "Waiting for 2 other jobs."]
    assert not made[1].pause.enabled
    for task in tasks:
        task.may_go.release(4)
    qtbot.waitUntil(lambda: not any(one.running for one in made), timeout=20_000)
    assert list(delivered) == [["result"]] * 3


def test_cancel_takes_a_job_that_waits_out_of_the_line(button, qtbot):
    tasks = [Stepwise() for _ in range(3)]
    made, delivered = zip(*(button(task) for task in tasks), strict=True)
    for one in made:
        one.start.native.click()
    made[1].cancel.native.click()
    assert not made[1].running
    assert (made[1].note.value, made[2].note.value) == ("Cancelled.", "Waiting for 1 other job.")
    assert made[1].start.enabled
    for task in tasks:
        task.may_go.release(4)
    qtbot.waitUntil(lambda: not any(one.running for one in made), timeout=20_000)
    assert list(delivered) == [["result"], [], ["result"]]


def test_while_one_is_paused_the_next_runs_and_resume_waits_for_it(button, qtbot):
    first, second = Stepwise(), Stepwise()
    (made, delivered), (other, delivered_by_other) = button(first), button(second)
    paused_at(made, first, 2, qtbot)
    other.start.native.click()
    qtbot.waitUntil(lambda: other.bar.value == 1, timeout=20_000)
    made.pause.native.click()
    assert made.note.value == "Waiting for 1 other job."
    first.may_go.release(3)
    qtbot.wait(50)
    assert made.bar.value == 2
    second.may_go.release(4)
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == delivered_by_other == ["result"]


@pytest.mark.parametrize("closed", [0, 1], ids=["the one that runs", "the one that waits"])
def test_closing_a_dock_lets_the_others_go_on(button, qtbot, closed):
    tasks = [Stepwise() for _ in range(3)]
    made, delivered = [], []
    for task in tasks:
        results = []
        made.append(RunButton("Run it", task, results.append, lambda: ""))
        delivered.append(results)
        made[-1].start.native.click()
    qtbot.waitUntil(lambda: made[0].bar.value == 1, timeout=20_000)
    with qtbot.waitSignal(made[closed].native.destroyed, timeout=20_000):
        made[closed].native.deleteLater()
    for task in tasks:
        task.may_go.release(4)
    left = [one for one in made if one is not made[closed]]
    qtbot.waitUntil(lambda: not any(one.running for one in left), timeout=20_000)
    assert [bool(results) for results in delivered] == [number != closed for number in range(3)]
    for one in left:
        qtbot.addWidget(one.native)


def test_a_question_holds_the_job_until_it_is_answered(qtbot):
    task = Stepwise()
    made = RunButton("Run it", task, lambda _: None, lambda: "", question=lambda step: "Sure?" * (step.done == 2))
    qtbot.addWidget(made.native)
    made.start.native.click()
    task.may_go.release(4)  # nothing else holds it
    qtbot.waitUntil(lambda: made.pause.text == "Resume", timeout=20_000)
    assert made.note.value == "Sure?"
    assert made.bar.value == 2
    made.pause.native.click()
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert made.note.value == "Done."


@pytest.mark.parametrize("cancelled", [False, True], ids=["done", "cancelled"])
def test_napari_s_activity_dock_shows_the_job_while_it_runs(viewer, button, qtbot, cancelled):
    task = Stepwise()
    made, _ = button(task)
    made.start.native.click()
    task.may_go.release(2)
    expected = [(3, 4, "Run it: tile 3: ")]
    qtbot.waitUntil(
        lambda: [(one.n, one.total, one.desc) for one in progress._all_instances] == expected, timeout=20_000
    )
    if cancelled:
        made.cancel.native.click()
    task.may_go.release(2)
    qtbot.waitUntil(lambda: not progress._all_instances, timeout=20_000)
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)


@pytest.mark.usefixtures("own_viewer")  # whose tasks are those of this test alone
@pytest.mark.parametrize("how", ["done", "window closed", "errored"])
def test_napari_asks_about_a_job_before_it_closes_while_it_runs(viewer, button, qtbot, how, notices):
    tasks = napari.current_viewer().window._task_status_manager
    task = Stepwise(ValueError("once") if how == "errored" else None)
    made, delivered = button(task)
    made.start.native.click()
    qtbot.waitUntil(lambda: made.bar.value == 1, timeout=20_000)
    assert tasks.get_status() == ["Decrappify: Run it"]
    if how == "window closed":
        tasks.cancel_all()
        assert made.note.value == "Cancelling ..."
    task.may_go.release(4)
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == (["result"] if how == "done" else [])
    qtbot.waitUntil(lambda: not tasks.is_busy(), timeout=20_000)


def test_buttons_beside_it_start_other_jobs_in_the_same_way(qtbot):
    task, delivered = Stepwise(), []
    beside = PushButton(text="Another")
    made = RunButton("Run it", task, lambda _: None, lambda: "", beside=[beside])
    qtbot.addWidget(made.native)
    beside.changed.connect(lambda: made.do(task, delivered.append))
    beside.native.click()
    assert (beside.enabled, made.start.enabled) == (False, False)
    task.may_go.release(4)
    qtbot.waitUntil(lambda: not made.running, timeout=20_000)
    assert delivered == ["result"]
    assert (beside.enabled, made.start.enabled) == (True, True)
