"""The fine-tuning dock: a model trained further on one's own layers, watched while it learns."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, PushButton, Widget
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from ..errors import DecrappifyError
from ..finetuning import Example, Finetuned, Prepared, Run, examples, finetune, resume
from ..finetuning.outlook import outlook
from ..jobs import Job
from ..on_layers.learning import training_script
from ..parameters import parameters_of
from ..training.events import Evaluated
from ._background import Background
from ._dock import COPIED
from ._fields import Text, field_of
from ._models_changed import models_changed
from ._pictures_form import PicturesForm
from ._preferences import use_model_folder
from ._recipe_form import RecipeForm
from ._runs_panel import RunsPanel, View
from ._training import Training
from ._two_models import TwoModels

if TYPE_CHECKING:
    import napari.viewer

MIN_WIDTH = 400  # pixels
TICK, PATIENCE = 150, 400  # milliseconds
REDRAW = 2.0  # seconds
PICTURES, MODEL, RUNS, COMPARE = range(4)
TITLES = ("Pictures", "Model", "Runs", "Compare")
OF_LEARNING = ("images", "crappy", "task", "base", "recipe", "crappifier", "patch")
PREPARING = "The pictures of the last training are being copied; then another can be started, which waits for its turn."


class FineTuneDock(Container[Widget]):
    """Gathers what `finetune` takes, starts it in a process of its own, and shows what it tells.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are learned from.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.viewer = viewer
        self.open = True  # until Qt destroys the dock
        self.trainings: list[Training] = []
        self._drawn = 0.0
        self.task = field_of(parameters_of(finetune)["task"])
        self.pictures = PicturesForm(viewer, self.task.value, self._pairs)
        self.form = RecipeForm(self.task.value)
        self.runs = RunsPanel(viewer, lambda: self.trainings)
        self.compare = TwoModels(viewer, self.task.value, self.runs.unfinished)
        self.start = PushButton(text="Start", name="start", tooltip="Train; another training that goes on comes first.")
        self.copy = PushButton(
            text="Copy as Python", name="copy", tooltip="Put a script that does the same on the clipboard."
        )
        self.foreseen, self.note = Text(name="foreseen"), Text(name="note")
        self.tabs = QTabWidget()
        first = Container[Widget](widgets=[self.task])
        last = Container[Widget](widgets=[self.start, self.copy], layout="horizontal", labels=False)
        super().__init__(widgets=[first, self.foreseen, last, self.note], labels=False)
        use_model_folder()
        for part in (first, last):
            part.margins = (0, 0, 0, 0)
        self._background = Background(self, self._on_checked)
        self._arrange()
        self._connect()
        self._on_edit()
        self.runs.refresh()

    def reset_choices(self, *_: Any) -> None:
        """Offer the layers that there are now."""
        if getattr(self, "tabs", None) is not None and self.open:
            self.pictures.layers.refresh()
            self._on_edit()

    def values(self) -> dict[str, Any]:
        """Return the keywords of `finetune` as they stand in the fields.

        Raises
        ------
        InvalidImageError
            If there is nothing to learn from.
        """
        return {**self.pictures.values(), **self.form.values(), "task": self.task.value}

    def script(self) -> str:
        """Return a script that trains as the fields say; raise as `values` does."""
        of_call = parameters_of(finetune)
        values = {**self.pictures.script_values(), **self.form.values(), "task": self.task.value}
        return training_script(
            {name: value for name, value in values.items() if name not in of_call or value != of_call[name].default}
        )

    def train(self) -> None:
        """Start a training as the fields say; it waits while another goes on."""
        self._begin(lambda: finetune.job(**self.values(), child=True))

    def resume(self, run: Run) -> None:
        """Go on with a run that was interrupted."""
        self._begin(lambda: resume.job(run, child=True))

    def _begin(self, prepare: Callable[[], Job[Finetuned]]) -> None:
        try:
            training = Training(prepare())
        except DecrappifyError as error:
            self._say(str(error))
            show_error(str(error))
            return
        self.trainings.append(training)
        self.note.value = training.step.note
        self.tabs.setCurrentIndex(RUNS)
        self._clock.start()
        self._offer()

    def _arrange(self) -> None:
        self.min_width = MIN_WIDTH
        for title, part in zip(TITLES, (self.pictures, self.form, self.runs, self.compare), strict=True):
            self.tabs.addTab(_scrolled(part.native), title)
        self.native.layout().insertWidget(1, self.tabs, 1)
        self._clock, self._patience = QTimer(self.native), QTimer(self.native)
        self._clock.setInterval(TICK)
        self._patience.setInterval(PATIENCE)
        self._patience.setSingleShot(True)

    def _connect(self) -> None:
        self.task.changed.connect(self._on_task)
        self.tabs.currentChanged.connect(self._on_tab)
        self.pictures.edited.connect(self._on_edit)
        self.form.edited.connect(self._on_edit)
        self.runs.resumed.connect(self.resume)
        self.runs.looked.connect(self._on_first_look)
        self.runs.looked.connect(self._on_look)
        self.start.changed.connect(self.train)
        self.copy.changed.connect(self._on_copy)
        self._clock.timeout.connect(self._on_tick)
        self._patience.timeout.connect(self._check)
        events = self.viewer.layers.events
        for signal in (events.inserted, events.removed, events.reordered, events.renamed):
            signal.connect(self.reset_choices)
        self.native.destroyed.connect(self._on_destroyed)

    def _on_task(self) -> None:
        for part in (self.pictures, self.form, self.compare):
            part.take_up(self.task.value)
        self._on_edit()

    def _on_edit(self) -> None:
        """See at once whether it can start and, when no further change comes, what it would learn from."""
        self._offer()
        self._patience.start()

    def _offer(self) -> None:
        obstacle = self._obstacle()
        self.start.enabled = not obstacle
        self.copy.enabled = self.pictures.examples.button.enabled = not self.pictures.obstacle()
        if obstacle:
            self.foreseen.value = obstacle

    def _obstacle(self) -> str:
        """Return why nothing can be started now, or an empty text."""
        preparing = any(training.phase == "preparing" and training.run is None for training in self.trainings)
        return self.pictures.obstacle() or self.form.obstacle() or (PREPARING if preparing else "")

    def _check(self) -> None:
        """Say what it would learn from, or what is wrong with that; found out in a thread."""
        if self._obstacle():
            return
        if self._background.busy:
            self._patience.start()
            return
        try:
            values = self.values()
        except DecrappifyError as error:
            self.foreseen.value = str(error)
            return
        kept = {name: values[name] for name in (*OF_LEARNING, "skip", "overrides")}
        self._background.do(lambda: _foreseen(kept), self._on_foreseen)

    def _pairs(self) -> Callable[[int, int], list[Example]]:
        """Return what makes examples of what would be learned from."""
        values = self.values()
        kept = {name: values[name] for name in OF_LEARNING}
        return lambda count, seed: examples(**kept, count=count, seed=seed)

    def _on_tick(self) -> None:
        heard = [payload for training in self.trainings for payload in self._hear(training)]
        now = time.monotonic()
        if any(isinstance(payload, Evaluated) for payload in heard) or now - self._drawn > REDRAW:
            self._drawn = now
            self.runs.refresh()
        self.runs.show_progress()
        for training in [training for training in self.trainings if training.over]:
            self._on_ended(training)
        if not self.trainings and not self.runs.alive:
            self._clock.stop()

    def _hear(self, training: Training) -> list[object]:
        heard = training.hear()
        for payload in heard:
            if isinstance(payload, Prepared):
                self.runs.choose(payload.run.folder)
                self._offer()
            if isinstance(payload, Prepared | Evaluated) and payload.warnings:
                self._say(" ".join(payload.warnings))
        if training.run is None and not training.over:
            self._say(training.step.note)
        return heard

    def _on_ended(self, training: Training) -> None:
        self.trainings.remove(training)
        if training.error is not None:
            self._say(str(training.error))
            show_error(str(training.error))
        elif training.result is not None:
            self._on_result(training.result)
        self.runs.refresh()
        self._offer()

    def _on_result(self, done: Finetuned) -> None:
        """Tell all docks of the new model, and offer to compare it with its start."""
        models_changed()
        self._say(f"{done.name}: {done.summary}")
        show_info(f"{done.name}: {done.summary}")
        if done.card.task == self.task.value:
            self.compare.choose_models(done.card.recipe.get("generator", {}).get("start"), done.name)

    def _on_first_look(self, view: View) -> None:
        """Offer, when the dock opens, to go on with a run that was interrupted."""
        self.runs.looked.disconnect(self._on_first_look)
        left = next((facts.run for facts in view.facts if facts.state == "unfinished"), None)
        if left is not None and not self.trainings:
            self.runs.choose(left.folder)
            self.tabs.setCurrentIndex(RUNS)
            show_info(f"The training of {left.order.name} was interrupted. Press Resume to go on with it.")

    def _on_look(self) -> None:
        """Look again, as long as a run goes on, be it in another process."""
        if self.runs.alive:
            self._clock.start()

    def _on_copy(self) -> None:
        try:
            QApplication.clipboard().setText(self.script())  # type: ignore[union-attr]
            self._say(COPIED)
        except DecrappifyError as error:
            self._say(str(error))

    def _on_foreseen(self, text: str) -> None:
        if not self._obstacle():
            self.foreseen.value = text

    def _on_checked(self, busy: bool, problem: str) -> None:
        if problem:
            self.foreseen.value = problem

    def _on_tab(self, number: int) -> None:
        """Show, below the tabs, what concerns the one in front."""
        self.foreseen.visible = number in (PICTURES, MODEL)
        self.start.visible = self.copy.visible = number != COMPARE
        if number == COMPARE:
            self.compare.reset_choices()

    def _say(self, text: str) -> None:
        self.note.value = text

    def _on_destroyed(self) -> None:
        """Let trainings write their checkpoints and end: the next dock offers to resume them."""
        self.open = False
        for training in self.trainings:
            training.leave()


def _foreseen(keywords: dict[str, Any]) -> str:
    """Say what would be learned from."""
    summary = outlook(**keywords).summary
    pictures = f"{summary.pictures} picture{'' if summary.pictures == 1 else 's'}"
    counted = f"{pictures}, {summary.patches} patches of {summary.patch} pixels."
    return " ".join([counted, *summary.warnings])


def _scrolled(content: QWidget) -> QScrollArea:
    area, whole = QScrollArea(), QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(content)
    layout.addStretch(1)
    area.setWidget(whole)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    return area
