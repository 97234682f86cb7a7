"""The fields of a task in a batch: those of its own dock that don't need a layer."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, Widget
from magicgui.widgets.bases import BaseValueWidget

from ...batch.task_work import EXTRAS
from ...jobs import Call
from ...models import ModelCard, default_model
from ...parameters import Parameter, parameters_of
from ...tasks import TaskSpec, call_named
from ..base.dock import Folded
from ..base.fields import field_of
from ..base.model_choice import ModelChoice
from ..base.model_dock import FINER
from ..base.preferences import for_fields, on_change

IN_FILES = {
    "return_mask": ("Mask as a file", EXTRAS["mask"]),
    "return_uncertainty": ("Uncertainty as a file", EXTRAS["uncertainty"].replace("--ensemble", "an ensemble")),
    "shared": ("Same mark on all pictures", "All pictures have the same mark: found by what they have in common."),
}
"""What fields are called, and what they do, where pictures are files."""
OFF = "off"


class TaskForm(Container[Widget]):
    """The main fields of a task, what its model can't do, and the finer ones behind "Advanced".

    Parameters
    ----------
    spec : TaskSpec
        The task; its `main` says which fields always show.
    """

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec
        self._call: Call[..., Any] = call_named(spec.operation)
        declared = parameters_of(self._call)
        main, finer = ([name for name in names if name in declared] for names in (spec.main, FINER))
        self.fields = {name: _field(declared[name]) for name in (*main, *finer) if name != "model"}
        self.model = ModelChoice(spec.name, declared["model"], self.default_model)
        self.main = Container[Widget](widgets=[self.model if name == "model" else self.fields[name] for name in main])
        self.advanced = Folded("Advanced", [self.fields[name] for name in finer])
        super().__init__(
            name=spec.operation, widgets=[self.main, self.model.limits, self.advanced], labels=False, visible=False
        )
        for part in (self, self.main, self.advanced):
            part.margins = (0, 0, 0, 0)
        self._open = True
        self.native.destroyed.connect(self._on_destroyed)
        self._follow_preferences()
        on_change(self._follow_preferences)
        self.model.changed.connect(self._on_model)
        if spec.scales:
            self.fields["factor"].changed.connect(self.model.refresh)
        self._on_model()

    def default_model(self) -> ModelCard:
        """Return the card of the model that runs where none is chosen."""
        return default_model(self.spec.name, self.fields["factor"].value if self.spec.scales else None)

    def keywords(self) -> dict[str, Any]:
        """Return the call's keywords that differ from its own defaults, as the command line gives them."""
        declared = parameters_of(self._call)
        values = {name: field.value for name, field in self.fields.items() if not name.startswith("return_")}
        values["model"] = self.model.value
        return {name: value for name, value in values.items() if value != declared[name].default}

    def saved(self) -> str | None:
        """Return what is to be written beside each image: a call returns one thing at most."""
        asked = (extra for extra in EXTRAS if f"return_{extra}" in self.fields)
        return next((extra for extra in asked if self.fields[f"return_{extra}"].value), None)

    def _on_model(self) -> None:
        """Let the factor be one that the model reaches, and texture be asked of one that can add it."""
        if self.spec.scales:
            factor, texture = self.fields["factor"], self.fields["texture"]
            factor.value = self.model.reached(factor.value)
            texture.enabled = self.model.adds_texture()
            texture.value = texture.value if texture.enabled else 0.0

    def _follow_preferences(self, event: Any = None) -> None:
        """Take up what napari's Preferences say, or what has changed in them."""
        for name, value in for_fields().items():
            if self._open and (event is None or event.type == name):
                self.fields[name].value = value

    def _on_destroyed(self) -> None:
        self._open = False


def _field(parameter: Parameter) -> BaseValueWidget[Any]:
    field = field_of(parameter, OFF) if parameter.name == "along" else field_of(parameter)
    if parameter.name in IN_FILES:
        label, help_text = IN_FILES[parameter.name]
        field.native.setText(label)
        field.tooltip = help_text
    return field
