"""Run, progress and Cancel: a job in a thread, its result handed back on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton
from napari.qt.threading import create_worker
from napari.utils.notifications import notification_manager, show_error

from ..errors import DecrappifyError
from ..jobs import Job, Progress
from ._fields import Text


class UnexpectedError(DecrappifyError):
    """A RuntimeError inside a job; napari's workers would swallow it and never finish."""


class RunButton(Container):  # type: ignore[type-arg]
    """Runs one job at a time.

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
    """

    def __init__(
        self,
        text: str,
        prepare: Callable[[], Job[Any]],
        deliver: Callable[[Any], None],
        obstacle: Callable[[], str],
    ) -> None:
        self._prepare, self._deliver, self._obstacle = prepare, deliver, obstacle
        self._worker: Any = None
        self._wanted = True
        self.open = True  # until Qt destroys the dock
        self.start = PushButton(text=text, name="start")
        self.cancel = PushButton(text="Cancel", name="cancel", enabled=False, tooltip="Stop; no layer is added.")
        self.bar = ProgressBar(name="bar", label="", value=0, min=0, max=1, visible=False)
        self.note = Text(name="note")
        buttons = Container(widgets=[self.start, self.cancel], layout="horizontal", labels=False)
        super().__init__(widgets=[buttons, self.bar, self.note], labels=False, name="run")
        for container in (self, buttons):
            container.margins = (0, 0, 0, 0)
        self.start.changed.connect(self.run)
        self.cancel.changed.connect(self.stop)
        self.native.destroyed.connect(self._on_destroyed)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._worker is not None

    def refresh(self) -> None:
        """Enable the button if something can run, or say why not."""
        obstacle = self._obstacle()
        self.start.enabled = not self.running and not obstacle
        if not self.running and (obstacle or self.note.value == self.start.tooltip):
            self.note.value = obstacle
        self.start.tooltip = obstacle

    def run(self) -> None:
        """Start the job that `prepare` returns."""
        try:
            job = self._prepare()
        except DecrappifyError as error:
            self._on_errored(error)
            return
        steps = _steps(job)
        self._wanted = True
        self._worker = create_worker(
            _relay,
            steps,
            _start_thread=False,
            _connect={
                "yielded": self._while_open(self._on_yielded),
                "returned": self._while_open(self._on_returned),
                "errored": self._while_open(self._on_errored),
                "aborted": steps.close,
                "finished": self._while_open(self._on_finished),
            },
        )
        self._show_running()
        self._worker.start()

    def stop(self) -> None:
        """Ask the job to stop at its next step; its result is not delivered."""
        if self.running:
            self._wanted = False
            self.cancel.enabled = False
            self.note.value = "Cancelling ..."
            self._worker.quit()

    def _show_running(self) -> None:
        self.start.enabled, self.cancel.enabled = False, True
        self.bar.visible = True
        self.bar.max, self.bar.value = 0, 0
        self.note.value = "Starting ..."

    def _on_yielded(self, step: Progress) -> None:
        self.bar.max, self.bar.value = step.total, step.done
        if self._wanted:
            self.note.value = step.note

    def _on_returned(self, result: Any) -> None:
        if self._wanted:
            self.note.value = "Done."
            self._deliver(result)

    def _on_errored(self, error: Exception) -> None:
        self.note.value = str(error)
        if isinstance(error, DecrappifyError):
            show_error(str(error))
        else:
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _on_finished(self) -> None:
        if not self._wanted:
            self.note.value = "Cancelled."
        self._worker = None
        self.cancel.enabled, self.bar.visible = False, False
        self.refresh()

    def _on_destroyed(self) -> None:
        self.open = False
        if self._worker is not None:
            self._worker.quit()

    def _while_open(self, slot: Callable[..., None]) -> Callable[..., None]:
        """Return a slot that does nothing once the dock is closed and its Qt objects are gone."""

        def guarded(*arguments: Any) -> None:
            if self.open:
                slot(*arguments)

        return guarded


def _steps(job: Job[Any]) -> Job[Any]:
    try:
        return (yield from job)
    except RuntimeError as error:
        raise UnexpectedError("the job to finish", f"{type(error).__name__}: {error}") from error


def _relay(steps: Job[Any]) -> Job[Any]:
    return (yield from steps)
