"""What becomes of trainings when their window or dock is closed: the user is asked.

Only in answer to the user: a window that a script closes, outside of Qt's event loop, asks nothing, and its trainings
are left for later.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence

from qtpy.QtCore import QEvent, QObject, QThread
from qtpy.QtWidgets import QAbstractButton, QMainWindow, QMessageBox, QWidget

from ...finetuning import Command
from ..runs.training import Training

TITLE = "A model is being trained"
DETACH, KEEP, LATER, CANCEL = "Leave it running", "Stop and keep the best", "Go on later", "Cancel"
ANSWERS: dict[str, tuple[Command | None, QMessageBox.ButtonRole]] = {
    DETACH: (Command.DETACH, QMessageBox.ButtonRole.AcceptRole),
    KEEP: (Command.STOP, QMessageBox.ButtonRole.AcceptRole),
    LATER: (Command.INTERRUPT, QMessageBox.ButtonRole.ActionRole),
    CANCEL: (None, QMessageBox.ButtonRole.RejectRole),
}
QUESTION = (
    "Leave it running without the window until its time is up, stop now and keep its best moment as a model, "
    "or go on later, when you open the dock again and press Resume?"
)


class Closing(QObject):
    """Asks before the window around a widget is closed, as long as trainings go on.

    Parameters
    ----------
    widget : QWidget
        In the window, as soon as a training begins.
    going : callable
        Returns the trainings that go on.
    """

    def __init__(self, widget: QWidget, going: Callable[[], Sequence[Training]]) -> None:
        super().__init__()
        self._widget, self._going = widget, going
        self._window: weakref.ref[QMainWindow] | None = None
        self._settled = False

    def guard(self) -> None:
        """Watch over the window, from now on."""
        self._settled = False
        window = _window_of(self._widget)
        if window is not None and self._window is None:
            self._window = weakref.ref(window)
            window.installEventFilter(self)

    def settle(self) -> None:
        """Do what the user wants with the trainings as their dock is closed, unless that was asked before."""
        self._do(self._asked(DETACH, KEEP, LATER) if self._must_ask() else Command.INTERRUPT)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Keep the window open if the user wants that."""
        if event is None or event.type() != QEvent.Type.Close or not self._must_ask():
            return False
        answer = self._asked(DETACH, KEEP, LATER, CANCEL)
        if answer is None:
            event.ignore()
            return True
        self._do(answer)
        return False

    def _must_ask(self) -> bool:
        thread = QThread.currentThread()
        answering = thread is not None and thread.loopLevel() > 0
        return answering and not self._settled and bool(self._going())

    def _asked(self, *offered: str) -> Command | None:
        return ask(self._going(), None if self._window is None else self._window(), offered)

    def _do(self, answer: Command | None) -> None:
        """Ask it of every training that can do so now; the others write a checkpoint and end."""
        self._settled = True
        for training in self._going():
            able = training.judged if answer == Command.STOP else answer in training.phase.commands
            training.send(answer if answer is not None and able else Command.INTERRUPT)


def ask(trainings: Sequence[Training], parent: QWidget | None, offered: Sequence[str]) -> Command | None:
    """Ask the user what is to become of trainings; closing the question is the last answer that is offered."""
    names = ", ".join(training.run.spec.name for training in trainings if training.run is not None)
    text = f"{names or 'A model'} is being trained. {QUESTION}"
    box = QMessageBox(QMessageBox.Icon.Question, TITLE, text, parent=parent)
    buttons: dict[QAbstractButton | None, Command | None] = {
        box.addButton(label, ANSWERS[label][1]): ANSWERS[label][0] for label in offered
    }
    box.setEscapeButton(list(buttons)[-1])
    box.exec()
    return buttons[box.clickedButton()]


def _window_of(widget: QWidget) -> QMainWindow | None:
    """Return the main window that a widget is in, docked or floating."""
    parent = widget.parent()
    while parent is not None and not isinstance(parent, QMainWindow):
        parent = parent.parent()
    return parent
