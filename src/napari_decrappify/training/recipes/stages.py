"""The stages that a recipe is composed of."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from .config import Config
from .data import LARGEST_BATCH, LARGEST_SIDE, DataConfig
from .loss import AdversarialConfig, LossConfig

MOST_TIMES = 1000


class Timed(Config):
    """What every stage that learns has: its length, its learning rate, its data."""

    steps: int | None = Field(default=None, ge=1, description="Optimiser steps; or `epochs`.")
    epochs: float | None = Field(default=None, gt=0, description="Times that every picture comes by; or `steps`.")
    lr: float | tuple[float, float] = Field(
        description="Highest learning rate; two rates go geometrically from the first layer group to the last."
    )
    early: float = Field(
        default=1.0, gt=0, description="The rate of all layer groups but the last, as a multiple; of a single lr."
    )
    schedule: Literal["one-cycle", "cosine", "constant"] = "cosine"
    warmup: float = Field(default=0.02, ge=0, le=1, description="Share of the steps in which the rate rises.")
    resize: int | None = Field(
        default=None, ge=0, le=LARGEST_SIDE, description="Short side of pictures, where it isn't the recipe's."
    )
    patch: int | None = Field(
        default=None, ge=8, le=LARGEST_SIDE, description="Side of the patch, where it isn't the recipe's."
    )
    batch: int | None = Field(
        default=None, ge=1, le=LARGEST_BATCH, description="Patches a step, where it isn't the recipe's."
    )
    accumulate: int | None = Field(
        default=None, ge=1, le=LARGEST_BATCH, description="Parts of a batch, where it isn't the recipe's."
    )

    @model_validator(mode="after")
    def _one_length(self) -> Timed:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("either steps or epochs must be given")
        return self

    @model_validator(mode="after")
    def _one_way_to_slow_layers(self) -> Timed:
        if isinstance(self.lr, tuple) and self.early != 1:
            raise ValueError("two rates in lr say how fast early layers learn; leave early out")
        return self

    def data_of(self, recipes: DataConfig) -> DataConfig:
        """Return the recipe's data with what this stage changes."""
        changes = {key: getattr(self, key) for key in ("resize", "patch", "batch", "accumulate")}
        return recipes.model_copy(update={key: value for key, value in changes.items() if value is not None})


class PretrainGenerator(Timed):
    """Learn the way back by pixels and features alone."""

    kind: Literal["pretrain-generator"] = "pretrain-generator"
    frozen: bool = Field(
        default=False,
        description="Learn the last layer group only; batch normalisation learns everywhere all the same.",
    )
    loss: LossConfig | None = Field(default=None, description="Loss of this stage, where it isn't the recipe's.")


class SavePredictions(Config):
    """Write what the generator makes of every picture, for the critic to learn from."""

    kind: Literal["save-predictions"] = "save-predictions"
    size: int = Field(ge=16, le=LARGEST_SIDE, description="Side of the square, cut from each picture's centre.")
    share: float = Field(default=1.0, gt=0, le=1, description="Share of the pictures, drawn from the seed.")


class PretrainCritic(Timed):
    """Teach the critic to tell saved predictions from clean pictures."""

    kind: Literal["pretrain-critic"] = "pretrain-critic"
    play: AdversarialConfig = Field(default=AdversarialConfig(), description="Its objective is what the critic learns.")


class Adversarial(Timed):
    """Generator against critic."""

    kind: Literal["adversarial"] = "adversarial"
    frozen: bool = Field(default=False, description="As in pretrain-generator.")
    loss: LossConfig | None = Field(default=None, description="Loss of this stage, where it isn't the recipe's.")
    schedule: Literal["one-cycle", "cosine", "constant"] = "constant"
    warmup: float = 0.0
    play: AdversarialConfig = AdversarialConfig()
    keep_every: int = Field(
        default=0, ge=0, description="Steps between two models kept to choose from, with a filmstrip; 0 keeps none."
    )


class Interpolate(Config):
    """Mix what was learned with the weights of `generator.trunk`: between texture and fidelity (ESRGAN, 2018)."""

    kind: Literal["interpolate"] = "interpolate"
    share: float = Field(gt=0, lt=1, description="Share of what was learned.")


Learning: TypeAlias = PretrainGenerator | PretrainCritic | Adversarial
"""Stages that take steps; `stages.STAGES` says by which class."""
Stage: TypeAlias = Annotated[Learning | SavePredictions | Interpolate, Field(discriminator="kind")]


class Cycle(Config):
    """Stages that are done several times over, as NoGAN's short bursts."""

    kind: Literal["cycle"] = "cycle"
    times: int = Field(ge=1, le=MOST_TIMES, description="How often.")
    stages: list[Stage] = Field(min_length=1)
