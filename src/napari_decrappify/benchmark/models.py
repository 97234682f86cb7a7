"""The models that are measured: their files, what they are for, and how they take part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidParameterError, ModelNotFoundError
from ..models import ModelCard, catalogue, load_model
from ..tasks import TaskSpec, call_named, task_named
from .cases import Case
from .method import Method
from .photos import Picture

MICROSCOPY = {"em-x4": "em-x4", "fluorescence-x4": "fluorescence-training"}
"""Kinds of micrographs, and the presets that are trained with for them."""
SPECIAL: dict[str, tuple[str, tuple[str, ...]]] = {
    **{kind: ("upscale-x4", (preset,)) for kind, preset in MICROSCOPY.items()},
    "denoise": ("restore", ("denoise-training", "noisy")),
}
"""Kinds of special pictures: what a model's task and scale make it otherwise, and the presets that are trained with."""


class Measured(NamedTuple):
    """A model's card and its file."""

    card: ModelCard
    path: Path

    @property
    def kind(self) -> str:
        """What it is for: an entry of `suites.SUITES`.

        A card doesn't say this in one word: its task and scale do, and for micrographs and denoising the preset that
        it was trained with, or its name.
        """
        card = self.card
        plain, words = self.spec.plain_name(card.scale), {card.name, (card.recipe.get("data") or {}).get("preset")}
        specials = (kind for kind, (of, presets) in SPECIAL.items() if of == plain and words & {kind, *presets})
        return next(specials, plain)

    @property
    def spec(self) -> TaskSpec:
        """What its task asks for."""
        return task_named(self.card.task)

    @property
    def grey(self) -> bool:
        """Whether it is given grey pictures."""
        return self.kind in MICROSCOPY or self.spec.colors

    def method(self, settings: dict[str, Any]) -> Method:
        """Return the model as it takes part, with further keywords for the task."""
        return Method(self.card.name, lambda case: self.repaired(case, settings), ours=True)

    def methods(self, settings: dict[str, Any], told: bool = False) -> list[Method]:
        """Return the model as it takes part, and what it does without texture if it fills holes, or told where."""
        whole = self.method(settings)
        if told:
            return [
                whole,
                replace(whole, name=f"{whole.name}, told where", repair=lambda case: self._told(case, settings)),
            ]
        if not self.spec.fills:
            return [whole]
        return [whole, replace(self.method({**settings, "texture": 0.0}), name=f"{whole.name}, texture=0")]

    def _told(self, case: Case, settings: dict[str, Any]) -> Picture:
        """Repair what is known to be there; nothing, if nothing is."""
        mask = np.zeros(case.given.shape[:2], bool) if case.mask is None else case.mask
        result: Picture = call_named(self.spec.operation)(case.given, mask, model=self.path, **settings)
        return result

    def repaired(self, case: Case, settings: dict[str, Any]) -> Picture:
        """Do what the model is for."""
        if not self.spec.call:
            raise InvalidParameterError("a model that repairs pictures", f"{self.card.name}, which makes them")
        further = (self.card.scale,) if self.spec.scales else (case.mask,) if self.spec.fills else ()
        told = {"hints": case.hints} if self.spec.colors else {}
        result: Picture = call_named(self.spec.operation)(case.given, *further, model=self.path, **told, **settings)
        return result


def measured_models(names: Sequence[str]) -> list[Measured]:
    """Return the models of these names or paths; all bundled ones for none.

    Raises
    ------
    ModelNotFoundError
        If there is no bundled model, or none of a name.
    """
    if names:
        return [Measured(model.card, model.path) for model in map(load_model, names)]
    bundled = [entry for entry in catalogue() if entry.origin == "bundled"]
    found = [Measured(entry.card, entry.path) for entry in bundled if entry.card is not None]
    if not found:
        raise ModelNotFoundError("bundled models to measure", "none", "Name others with models (--models).")
    return found
