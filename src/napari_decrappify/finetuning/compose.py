"""From what was asked, the base and the pictures to the recipe that is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..degrade import (
    PRESETS,
    Crappifier,
    as_record,
    from_record,
)
from ..degrade.presets import preset_named
from ..errors import InvalidParameterError, RecipeError
from ..models import ModelCard
from ..tasks import Task, finetuned_tasks, task_named
from ..training.recipes.files import recipe_of
from ..training.recipes.recipe import Recipe
from .base import Base, chosen_base
from .data.collection import all_photos
from .data.summary import DataSummary, chosen_patch
from .recipe_list import recipe_tables
from .request import FinetuneRequest

CRITIC_SEES = 64
"""Side of the smallest patch that the critic of the recipes takes as it is."""
PROBES = 12
DEFAULT_SCALE = 2
LIMITS = {
    False: "It repairs what its crappifier does to pictures like those that it was trained on.",
    True: "It takes away noise that differs from pixel to pixel, in pictures like those that it was trained on, as far "
    "as their surroundings tell what lies beneath: not for measuring single pixels. Noise that goes on from pixel to "
    "pixel stays. It has seen no clean picture, and its figures are of noisy ones.",
}
"""What a card says that a model can't do, by whether it has learned from noisy pictures alone."""


@dataclass(frozen=True)
class Composed:
    """A recipe that can be trained as soon as the base lies in the run folder.

    Parameters
    ----------
    tables : dict
        The recipe's.
    base : Base or None
        The model to go on from.
    scale : int
        Enlargement.
    """

    tables: dict[str, Any]
    base: Base | None
    scale: int
    request: FinetuneRequest

    @property
    def multiple(self) -> int:
        """Sides of patches are multiples of it."""
        halved = 2 if self.tables["loss"].get("neighbours") else 1
        return math.lcm(16 * halved, self.scale)

    @property
    def preferred(self) -> int:
        """Side that patches have where pictures are large enough."""
        side: int = self.tables["data"]["patch"]
        return max(1, side // self.multiple) * self.multiple

    def recipe(self, name: str, start: Path | None, summary: DataSummary) -> Recipe:
        """Return the recipe, for pictures as `summary` found them, and the base's copy at `start`.

        Raises
        ------
        RecipeError
            For overrides or stages that don't fit.
        """
        tables, request = dict(self.tables), self.request
        tables |= {"name": name, "seed": request.seed, "generator": self._generator(start)}
        tables["data"] = {**tables["data"], "patch": summary.patch}
        side = chosen_patch(summary.smallest, None, tables["evaluation"]["size"], self.multiple)
        tables["evaluation"] = {**tables["evaluation"], "size": side, "at_start": True}
        tables["card"] = _card(self.base, summary, LIMITS[_is_alone(self.tables)])
        if "critic" in tables and summary.patch < CRITIC_SEES:
            options = {"blocks": 2, **tables["critic"]["options"]}
            tables["critic"] = {**tables["critic"], "options": options}
        return _without(recipe_of(tables, request.overrides, request.recipe), request.skip)

    def _generator(self, start: Path | None) -> dict[str, Any]:
        if self.base is None:
            given: dict[str, Any] = self.tables["generator"]
            if not task_named(self.request.task).scales:
                return given
            return {**given, "options": {**given.get("options", {}), "scale": self.scale}}
        card = self.base.card
        return {"architecture": card.architecture, "options": card.options, "start": str(start)}


def compose(request: FinetuneRequest, given_scale: int | None) -> Composed:
    """Choose base and crappifier, and lay the recipe out.

    Parameters
    ----------
    request : FinetuneRequest
        What was asked.
    given_scale : int or None
        Of given pairs; None where the crappifier makes them.

    Raises
    ------
    ModelNotFoundError, InvalidParameterError, RecipeError, FileReadError
        For a base, crappifier or recipe that there isn't, or that don't fit together.
    """
    crappifier = _crappifier(request.crappifier)
    tables = recipe_tables(request.task, request.recipe, fresh=request.base == "nothing")
    _check_alone(tables, request)
    side = int(tables["data"]["patch"])
    probed = given_scale if crappifier is None else _scale(crappifier, side)
    scales = task_named(request.task).scales
    if scales and probed == 1:
        raise InvalidParameterError("crappy pictures smaller than the clean ones, to upscale from", "ones as large")
    photos = not _is_alone(tables) and all_photos(request.images)
    base = chosen_base(request.task, request.base, probed if scales else None, photos=photos)
    if base is not None and base.finds:
        tables = recipe_tables(request.task, request.recipe, finds=True)
    scale = probed or (base.card.scale if base is not None else DEFAULT_SCALE if scales else 1)
    learned = {} if base is None else dict(base.card.recipe.get("data", {}))
    if _is_alone(tables):
        learned = {key: value for key, value in learned.items() if key in ("patch", "floating")}
    tables["data"] = {**tables["data"], **_data(request, crappifier, learned, scale)}
    if given_scale is None:
        _check_fit(request.task, _of(tables["data"]), int(tables["data"]["patch"]), scale)
    return Composed(tables, base, scale, request)


def _data(
    request: FinetuneRequest, crappifier: Crappifier | None, learned: dict[str, Any], scale: int
) -> dict[str, Any]:
    """Return what the base learned from, as far as it is known, with the crappifier that was asked for."""
    found = {
        key: learned[key]
        for key in ("preset", "crappifier", "scenery", "patch", "flips", "floating")
        if learned.get(key) is not None
    }
    spec = task_named(request.task)
    if spec.scales:
        found = {"preset": spec.damage(scale), **found, "context": 4 * scale}
    if request.crappifier in PRESETS:
        found |= {"preset": request.crappifier, "crappifier": None}
    elif crappifier is not None:
        found |= {"preset": "clean", "crappifier": as_record(crappifier)}
    return found


def _is_alone(tables: dict[str, Any]) -> bool:
    """Tell whether a recipe learns from noisy pictures alone, in a way of its own."""
    return bool(tables["loss"].get("hidden") or tables["loss"].get("neighbours"))


def _check_alone(tables: dict[str, Any], request: FinetuneRequest) -> None:
    """Raise `InvalidParameterError` where a recipe that learns from noisy pictures alone is given more."""
    if not _is_alone(tables):
        return
    given = "a crappifier" if request.crappifier is not None else "pairs" if request.crappy is not None else ""
    if given:
        advice = "Leave them out, or choose 'quick': it learns from clean pictures that are made worse."
        raise InvalidParameterError(f"noisy pictures alone for {request.recipe}", f"{given} too", advice)


def _crappifier(wanted: str | Path | Crappifier | None) -> Crappifier | None:
    return None if wanted is None else preset_named(wanted)


def _of(data: dict[str, Any]) -> Crappifier:
    return from_record(data["crappifier"]) if data.get("crappifier") else preset_named(data["preset"])


def _probe(side: int) -> npt.NDArray[np.uint8]:
    """Return a picture with something in it, to try a crappifier on."""
    y, x = np.mgrid[:side, :side]
    return np.stack([y, x, y ^ x], -1).astype(np.uint8)


def _scale(crappifier: Crappifier, side: int) -> int:
    """Return how many times smaller a crappifier leaves a patch."""
    left = crappifier.apply(_probe(side), np.random.default_rng(0)).image.shape
    if left[0] != left[1] or side % left[0]:
        raise InvalidParameterError("a crappifier that leaves a whole part of the size", f"{side} -> {left[:2]}")
    return side // int(left[0])


def _check_fit(task: Task, crappifier: Crappifier, side: int, scale: int) -> None:
    spec, found = task_named(task), _scale(crappifier, side)
    if spec.scales and found != scale:
        raise InvalidParameterError(f"a crappifier that leaves 1/{scale} of the size", f"one that leaves 1/{found}")
    if not spec.scales and found != 1:
        enlarging = " or ".join(f"task={name!r}" for name in finetuned_tasks() if task_named(name).scales)
        advice = f"Give it back='bilinear', or choose {enlarging}."
        raise InvalidParameterError("a crappifier that keeps the size", f"one that leaves 1/{found}", advice)
    if spec.replaces:
        marks = (crappifier.apply(_probe(side), np.random.default_rng(seed)).mask.any() for seed in range(PROBES))
        if not any(marks):
            raise InvalidParameterError(f"a crappifier that writes over pixels, for {task}", "one that marks no damage")


def _card(base: Base | None, summary: DataSummary, limits: str) -> dict[str, Any]:
    mine = {"name": f"the user's own pictures: {summary.pictures}, {summary.patches} patches of {summary.patch} pixels"}
    if base is None:
        return {"data": [mine], "license": "", "description": "Trained on the user's own pictures."}
    card: ModelCard = base.card
    return {
        **card.damage_fields,
        "bf16": card.bf16,
        "levels": card.levels,
        "description": f"{card.name}, trained further on the user's own pictures.",
        "license": card.license,
        "data": [*(source.model_dump() for source in card.data), mine],
        "limits": limits,
    }


def _without(recipe: Recipe, skip: Sequence[int]) -> Recipe:
    count = len(recipe.stages)
    wrong = [number for number in skip if not 0 <= number < count]
    if wrong or len(set(skip)) == count:
        raise RecipeError(f"stages to skip from 0 to {count - 1}, and not all of them", str(list(skip)))
    if not skip:
        return recipe
    tables = recipe.model_dump(mode="json")
    tables["stages"] = [stage for number, stage in enumerate(tables["stages"]) if number not in skip]
    return recipe_of(tables, (), recipe.name)
