"""Recipes: validated training configurations."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from ...models import DamageFields, DataSource
from ...models.card import KnownTask
from ..evaluation.criterion import CRITERIA
from ..optimization import OPTIMIZERS
from .config import Config, OneOf
from .data import LARGEST_SIDE, DataConfig
from .loss import Extractor, LossConfig
from .stages import (
    Adversarial,
    Cycle,
    Interpolate,
    PretrainCritic,
    SavePredictions,
    Stage,
)


class GeneratorConfig(Config):
    """Which net is trained."""

    architecture: str = Field(description="A key of nets.ARCHITECTURES.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of the architecture.")
    weights_from: str = Field(default="auto", description="Of a pretrained encoder: auto, none, or a file's path.")
    start: str | None = Field(default=None, description="Name or file of a model to go on with, net and weights.")
    trunk: str | None = Field(
        default=None, description="Name or file of a model whose weights are taken where name and shape agree."
    )


class CriticConfig(Config):
    """Which net judges the generator's pictures."""

    architecture: str = Field(description="A key of nets.CRITICS.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of the architecture.")
    weights_from: str = Field(default="auto", description="Of a pretrained backbone: auto, none, or a file's path.")


class OptimizerConfig(Config):
    """The optimiser, and the moving average of the weights."""

    kind: Annotated[str, OneOf(OPTIMIZERS)] = Field(
        default="adamw",
        description="adamw: AdamW (Loshchilov and Hutter, 2019), with Muon for inner kernels if that has a rate.",
    )
    weight_decay: float = Field(default=0.0, ge=0)
    betas: tuple[float, float] = (0.9, 0.99)
    muon: float = Field(
        default=0.0,
        ge=0,
        description="Learning rate of Muon for inner kernels, as a multiple of the stage's; 0 leaves them to AdamW.",
    )
    clip: float = Field(default=0.0, ge=0, description="Largest gradient norm; 0 doesn't clip.")
    ema: float = Field(default=0.999, ge=0, lt=1, description="Decay of the averaged weights that are saved.")


class EvaluationConfig(Config):
    """When and on what the generator is judged."""

    every: int = Field(
        default=500, ge=0, description="Steps between two evaluations, each with a checkpoint; 0 goes by the clock."
    )
    at_start: bool = Field(default=False, description="Judge before the first step too, as a training further does.")
    pictures: int = Field(default=16, ge=1, description="Held-out pictures, cut to the centre.")
    size: int = Field(default=256, ge=16, le=LARGEST_SIDE, description="Side of that centre in pixels.")
    gallery: int = Field(default=4, ge=1, description="Pictures drawn as input | output | target.")
    extractor: Extractor | None = Field(default=None, description="Measure feature and Gram distances with this net.")
    criterion: Annotated[str, OneOf(CRITERIA)] = Field(
        default="psnr", description="What makes the best checkpoint; of the distance, the smallest."
    )


class CardConfig(DamageFields, Config):
    """What the model's card says of itself."""

    description: str = ""
    license: str = "BSD-3-Clause"
    data: tuple[DataSource, ...] = Field(default=(), description="Training data: names and licences.")
    limits: str = ""
    levels: bool = Field(
        default=False, description="Whether results get the local means of images of more than 8 bits."
    )
    bf16: bool = Field(default=True, description="Whether the model may run in bfloat16.")
    fidelity: str | None = Field(
        default=None, min_length=1, description="Of a model that adds texture: the faithful one that it goes on from."
    )


class Recipe(Config):
    """A whole training: data, crappifier, nets, loss, stages, evaluation and card."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", description="Name of the model that comes out.")
    task: KnownTask = Field(description="What its model is for.")
    seed: int = Field(default=0, ge=0, description="Every draw of the training follows from it.")
    generator: GeneratorConfig
    critic: CriticConfig | None = Field(default=None, description="For stages with a critic.")
    data: DataConfig
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    stages: list[Annotated[Stage | Cycle, Field(discriminator="kind")]] = Field(min_length=1)
    evaluation: EvaluationConfig = EvaluationConfig()
    card: CardConfig = CardConfig()

    @property
    def sequence(self) -> list[Stage]:
        """The stages one after another, cycles written out."""
        unrolled: list[Stage] = []
        for stage in self.stages:
            unrolled.extend(stage.stages * stage.times if isinstance(stage, Cycle) else [stage])
        return unrolled

    @model_validator(mode="after")
    def _fits_together(self) -> Recipe:
        sequence = self.sequence
        if self.critic is None and any(isinstance(stage, PretrainCritic | Adversarial) for stage in sequence):
            raise ValueError("a stage needs a critic, and the recipe names none")
        kinds = [type(stage) for stage in sequence]
        if PretrainCritic in kinds and SavePredictions not in kinds[: kinds.index(PretrainCritic)]:
            raise ValueError("pretrain-critic needs a save-predictions stage before it")
        if Interpolate in kinds and self.generator.trunk is None:
            raise ValueError("interpolate needs generator.trunk, to mix with")
        if CRITERIA[self.evaluation.criterion].needs_extractor and self.evaluation.extractor is None:
            raise ValueError(f"evaluation.criterion = {self.evaluation.criterion} needs evaluation.extractor")
        return self
