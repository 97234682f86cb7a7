"""Run, Pause, Cancel, progress: a job in a thread after those before it, its result handed back on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton
from napari.utils.notifications import notification_manager, show_error, show_info
from qtpy.QtCore import QTimer
from superqt.utils import create_worker  # see `_background`

from ...errors import DecrappifyError
from ...jobs import Job, Progress
from ..jobs.activity import Activity
from ..jobs.background import with_typed_errors
from ..jobs.job_queue import JOB_QUEUE, QueuedJob
from .fields import Text
from .shortcuts import RUN

PAUSE, RESUME = "Pause", "Resume"
PAUSED = "Paused."
STARTS = f"Do it, as a job that can be paused and cancelled. {RUN} while the dock has the focus."
DRAWING = 40
"""Milliseconds for the window to draw the buttons and bar of a job, before napari's bar makes it draw again: both at
once hold it up for more than 50."""


class RunButton(Container):  # type: ignore[type-arg]
    """Runs one job at a time; it waits while another dock's job runs.

    Parameters
    ----------
    text : str
        What the button says.
    prepare : callable
        Called at a click, on the GUI thread: looks at layers and fields and returns the job, which runs in the worker.
    deliver : callable
        Called with the job's result on the GUI thread; not called after Cancel.
    obstacle : callable
        Returns why nothing can run now, for a person to read; an empty text when it can.
    on_progress : callable, optional
        Called with each step on the GUI thread.
    question : callable, optional
        Called with each step in the worker; returns what the user is to be asked before the job goes on, or an empty
        text.
    ended : callable, optional
        Called when a job has ended, in whatever way.
    beside : sequence of PushButton
        Buttons of other jobs, started with `do`; they stand before the button and can be pressed when it can.
    remark : callable, optional
        Returns what is to be known before it runs, for a person to read; mostly an empty text.
    """

    def __init__(
        self,
        text: str,
        prepare: Callable[[], Job[Any]],
        deliver: Callable[[Any], None],
        obstacle: Callable[[], str],
        on_progress: Callable[[Progress], None] = lambda _: None,
        question: Callable[[Progress], str] = lambda _: "",
        ended: Callable[[], None] = lambda: None,
        beside: Sequence[PushButton] = (),
        remark: Callable[[], str] = lambda: "",
    ) -> None:
        self._prepare, self._deliver, self._obstacle, self._remark = prepare, deliver, obstacle, remark
        self._on_progress, self._question, self._ended = on_progress, question, ended
        self._deliver_result = deliver  # of the job under way
        self._steps: Job[Any] | None = None
        self._worker: Any = None
        self._queued = QueuedJob(self._begin, self._on_ahead)
        self._wanted = True
        self._told = ""  # last, of what is in the way, or to be known
        self._why_paused = PAUSED
        self.open = True  # until Qt destroys the dock
        self.start = PushButton(text=text, name="start")
        self.pause = PushButton(text=PAUSE, name="pause", enabled=False, tooltip="Stop after this tile; go on later.")
        self.cancel = PushButton(text="Cancel", name="cancel", enabled=False, tooltip="Stop; no layer is added.")
        self.bar = ProgressBar(name="bar", label="", value=0, min=0, max=1, visible=False, tooltip="How much is done.")
        self.note = Text(name="note")
        self._starters = [*beside, self.start]
        first = Container(widgets=self._starters, layout="horizontal", labels=False)
        self._second = Container(widgets=[self.pause, self.cancel], layout="horizontal", labels=False, visible=False)
        super().__init__(widgets=[first, self._second, self.bar, self.note], labels=False, name="run")
        for container in (self, first, self._second):
            container.margins = (0, 0, 0, 0)
        self.start.changed.connect(self.run)
        self.pause.changed.connect(self._on_pause)
        self.cancel.changed.connect(self.stop)
        self.native.destroyed.connect(self._on_destroyed)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether a job is under way: waiting, running or paused."""
        return self._steps is not None

    def refresh(self) -> None:
        """Enable the button if something can run, or say why not; say what is to be known of a run."""
        obstacle = self._obstacle()
        told = obstacle or self._remark()
        for button in self._starters:
            button.enabled = not self.running and not obstacle
        news = told and told != self._told
        if not self.running and (obstacle or news or self.note.value == self._told):
            self.note.value = told
        self._told = told
        self.start.tooltip = obstacle or STARTS

    def run(self) -> None:
        """Start the job that `prepare` returns, or let it wait in the queue."""
        self.do(self._prepare, self._deliver)

    def do(self, prepare: Callable[[], Job[Any]], deliver: Callable[[Any], None]) -> None:
        """Do another job than the button's own, in the same way."""
        try:
            job = prepare()
        except DecrappifyError as error:
            self._on_errored(error)
            return
        self._steps, self._deliver_result, self._wanted, self._why_paused = (
            with_typed_errors(job),
            deliver,
            True,
            PAUSED,
        )
        self.refresh()
        self.cancel.enabled = self.bar.visible = self._second.visible = True
        self.bar.max, self.bar.value = 0, 0
        self._enqueue(self._begin)

    def stop(self) -> None:
        """Ask the job to stop at its next step, or not to start; its result is not delivered."""
        if not self.running:
            return
        self._wanted = self.cancel.enabled = self.pause.enabled = False
        self.note.value = "Cancelling ..."
        if self._worker is None:
            self._leave()
            self._on_finished()
        else:
            self._worker.quit()

    def hold(self) -> None:
        """Ask the job to pause at its next step; the next job in the queue runs meanwhile."""
        self.pause.enabled = False
        self._worker.pause()

    def resume(self) -> None:
        """Let a paused job go on as soon as it is the first again."""
        self.pause.enabled = False
        self._enqueue(self._worker.resume)

    def _enqueue(self, start: Callable[[], None]) -> None:
        self.note.value = "Starting ..."
        self._queued = QueuedJob(start, self._on_ahead)
        JOB_QUEUE.add(self._queued)

    def _leave(self) -> None:
        JOB_QUEUE.remove(self._queued)

    def _begin(self) -> None:
        steps = self._steps
        if not self.open or steps is None:
            return
        self._activity = Activity(self.start.text, self.stop)
        self._worker = create_worker(
            self._questioned,
            steps,
            _start_thread=False,
            _connect={
                "yielded": self._while_open(self._on_yielded),
                "paused": [self._leave, self._while_open(self._on_paused)],
                "resumed": self._while_open(self._on_resumed),
                "returned": self._while_open(self._on_returned),
                "errored": self._while_open(self._on_errored),
                "aborted": steps.close,
                "finished": [self._while_open(self._on_finished), self._activity.end, self._leave],
            },
        )
        self.note.value = "Starting ..."
        self.pause.enabled = True
        QTimer.singleShot(DRAWING, self._start)

    def _start(self) -> None:
        self._activity.begin()
        if self._worker is not None:
            self._worker.start()

    def _questioned(self, steps: Job[Any]) -> Job[Any]:
        """Do a job, in the worker, that pauses after a step at which there is something to ask."""
        try:
            while True:
                step = next(steps)
                question = self._question(step)
                if question:
                    self._why_paused = question
                    self._worker.pause()
                yield step
        except StopIteration as end:
            return end.value

    def _on_ahead(self, jobs: int) -> None:
        if self.open and jobs:
            self.note.value = f"Waiting for {jobs} other job{'s' if jobs > 1 else ''}."

    def _on_yielded(self, step: Progress) -> None:
        self.bar.max, self.bar.value = step.total, step.done
        if self._wanted:
            self.note.value = step.note
            self._on_progress(step)
        self._activity.show(step)

    def _on_pause(self) -> None:
        if self.pause.text == RESUME:
            self.resume()
        else:
            self.note.value = "Pausing ..."
            self.hold()

    def _on_paused(self) -> None:
        if self._wanted:
            self.note.value, self.pause.text, self.pause.enabled = self._why_paused, RESUME, True
            if self._why_paused != PAUSED:
                show_info(self._why_paused)

    def _on_resumed(self) -> None:
        self._why_paused, self.pause.text, self.pause.enabled = PAUSED, PAUSE, self._wanted

    def _on_returned(self, result: Any) -> None:
        if self._wanted:
            self.note.value = "Done."
            self._deliver_result(result)

    def _on_errored(self, error: Exception) -> None:
        self.note.value = str(error)
        if isinstance(error, DecrappifyError):
            show_error(str(error))
        else:
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _on_finished(self) -> None:
        if not self._wanted:
            self.note.value = "Cancelled."
        self._worker = self._steps = None
        self.cancel.enabled = self.pause.enabled = self.bar.visible = self._second.visible = False
        self.pause.text = PAUSE
        self.refresh()
        self._ended()

    def _on_destroyed(self) -> None:
        self.open = False
        if self._worker is not None:
            self._worker.quit()
        if self._queued in JOB_QUEUE:
            QTimer.singleShot(0, self._leave)  # the next job starts when Qt has closed all that it is closing

    def _while_open(self, slot: Callable[..., None]) -> Callable[..., None]:
        """Return a slot that does nothing once the dock is closed and its Qt objects are gone."""

        def if_open(*arguments: Any) -> None:
            if self.open:
                slot(*arguments)

        return if_open
