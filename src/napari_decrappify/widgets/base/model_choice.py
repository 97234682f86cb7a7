"""The choice of a model, from cards alone: neither torch nor any weights are loaded for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import ModelNotFoundError
from ...models import ModelCard, Task, list_models, repeats, textured_partner
from ...parameters import Parameter
from .fields import (
    AUTOMATIC,
    Choice,
    Text,
    fit_width,
    label_of,
)
from .models_changed import models_changed


class ModelChoice(Choice):
    """A list of the models for one task; its label `limits` says what the chosen one can't do.

    Parameters
    ----------
    task : str
        The task whose models are offered, besides "automatic", the default model.
    parameter : Parameter
        The call's `model` parameter: gives the label and the help text.
    default : callable
        Returns the card of the model that "automatic" stands for now.
    reason : callable, optional
        Returns why it stands for that, in a few words; or nothing.
    offers : callable, optional
        Tells of a card whether it is offered.
    """

    def __init__(
        self,
        task: Task,
        parameter: Parameter,
        default: Callable[[], ModelCard],
        reason: Callable[[], str] = str,
        offers: Callable[[ModelCard], bool] = lambda _: True,
    ) -> None:
        self._task, self._default, self._reason, self._offers = task, default, reason, offers
        self.limits = Text(name="limits", tooltip="What the chosen model is for, and what it can't do.")
        super().__init__(
            name="model", label=label_of(parameter), tooltip=parameter.doc.help, value=None, choices=self._offered
        )
        fit_width(self)
        self.changed.connect(self.refresh)
        models_changed.connect(self._on_models_changed)
        self.native.destroyed.connect(self._on_destroyed)
        self.refresh()

    def reset_choices(self, *_: Any) -> None:
        """Offer the models that there are now."""
        super().reset_choices()
        self.refresh()

    def card(self) -> ModelCard:
        """Return the card of the model that would run.

        Raises
        ------
        ModelNotFoundError
            If there is none, or if the chosen one is gone.
        """
        if self.value is None:
            return self._default()
        chosen = next((card for card in list_models(self._task) if card.name == self.value), None)
        if chosen is None:
            raise ModelNotFoundError(f"a model {self.value} any more", "none", "Choose another one.")
        return chosen

    def obstacle(self) -> str:
        """Return why no model can run, or an empty text."""
        try:
            self.card()
        except ModelNotFoundError as error:
            return f"There is no {error.expected.removeprefix('a ')}. {error.advice}"
        return ""

    def reached(self, factor: int) -> int:
        """Return an enlargement, or instead of one that isn't a power of the chosen model's scale that scale."""
        if self.value is None or self.obstacle():
            return factor
        scale = self.card().scale
        return factor if repeats(scale, factor) else scale

    def adds_texture(self) -> bool:
        """Tell whether the model has a partner that adds texture."""
        return not self.obstacle() and textured_partner(self.card()) is not None

    def refresh(self, *_: Any) -> None:
        """Show why it is the chosen model, if nobody chose it, and what it can't do."""
        try:
            card = self.card()
        except ModelNotFoundError:
            self.limits.value = ""
            return
        reason = "" if self.value is not None else self._reason()
        name = f"{card.name}, {reason}" if reason else card.name
        self.limits.value = f"{name}: " + " ".join(part for part in (card.description, card.limits) if part)

    def _on_models_changed(self, *_: Any) -> None:
        self.reset_choices()
        self.changed.emit(self.value)

    def _on_destroyed(self) -> None:
        models_changed.disconnect(self._on_models_changed)

    def _offered(self, *_: Any) -> list[tuple[str, str | None]]:
        cards = [card for card in list_models(self._task) if self._offers(card)]
        return [(AUTOMATIC, None), *((_title(card), card.name) for card in cards)]


def _title(card: ModelCard) -> str:
    """Return what a list calls a model: its name, and what it undoes."""
    return f"{card.name} ({card.problem})" if card.problem else card.name
