"""What a training starts from and how it goes: base, recipe, its stages, minutes, and all finer settings."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import CheckBox, ComboBox, Container, FloatSpinBox, Widget
from psygnal import Signal

from ...finetuning import (
    finetune,
    plain_recipe,
    recipe_label,
    recipe_names,
    recipe_summary,
)
from ...models import Task
from ...parameters import parameters_of
from ...training.recipes.recipe import Recipe
from ..base.dock import Folded
from ..base.fields import (
    Text,
    field_of,
    fields_of,
    fit_width,
    label_of,
)
from ..base.preferences import for_fields
from ..runs.status_text import STAGES
from .base_choice import FRESH, BaseChoice
from .config_fields import ConfigFields

FINER = ("seed", "device", "precision")
NO_STAGE = "Leave at least one stage of the recipe switched on."


class RecipeForm(Container[Widget]):
    """Fields for the model side of `finetune`; `edited` is emitted at every change."""

    edited = Signal()

    def __init__(self, task: Task) -> None:
        self._task, self._fresh, self._alone = task, False, False
        declared = parameters_of(finetune)
        self.base = BaseChoice(task)
        self.recipe = ComboBox(
            name="recipe",
            label=label_of(declared["recipe"]),
            choices=self._recipes,
            tooltip=declared["recipe"].doc.help,
        )
        fit_width(self.recipe)
        self.about = Text(name="about")
        self.stages = Container[Widget](name="stages", labels=False, label="Stages")
        minutes = declared["minutes"]
        self.minutes = FloatSpinBox(
            name="minutes",
            label=label_of(minutes),
            value=minutes.default,
            min=minutes.doc.minimum or 0.0,
            max=minutes.doc.maximum or minutes.default,
            step=1,
            tooltip=minutes.doc.help,
        )
        self.name_field = field_of(declared["name"])
        self.finer = fields_of(finetune, FINER)
        self.settings = ConfigFields()
        fields = Container[Widget](widgets=[self.base, self.recipe, self.stages, self.minutes, self.name_field])
        finer = Container[Widget](widgets=list(self.finer.values()))
        self.advanced = Folded("Advanced", [finer, self.settings])
        super().__init__(widgets=[fields, self.about, self.base.limits, self.advanced], labels=False)
        for part in (fields, finer, self.stages, self.advanced):
            part.margins = (0, 0, 0, 0)
        self._arrange()
        self.set_task(task)

    def set_task(self, task: Task) -> None:
        """Offer what there is for another task."""
        self._task = task
        self.base.set_task(task)
        self.recipe.reset_choices()
        self._show_recipe()

    def values(self) -> dict[str, Any]:
        """Return the keywords of `finetune` as they stand in the fields."""
        return {
            "base": self.base.value,
            "recipe": self.recipe.value,
            "minutes": self.minutes.value,
            "name": self.name_field.value.strip() or None,
            "skip": self.skipped,
            "overrides": self.settings.overrides,
            **{name: field.value for name, field in self.finer.items()},
        }

    @property
    def skipped(self) -> tuple[int, ...]:
        """The numbers of the stages that are switched off."""
        return tuple(number for number, box in enumerate(self.stages) if not box.value)  # type: ignore[attr-defined]

    @property
    def alone(self) -> bool:
        """Whether the recipe learns from noisy pictures alone."""
        return self._alone

    def obstacle(self) -> str:
        """Return why nothing can be trained like this, or an empty text."""
        if len(self.skipped) == len(self.stages):
            return NO_STAGE
        return self.base.obstacle()

    def _arrange(self) -> None:
        self.name_field.native.setPlaceholderText("after base and recipe")
        self.name_field.label = "Name of the result"
        for name, value in for_fields().items():
            if name in self.finer:
                self.finer[name].value = value
        self.base.changed.connect(self._on_base)
        self.recipe.changed.connect(self._show_recipe)
        for field in (self.minutes, self.name_field, *self.finer.values()):
            field.changed.connect(self._on_edit)
        for fields in (self.settings, self.stages):
            fields.changed.connect(self._on_edit)

    def _recipes(self, *_: Any) -> list[tuple[str, str]]:
        return [(recipe_label(name), name) for name in recipe_names(self._task)]

    def _on_base(self) -> None:
        """Show the recipe anew if it is another one for fresh weights; what the user has set stays otherwise."""
        if (self.base.value == FRESH) != self._fresh:
            self._show_recipe()
        else:
            self._on_edit()

    def _show_recipe(self) -> None:
        """Show what the recipe says of itself, its stages, and all of its settings."""
        self._fresh = self.base.value == FRESH
        recipe = plain_recipe(self._task, str(self.recipe.value), fresh=self._fresh)
        self._alone = recipe.loss.alone
        self.about.value = recipe_summary(str(self.recipe.value))
        self.stages.clear()
        self.stages.extend([_switch(number, recipe) for number in range(len(recipe.stages))])
        self.settings.set_recipe(recipe)
        self._on_edit()

    def _on_edit(self) -> None:
        self.edited.emit()


def _switch(number: int, recipe: Recipe) -> CheckBox:
    """Return what switches a stage on and off."""
    stage = recipe.stages[number]
    tooltip = (type(stage).__doc__ or "").strip()
    return CheckBox(
        value=True,
        text=f"{number + 1}  {STAGES[stage.kind]}",
        name=f"stage_{number}",
        tooltip=tooltip,
        enabled=len(recipe.stages) > 1,
    )
