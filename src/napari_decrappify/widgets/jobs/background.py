"""Short work beside the window: a function in a thread, its result handed back while the dock is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from magicgui.widgets import Widget
from napari.utils.notifications import notification_manager, show_error
from superqt.utils import create_worker  # napari's own keeps every worker, and what it worked on, in its list of tasks

from ...errors import DecrappifyError
from ...jobs import Job

T = TypeVar("T")


class Background:
    """Does one thing at a time for a dock.

    Parameters
    ----------
    widget : Widget
        What is done is forgotten when its Qt object is destroyed.
    on_state : callable
        Called with whether something is being done, and with what went wrong or an empty text.
    """

    def __init__(self, widget: Widget, on_state: Callable[[bool, str], None]) -> None:
        self._on_state = on_state
        self._open = True
        self._worker: Any = None
        widget.native.destroyed.connect(self._on_destroyed)

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._worker is not None

    def do(self, work: Callable[[], T], deliver: Callable[[T], None]) -> None:
        """Run `work` in a thread and `deliver` its result on the GUI thread; while busy, do nothing."""
        if self.busy:
            return
        self._worker = create_worker(
            work, _start_thread=False, _connect={"returned": self._ending(deliver), "errored": self._ending(self.fail)}
        )
        self._on_state(True, "")
        self._worker.start()

    def _ending(self, then: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return what ends the work and goes on, unless the dock is gone."""

        def end(outcome: Any) -> None:
            self._worker = None
            if self._open:
                self._on_state(False, "")
                then(outcome)

        return end

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        self._on_state(False, str(error))
        if isinstance(error, DecrappifyError):
            show_error(str(error))
        else:
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _on_destroyed(self) -> None:
        self._open = False


class UnexpectedError(DecrappifyError):
    """A RuntimeError inside a job."""


def with_typed_errors(job: Job[Any]) -> Job[Any]:
    """Do a job whose RuntimeErrors are raised as `UnexpectedError`.

    superqt's workers take a RuntimeError for the end of Qt, and never finish.
    """
    try:
        return (yield from job)
    except RuntimeError as error:
        raise UnexpectedError("the job to finish", f"{type(error).__name__}: {error}") from error
