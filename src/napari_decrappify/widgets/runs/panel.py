"""The runs, past and going on: what can be done with the chosen one, its curves and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from magicgui.widgets import Container, ProgressBar, Widget
from napari.utils.notifications import show_error
from psygnal import Signal
from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices, QResizeEvent
from qtpy.QtWidgets import QHeaderView, QLabel, QMessageBox, QSizePolicy, QTreeWidget, QTreeWidgetItem

from ...errors import DecrappifyError
from ...finetuning import Command, Finetuned, Run, finish
from ..base.fields import Text
from ..fine_tune.pair_examples import pixmap
from ..jobs.background import Background
from .commands import RunCommands
from .curves import Style
from .filmstrip import Filmstrip
from .status_text import (
    NO_RUNS,
    OTHER_PROCESS,
    OWN_PROCESS,
    status_text,
)
from .training import Training
from .view import View, look

LIST_HEIGHT = 84  # pixels
NARROWEST = 300
COLUMNS = ("Model", "Started", "State", "Gain")


class Curves(QLabel):
    """A drawing that tells when there is another width to draw it for."""

    def __init__(self, on_resized: Callable[[], None]) -> None:
        super().__init__()
        self._on_resized = on_resized

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802, of Qt
        """Tell it."""
        super().resizeEvent(event)
        self._on_resized()


class RunsPanel(Container[Widget]):
    """A list of runs, the buttons for the chosen one, its curves and its filmstrip.

    `resumed` is emitted with a run that is to go on, `kept` with what came of one that rested, `looked` with a `View`
    when the runs have been read.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Gets preview layers, and says which colours the window has.
    live : callable
        Returns the trainings that this dock has started and that go on.
    """

    resumed = Signal(object)
    kept = Signal(object)
    looked = Signal(object)

    def __init__(self, viewer: Any, live: Callable[[], Sequence[Training]]) -> None:
        self._live = live
        self.view = View([])  # what was read last
        self._wanted: Path | None = None
        self._again = False
        self._drawn_width = NARROWEST
        self.list = QTreeWidget()
        self.curves = Curves(self._on_resized)
        self.filmstrip = Filmstrip(viewer)
        self.commands = RunCommands()
        self.pause, self.stop, self.discard, self.delete, self.folder = self.commands.buttons
        self.bar = ProgressBar(name="bar", label="", value=0, min=0, max=1, visible=False)
        self.status, self.note = Text(name="status"), Text(name="note")
        super().__init__(widgets=[self.commands, self.bar, self.status, self.filmstrip, self.note], labels=False)
        self._background = Background(self, self._on_state)
        self._keeper = Background(self, self._on_state)
        self._arrange()
        self._connect()

    @property
    def run(self) -> Run | None:
        """The run that is chosen."""
        number = self.list.indexOfTopLevelItem(self.list.currentItem())
        return self.view.facts[number].run if number >= 0 else None

    @property
    def training(self) -> Training | None:
        """The training of the chosen run, if it is one of this dock's and goes on."""
        run = self.run
        going = (one for one in self._live() if one.run is not None and run is not None and not one.over)
        return next((one for one in going if one.run.folder == run.folder), None)  # type: ignore[union-attr]

    @property
    def busy(self) -> bool:
        """Whether something is being read or drawn."""
        return self._background.busy

    def choose(self, folder: Path) -> None:
        """Choose the run in a folder as soon as it is in the list."""
        self._wanted = folder
        self.refresh()

    def refresh(self) -> None:
        """Read all runs anew, and draw the chosen one, in a thread."""
        if self._background.busy:
            self._again = True
            return
        chosen, training = self._wanted or (None if self.run is None else self.run.folder), self.training
        learned = [] if training is None else list(training.learned)
        self._drawn_width = self._width()
        style = Style(self._drawn_width, text=self._text_color(), ratio=self.native.devicePixelRatioF())
        self._background.do(lambda: look(chosen, learned, style), self._show)

    def show_progress(self) -> None:
        """Show how far the chosen run is; cheap enough for every tick of a clock."""
        training = self.training
        self.bar.visible = training is not None
        if training is not None:
            self.bar.max, self.bar.value = training.step.total, training.step.done
            self.status.value = status_text(training)
        self._offer(training)

    def _said(self) -> str:
        """Return what is to be known of the chosen run beside its figures."""
        warnings = [] if self.training is None else self.training.warnings[-2:]
        return " ".join([*warnings, self.view.note]).strip() if self.view.facts else NO_RUNS

    def _offer(self, training: Training | None) -> None:
        """Enable what can be done with the chosen run."""
        run = self.run
        read = self.view if run is not None and self.view.chosen == run.folder else None
        self.commands.offer(run is not None, read, training)
        if self._keeper.busy:
            self.pause.enabled = self.stop.enabled = self.delete.enabled = False

    def _arrange(self) -> None:
        self.list.setHeaderLabels(COLUMNS)
        self.list.setRootIsDecorated(False)
        self.list.setFixedHeight(LIST_HEIGHT)
        header: Any = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.native.layout().insertWidget(0, self.list)
        self.native.layout().insertWidget(5, self.curves)
        self.curves.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_chosen)
        self.pause.changed.connect(self._on_pause)
        self.stop.changed.connect(self._on_stop)
        self.discard.changed.connect(self._on_discard)
        self.delete.changed.connect(self._on_delete)
        self.folder.changed.connect(self._on_folder)

    def _show(self, view: View) -> None:
        chosen = self._wanted or (None if self.run is None else self.run.folder)
        self.view, before = view, self.view
        if self._wanted is not None or before.facts != view.facts:
            self._fill(chosen)
        if view.curves is not None:
            picture = pixmap(view.curves)
            picture.setDevicePixelRatio(self.native.devicePixelRatioF())
            self.curves.setPixmap(picture)
        self.curves.setVisible(view.curves is not None)
        self.filmstrip.visible = view.curves is not None
        self.filmstrip.follow(view.previews, view.watched)
        self.note.value = self._said()
        if self.training is None and not self._again:
            alone = OWN_PROCESS if view.interruptible else OTHER_PROCESS
            self.status.value = alone if view.state.alive else ""
        self.show_progress()
        self.looked.emit(view)
        if self._again or (self.run is not None and self.run.folder != view.chosen):
            self._again = False
            self.refresh()

    def _fill(self, chosen: Path | None) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        self.list.addTopLevelItems([QTreeWidgetItem(facts.cells) for facts in self.view.facts])
        for column in range(1, len(COLUMNS)):
            self.list.resizeColumnToContents(column)
        folders = [facts.run.folder for facts in self.view.facts]
        if folders:
            self.list.setCurrentItem(self.list.topLevelItem(folders.index(chosen) if chosen in folders else 0))
        if self._wanted in folders:
            self._wanted = None
        self.list.blockSignals(blocked)

    def _width(self) -> int:
        return max(self.list.width(), NARROWEST)

    def _on_resized(self) -> None:
        if self._width() != self._drawn_width:
            self.refresh()

    def _on_chosen(self, *_: object) -> None:
        self._wanted = None
        self.refresh()
        self.show_progress()

    def _on_pause(self) -> None:
        if self.training is not None:
            self._command(self.commands.toggle)
        elif self.run is not None:
            self.resumed.emit(self.run)
        self.show_progress()

    def _on_stop(self) -> None:
        run = self.run
        if self.training is not None or run is None:
            self._command(Command.STOP)
        elif self.view.interruptible:
            self._try(run.interrupt)
        else:
            self._keeper.do(lambda: finish(run), self._on_kept)
            self.show_progress()

    def _on_kept(self, done: Finetuned) -> None:
        self.kept.emit(done)
        self.refresh()

    def _command(self, command: Command) -> None:
        if self.training is not None:
            self.training.send(command)
        self.show_progress()

    def _on_discard(self) -> None:
        if self._sure("Stop this training, and keep nothing of it but its curves?"):
            self._command(Command.DISCARD)

    def _on_delete(self) -> None:
        if self._sure("Delete this run? Its curves and checkpoints are deleted for good; its model stays."):
            self.delete_chosen()

    def _sure(self, question: str) -> bool:
        yes = QMessageBox.StandardButton.Yes
        return self.run is not None and QMessageBox.question(self.native, self.run.spec.name, question) == yes

    def delete_chosen(self) -> None:
        """Delete the chosen run for good; its model stays."""
        if self.run is not None:
            self._try(self.run.delete)

    def _try(self, act: Callable[[], None]) -> None:
        """Do something to a run, and say what is against it."""
        try:
            act()
        except DecrappifyError as error:
            show_error(str(error))
        self.refresh()

    def _on_folder(self) -> None:
        if self.run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.run.folder)))

    def _text_color(self) -> str:
        return str(self.native.palette().windowText().color().name())

    def _on_state(self, busy: bool, problem: str) -> None:
        if problem:
            self.note.value = problem
