"""The fine-tuning dock: a model trained further on one's own layers, watched while it learns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, PushButton, Widget
from napari.utils.notifications import show_error, show_info
from qtpy.QtWidgets import QApplication

from ...errors import DecrappifyError
from ...finetuning import (
    Example,
    Finetuned,
    FinetuneRequest,
    Prepared,
    Run,
    RunState,
    examples,
    finetune,
    resume,
)
from ...jobs import Job
from ...on_layers.learning import training_script
from ...parameters import parameters_of
from ...training.running.events import Evaluated, LeftOut, Parted
from ..base.dock import copied
from ..base.fields import Text, field_of
from ..base.models_changed import models_changed
from ..base.preferences import use_model_folder
from ..base.tabs import Tabs
from ..models.two_models import TwoModels
from ..runs.panel import RunsPanel
from ..runs.training import Training
from ..runs.trainings import Trainings
from ..runs.view import View
from .estimate_label import TrainingEstimateLabel
from .pictures_form import PicturesForm
from .recipe_form import RecipeForm

if TYPE_CHECKING:
    import napari.viewer

MIN_WIDTH = 400  # pixels
REDRAW = 3.0  # seconds
PICTURES, MODEL, RUNS, COMPARE = range(4)
TITLES = ("Pictures", "Model", "Runs", "Compare")
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
        self._drawn = 0.0
        self.task = field_of(parameters_of(finetune)["task"])
        self.pictures = PicturesForm(viewer, self.task.value, self._pairs)
        self.form = RecipeForm(self.task.value)
        self.runs = RunsPanel(viewer, lambda: self.trainings)
        self.compare = TwoModels(viewer, self.task.value, lambda: self.runs.view.unfinished)
        self.start = PushButton(text="Start", name="start", tooltip="Train; another training that goes on comes first.")
        self.copy = PushButton(
            text="Copy as Python", name="copy", tooltip="Put a script that does the same on the clipboard."
        )
        self.estimate_text, self.note = TrainingEstimateLabel(self._request, self._obstacle), Text(name="note")
        self.tabs = Tabs()
        first = Container[Widget](widgets=[self.task])
        last = Container[Widget](widgets=[self.start, self.copy], layout="horizontal", labels=False)
        super().__init__(widgets=[first, self.estimate_text, last, self.note], labels=False)
        use_model_folder()
        for part in (first, last):
            part.margins = (0, 0, 0, 0)
        self._trainings = Trainings(self)
        self._arrange()
        self._connect()
        self._on_edit()
        self.runs.refresh()

    def reset_choices(self, *_: Any) -> None:
        """Offer the layers that there are now."""
        if getattr(self, "_trainings", None) is not None and self.open:
            self.pictures.layers.refresh()
            self.pictures.watch.reset_choices()
            self._on_edit()

    @property
    def trainings(self) -> list[Training]:
        """Those that this dock has started and that aren't over."""
        return self._trainings.all

    def values(self) -> dict[str, Any]:
        """Return the keywords of `finetune` as they stand in the fields.

        Raises
        ------
        InvalidImageError
            If there is nothing to learn from, or what is to be watched isn't there.
        """
        return {**self.pictures.values(), **self.pictures.watched(), **self.form.values(), "task": self.task.value}

    def script(self) -> str:
        """Return a script that trains as the fields say; raise as `values` does."""
        of_call = parameters_of(finetune)
        values = {**self.pictures.script_values(), **self.pictures.watched()}
        values |= {**self.form.values(), "task": self.task.value}
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
            self._say(self._trainings.add(prepare()).step.note)
        except DecrappifyError as error:
            self._say(str(error))
            show_error(str(error))
            return
        self.tabs.setCurrentIndex(RUNS)
        self._on_edit()

    def _arrange(self) -> None:
        self.min_width = MIN_WIDTH
        for title, part in zip(TITLES, (self.pictures, self.form, self.runs, self.compare), strict=True):
            self.tabs.add(title, part.native)
        self.native.layout().insertWidget(1, self.tabs, 1)

    def _connect(self) -> None:
        self.task.changed.connect(self._on_task)
        self.tabs.currentChanged.connect(self._on_tab)
        self.pictures.edited.connect(self._on_edit)
        self.form.edited.connect(self._on_edit)
        self.runs.resumed.connect(self.resume)
        self.runs.kept.connect(self._on_result)
        self.runs.looked.connect(self._on_first_look)
        self.runs.looked.connect(self._on_look)
        self.start.changed.connect(self.train)
        self.copy.changed.connect(self._on_copy)
        self._trainings.heard.connect(self._on_heard)
        self._trainings.ticked.connect(self._on_tick)
        self._trainings.ended.connect(self._on_ended)
        events = self.viewer.layers.events
        for signal in (events.inserted, events.removed, events.reordered, events.renamed):
            signal.connect(self.reset_choices)
        self.native.destroyed.connect(self._on_destroyed)

    def _on_task(self) -> None:
        for part in (self.pictures, self.form, self.compare):
            part.set_task(self.task.value)
        self._on_edit()

    def _on_edit(self) -> None:
        self.pictures.set_alone(self.form.alone)
        self.form.base.follow(self.pictures.photos and not self.form.alone)
        self.start.enabled = not self._obstacle()
        self.copy.enabled = self.pictures.examples.button.enabled = not self.pictures.obstacle()
        self.estimate_text.refresh()

    def _obstacle(self) -> str:
        """Return why nothing can be started now, or an empty text."""
        return self.pictures.obstacle() or self.form.obstacle() or (PREPARING if self._trainings.preparing else "")

    def _request(self) -> FinetuneRequest:
        """Return what would be learned from, and how."""
        values = {**self.pictures.values(), **self.form.values(), "task": self.task.value}
        return FinetuneRequest(**{field.name: values[field.name] for field in fields(FinetuneRequest)})

    def _pairs(self) -> Callable[[int, int], list[Example]]:
        """Return what makes examples of what would be learned from."""
        request = self._request()
        return lambda count, seed: examples(replace(request, seed=seed), count=count)

    def _on_heard(self, training: Training, payloads: list[object]) -> None:
        for payload in payloads:
            if isinstance(payload, Prepared):
                self.runs.choose(payload.run.folder)
                self._say("")
                self._on_edit()
            if isinstance(payload, Prepared | Evaluated | LeftOut | Parted) and payload.warnings:
                self._say(" ".join(payload.warnings))
        if any(isinstance(payload, Evaluated) for payload in payloads):
            self._drawn = 0.0
        if training.run is None and not training.over:
            self._say(training.step.note)

    def _on_tick(self) -> None:
        """Draw anew after an evaluation, and every few seconds, if that takes no longer."""
        now = time.monotonic()
        if now - self._drawn > REDRAW and not self.runs.busy:
            self._drawn = now
            self.runs.refresh()
        self.runs.show_progress()

    def _on_ended(self, training: Training) -> None:
        if training.error is not None:
            self._say(str(training.error))
            show_error(str(training.error))
        elif training.result is not None:
            self._on_result(training.result)
        self.runs.refresh()
        self._on_edit()

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
        left = next((facts.run for facts in view.facts if facts.state == RunState.UNFINISHED), None)
        if left is not None and not self.trainings:
            self.runs.choose(left.folder)
            self.tabs.setCurrentIndex(RUNS)
            show_info(f"The training of {left.spec.name} was interrupted. Press Resume to go on with it.")

    def _on_look(self) -> None:
        """Look again, as long as a run goes on, be it in another process."""
        self._trainings.watch(self.runs.view.alive)

    def _on_copy(self) -> None:
        try:
            QApplication.clipboard().setText(self.script())  # type: ignore[union-attr]
            self._say(copied(self.pictures.from_files))
        except DecrappifyError as error:
            self._say(str(error))

    def _on_tab(self, number: int) -> None:
        """Show, below the tabs, what concerns the one in front."""
        self.estimate_text.visible = number in (PICTURES, MODEL)
        self.start.visible = self.copy.visible = number != COMPARE
        if number == COMPARE:
            self.compare.reset_choices()

    def _say(self, text: str) -> None:
        self.note.value = text

    def _on_destroyed(self) -> None:
        """Do nothing any more; trainings write their checkpoints and end, and the next dock offers to resume them."""
        self.open = False
