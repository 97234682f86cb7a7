"""The models that are measured: their files, what they are for, and how they take part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..apply import tasks
from ..errors import InvalidParameterError, ModelNotFoundError
from ..models import ModelCard, catalogue, load_model
from .cases import Case
from .method import Method
from .photos import Picture

MICROSCOPY = {"em-x4": "em-x4", "fluorescence-x4": "fluorescence-training"}
"""Kinds of micrographs, and the presets that are trained with for them."""
DENOISING = ("denoise", "denoise-training", "noisy")


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
        words = {card.name, (card.recipe.get("data") or {}).get("preset")}
        if card.task == "upscale":
            specials = [kind for kind, preset in MICROSCOPY.items() if words & {kind, preset} and card.scale == 4]
            return specials[0] if specials else f"upscale-x{card.scale}"
        return "denoise" if card.task == "restore" and words & {*DENOISING} else card.task

    @property
    def grey(self) -> bool:
        """Whether it is given grey pictures."""
        return self.kind in (*MICROSCOPY, "colorize")

    def method(self, settings: dict[str, Any]) -> Method:
        """Return the model as it takes part, with further keywords for the task."""
        return Method(self.card.name, lambda case: self.repaired(case, settings), ours=True)

    def repaired(self, case: Case, settings: dict[str, Any]) -> Picture:
        """Do what the model is for."""
        common = {"model": self.path, **settings}
        result: Picture
        match self.card.task:
            case "upscale":
                result = tasks.upscale(case.given, self.card.scale, **common)
            case "watermark":
                result = tasks.remove_watermark(case.given, **common)
            case "restore":
                result = tasks.restore(case.given, **common)
            case "infill":
                result = tasks.infill(case.given, case.mask, **common)
            case "colorize":
                result = tasks.colorize(case.given, **common)
            case "generate":
                raise InvalidParameterError("a model that repairs pictures", f"{self.card.name}, which makes them")
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
