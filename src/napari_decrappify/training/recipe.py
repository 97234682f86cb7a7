"""Recipes: validated training configurations, read from TOML by name or by path."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import RecipeError
from ..models import DataSource

BUNDLED = resources.files(__package__).joinpath("recipes")


class Config(BaseModel):
    """Base of every part of a recipe: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GeneratorConfig(Config):
    """Which net is trained."""

    architecture: str = Field(description="A key of nets.ARCHITECTURES.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of the architecture.")


class DataConfig(Config):
    """How pairs are made of pictures."""

    preset: str = Field(description="The crappifier preset that makes the inputs.")
    patch: int = Field(ge=8, description="Side of the clean patch in pixels.")
    batch: int = Field(ge=1, description="Patches a step.")
    context: int = Field(default=0, ge=0, description="Pixels around the patch that the crappifier sees, then cut.")
    flips: bool = Field(default=True, description="Flip and turn the clean patch at random (eight ways).")
    held_out: float = Field(default=0.03, ge=0, lt=1, description="Share of the pictures kept for evaluation.")
    workers: int = Field(default=1, ge=0, description="Processes that make pairs; 0 makes them in the trainer.")


class LossConfig(Config):
    """The generator's loss, a weighted sum; every part is a metric."""

    pixel: Literal["l1", "mse", "charbonnier"] = Field(default="l1", description="Distance between pixels.")
    luma: float = Field(default=0.0, ge=0, description="Weight of the same distance between luma values.")
    damage: float = Field(default=0.0, ge=0, description="Extra weight of the pixels inside the damage mask.")
    mask: float = Field(default=0.0, ge=0, description="Weight of the mask head's binary cross-entropy.")
    mask_positive: float = Field(default=1.0, gt=0, description="Weight of damaged pixels in that cross-entropy.")


class OptimizerConfig(Config):
    """AdamW (Loshchilov and Hutter, 2019) or Muon, and the moving average of the weights."""

    weight_decay: float = Field(default=0.0, ge=0)
    betas: tuple[float, float] = (0.9, 0.99)
    muon: float = Field(
        default=0.0,
        ge=0,
        description="Learning rate of Muon for inner kernels, as a multiple of the stage's; 0 leaves them to AdamW.",
    )
    clip: float = Field(default=0.0, ge=0, description="Largest gradient norm; 0 doesn't clip.")
    ema: float = Field(default=0.999, ge=0, lt=1, description="Decay of the averaged weights that are saved.")


class StageConfig(Config):
    """One stage of training."""

    kind: Literal["pretrain-generator"] = "pretrain-generator"
    steps: int = Field(ge=1, description="Optimiser steps.")
    lr: float = Field(gt=0, description="Highest learning rate.")
    schedule: Literal["one-cycle", "cosine", "constant"] = "cosine"
    warmup: float = Field(default=0.02, ge=0, lt=1, description="Share of the steps in which the rate rises.")
    loss: LossConfig | None = Field(default=None, description="Loss of this stage, where it isn't the recipe's.")


class EvaluationConfig(Config):
    """When and on what the generator is judged."""

    every: int = Field(default=500, ge=1, description="Steps between two evaluations, each with a checkpoint.")
    pictures: int = Field(default=16, ge=1, description="Held-out pictures, cut to the centre.")
    size: int = Field(default=256, ge=16, description="Side of that centre in pixels.")
    gallery: int = Field(default=4, ge=0, description="Pictures drawn as input | output | target.")
    criterion: Literal["psnr", "psnr_damage"] = Field(default="psnr", description="What makes the best checkpoint.")


class CardConfig(Config):
    """What the model's card says of itself."""

    description: str = ""
    license: str = "BSD-3-Clause"
    data: tuple[DataSource, ...] = Field(default=(), description="Training data: names and licences.")
    limits: str = ""
    bf16: bool = Field(default=True, description="Whether the model may run in bfloat16.")
    mask_threshold: float = Field(default=0.5, gt=0, lt=1, description="Probability above which a pixel is damaged.")
    mask_seed: float | None = Field(default=None, gt=0, lt=1, description="Probability that must be reached nearby.")


class Recipe(Config):
    """A whole training: data, crappifier, net, loss, stages, evaluation and card."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", description="Name of the model that comes out.")
    task: Literal["restore", "watermark", "infill", "upscale", "colorize"]
    seed: int = Field(default=0, ge=0, description="Every draw of the training follows from it.")
    generator: GeneratorConfig
    data: DataConfig
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    stages: list[StageConfig] = Field(min_length=1)
    evaluation: EvaluationConfig = EvaluationConfig()
    card: CardConfig = CardConfig()

    @property
    def steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages)


def recipe_names() -> list[str]:
    """Return the names of the recipes in the package."""
    return sorted(entry.name.removesuffix(".toml") for entry in BUNDLED.iterdir() if entry.name.endswith(".toml"))


def load_recipe(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe of the package by its name, or a TOML file by its path.

    Parameters
    ----------
    name_or_path : str or Path
        ``"upscale-x2"``, or ``"my/recipe.toml"``.
    overrides : sequence of str
        ``"dotted.key=value"`` with a TOML value: ``"stages.0.steps=2000"``, ``"data.batch=8"``.

    Raises
    ------
    RecipeError
        For an unknown name, a file that is no TOML, or a value that doesn't validate; the message names the field.
    """
    text = _read(name_or_path)
    try:
        content = tomllib.loads(text)
        for override in overrides:
            _override(content, override)
        return Recipe.model_validate(content)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError("a recipe in TOML", f"{name_or_path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecipeError("a valid recipe", f"{name_or_path}: {where}: {first['msg']}") from error


def _read(name_or_path: str | Path) -> str:
    bundled = BUNDLED.joinpath(f"{name_or_path}.toml")
    if str(name_or_path) in recipe_names():
        return bundled.read_text(encoding="utf-8")
    try:
        return Path(name_or_path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(recipe_names())
        raise RecipeError(f"a recipe name ({known}) or the path of a TOML file", repr(str(name_or_path))) from error


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise RecipeError("an override of the form key.key=value", repr(override))
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    *parents, last = key.strip().split(".")
    place: Any = content
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        place[int(last) if isinstance(place, list) else last] = parsed
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise RecipeError("an override of a field that recipes have", repr(override)) from error
