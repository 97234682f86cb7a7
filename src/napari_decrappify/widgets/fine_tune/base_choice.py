"""The choice of the model that a training starts from."""

from __future__ import annotations

from typing import Any

from ...finetuning import finetune
from ...models import ModelCard, default_model
from ...parameters import parameters_of
from ...tasks import TASKS, Task, task_named
from ..base.model_choice import ModelChoice

FRESH = "nothing"
OF_FRESH = "Begins with a net that has learned nothing: that takes hours and many pictures."


class BaseChoice(ModelChoice):
    """A list of the models for a task, and "nothing"; another task can be taken up."""

    def __init__(self, task: Task) -> None:
        self._photos = True
        super().__init__(task, parameters_of(finetune)["base"], self._default_card, self._default_reason)
        self.label = "Start from"

    def set_task(self, task: Task) -> None:
        """Offer the models for another task."""
        if task in TASKS:
            self._task = task
            self.reset_choices()

    def follow(self, photos: bool) -> None:
        """Take up whether the pictures are photos, which the default model may depend on."""
        if photos != self._photos:
            self._photos = photos
            self.refresh()

    def obstacle(self) -> str:
        """Return why nothing can be started from, or an empty text."""
        return "" if self.value == FRESH else super().obstacle()

    def refresh(self, *_: Any) -> None:
        """Show what the chosen model can't do."""
        super().refresh()
        if self.value == FRESH:
            self.limits.value = OF_FRESH

    def _default_card(self) -> ModelCard:
        return default_model(self._task, photo=self._photos)

    def _default_reason(self) -> str:
        return task_named(self._task).default_reason(photo=self._photos)

    def _offered(self, *_: Any) -> list[tuple[str, str | None]]:
        return [*super()._offered(), ("nothing (fresh weights)", FRESH)]
