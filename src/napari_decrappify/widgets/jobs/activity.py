"""What napari shows of a job under way: a bar in its activity dock, and a task that it asks about before it closes."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import napari
from napari.utils import progress
from napari.utils.task_status import Status
from qtpy.QtCore import QTimer

from ...jobs import Progress

PLUGIN = "Decrappify"


class Activity:
    """A job, as it shows outside of its dock; napari keeps something of it for good, but not the dock.

    All on the GUI thread. To show anything in the activity dock lets Qt handle what has happened meanwhile.

    Parameters
    ----------
    title : str
        What is done.
    cancel : callable
        A method that is called when napari closes; its object isn't kept alive for it.
    """

    def __init__(self, title: str, cancel: Callable[[], None]) -> None:
        self._title, self._cancel = title, weakref.WeakMethod(cancel)
        self._bar: Any = None
        self._tell: Callable[[Status], object] = lambda _: None
        self._latest: Progress | None = None
        self._showing = self._ended = False

    def begin(self) -> None:
        """Show that the job begins."""
        self._tell = _registered(self._title, self._cancel)
        self._bar = progress(total=0, desc=self._title)
        if self._ended:  # before, or meanwhile
            self.end()
        self._show_latest()

    def show(self, step: Progress) -> None:
        """Show a step; of those that come while another one is being shown, the last."""
        self._latest = step
        if self._bar is not None and not self._showing:
            self._show_latest()

    def end(self) -> None:
        """Show that the job has ended."""
        self._ended = True
        self._tell(Status.COMPLETED)
        if self._bar is not None:
            self._bar.close()

    def _show_latest(self) -> None:
        step, bar, self._latest = self._latest, self._bar, None
        if step is None or bar.disable:  # as it is when it is closed
            return
        self._showing = True
        bar.total = step.total
        bar.update(step.done - bar.n)
        if not bar.disable:
            bar.set_description(f"{self._title}: {step.note}")
        self._showing = False
        QTimer.singleShot(0, self._show_latest)  # what has come meanwhile


class LoadingBar:
    """A bar while the first of the docks loads what jobs need; all on the GUI thread.

    To show its first bar, napari lays out and draws the whole window, 50 ms on two cores: rather as a dock opens, which
    takes longer anyway, than as a job begins.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._wanted = False

    def begin(self) -> None:
        """Show the bar as soon as Qt has done what it is at."""
        if not self._wanted and napari.current_viewer() is not None:
            self._wanted = True
            QTimer.singleShot(0, self._show)

    def end(self) -> None:
        """Take it away, or don't show it any more."""
        self._wanted = False
        self._settle()

    def _show(self) -> None:
        if self._wanted and self._bar is None:
            self._bar = progress(total=0, desc=f"{PLUGIN}: getting ready")
            self._settle()

    def _settle(self) -> None:
        """Take the bar away if it isn't wanted, as may have turned out while it was being shown."""
        if self._bar is not None and not self._wanted:
            self._bar.close()
            self._bar = None


def _registered(title: str, cancel: weakref.WeakMethod[Callable[[], None]]) -> Callable[[Status], object]:
    """Make a task known to napari's window, if there is one; return what tells the task's status."""
    viewer = napari.current_viewer()
    if viewer is None or not hasattr(viewer.window, "_register_task_status"):
        return lambda _: None

    def cancelled() -> None:
        method = cancel()
        if method is not None:
            method()

    window: Any = viewer.window  # napari has these methods for plugins, but no public names for them yet
    task = window._register_task_status(PLUGIN, Status.BUSY, title, cancelled)
    return lambda status: window._update_task_status(task, status)
