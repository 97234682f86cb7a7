"""Two models on the same part of a layer, their results beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import ComboBox
from napari.layers import Layer

from ...finetuning import Run
from ...jobs import Job
from ...layers import VISIBLE, LayerData
from ...models import list_models, read_card
from ...on_layers import call_on_layers
from ...tasks import Task, task_named
from ..base.dock import Dock
from ..base.mask_choice import MaskChoice
from ..base.models_changed import models_changed
from ..jobs.warm_up import warmed

if TYPE_CHECKING:
    import napari.viewer

GAP = 1.05
NO_MODELS = "There is no model for this task yet."
NO_MASK = "Choose the layer that marks the holes."


class TwoModels(Dock):
    """Runs two models of a task on what is visible of a layer; adds both results, the second to the right.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered and get the results.
    task : str
        What the models are for.
    unfinished : callable
        Returns runs that have a best moment, and no model yet: their best moments are offered too.
    """

    def __init__(self, viewer: napari.viewer.Viewer, task: Task, unfinished: Callable[[], Sequence[Run]]) -> None:
        self.task, self._unfinished = task, unfinished
        self.first, self.second = (
            ComboBox(name=name, label=label, choices=self._models, tooltip=tooltip)
            for name, label, tooltip in (
                ("first", "Model", "Its result lies where the image does."),
                ("second", "Other model", "Its result lies to the right of the first."),
            )
        )
        self.mask = MaskChoice(viewer, "none, or found by the model")
        super().__init__(viewer, "Compare", [self.mask, self.first, self.second], [])
        self.what.value = VISIBLE
        self.advanced.visible = self.copy_button.visible = False
        models_changed.connect(self.reset_choices)
        self.mask.follow(self.image.value)
        self.image.changed.connect(self.mask.follow)
        self.set_task(task)

    def set_task(self, task: Task) -> None:
        """Offer the models for another task."""
        self.task = task
        self.mask.visible = task_named(task).replaces
        self.reset_choices()

    def choose_models(self, first: str | None, second: str | None) -> None:
        """Choose two models, as far as they are offered."""
        self.reset_choices()
        for field, name in ((self.first, first), (self.second, second)):
            if name in field.choices:
                field.value = name

    def job(self) -> Job[list[LayerData]]:
        """Return the job of both models, one after the other."""
        layer, region = self.image.value, self.region()
        spec = task_named(self.task)
        mask = {"mask": self.mask.value} if spec.replaces else {}
        called = {model: f"{layer.name} by {said}" for said, model in self._models()}
        models = [str(field.value) for field in (self.first, self.second)]
        call = call_on_layers(spec.operation)
        jobs = [
            call.job(layer, **mask, **self._factor(model), region=region, model=model, name=called[model])
            for model in models
        ]
        return warmed(one_after_the_other(jobs))

    def obstacle(self) -> str:
        """Return why nothing can run now."""
        if task_named(self.task).fills and self.mask.layer.value is None:
            return NO_MASK
        return super().obstacle() or ("" if self._models() else NO_MODELS)

    def _models(self, *_: Any) -> list[tuple[str, str]]:
        """Return the models there are, and the best moment so far of runs that aren't over."""
        kept = [(card.name, card.name) for card in list_models(self.task)]
        mine = (run for run in self._unfinished() if run.spec.task == self.task)
        return [*kept, *((f"{run.spec.name}, best so far", str(run.best)) for run in mine)]

    def _factor(self, model: str) -> dict[str, int]:
        """Return the enlargement that a model makes at once."""
        if not task_named(self.task).scales:
            return {}
        scales = {card.name: card.scale for card in list_models(self.task)}
        return {"factor": scales[model] if model in scales else read_card(model).scale}


def one_after_the_other(jobs: list[Job[list[LayerData]]]) -> Job[list[LayerData]]:
    """Do jobs, and return what the first of each describes, each to the right of the one before."""
    described: list[LayerData] = []
    for job in jobs:
        made = yield from job
        described.append(made[0] if not described else beside(described[-1], made[0]))
    return described


def beside(left: LayerData, right: LayerData) -> LayerData:
    """Return a described layer, moved so that it lies to the right of another one."""
    layer = Layer.create(*left)
    width = layer.data.shape[layer.ndim - 1] * GAP
    origin, corner = np.zeros(layer.ndim), np.zeros(layer.ndim)
    corner[-1] = width
    step = np.asarray(layer.data_to_world(corner)) - np.asarray(layer.data_to_world(origin))
    array, keywords, kind = right
    return array, {**keywords, "translate": np.asarray(keywords["translate"]) + step}, kind
