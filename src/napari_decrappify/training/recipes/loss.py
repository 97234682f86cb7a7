"""The parts of a recipe that say what is minimised: pixels, features, and the critic's opinion."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from ..losses import FEATURE_DISTANCES, OBJECTIVES, PIXEL_LOSSES, WeightOf
from .config import Config, OneOf

Extractor: TypeAlias = Literal["vgg16_bn", "mobilenet_v2", "mobilenet_v2_relu", "efficientnet_lite0"]


BALANCED: dict[str, tuple[tuple[float, ...], float]] = {
    "vgg16_bn": ((5.0, 15.0, 2.0), 5e3),
    "mobilenet_v2": ((1.0, 1.0, 1.0), 200.0),
    "mobilenet_v2_relu": ((10.0, 10.0, 10.0), 100.0),
    "efficientnet_lite0": ((0.1, 0.1, 0.1), 200.0),
}
"""Weights of layers and Gram matrices: the published ones of VGG-16, and those that bring the parts of other nets to
the size that VGG's have there (measured on 24 pets of 128 pixels)."""


class FeatureLossConfig(Config):
    """Distances between features of a pretrained net, and between their Gram matrices (Johnson et al., 2016)."""

    extractor: Extractor = Field(default="mobilenet_v2", description="Whose features; vgg16_bn is the published one.")
    distance: Annotated[str, OneOf(FEATURE_DISTANCES)] = Field(
        default="l1",
        description="Between features: absolute differences, or, as in LPIPS (Zhang et al., 2018), squared ones of "
        "vectors brought to unit length.",
    )
    weights_from: str = Field(default="auto", description="auto, none, or the path of a weights file.")
    layers: tuple[float, ...] = Field(description="Weight of each layer's features; by default what suits the net.")
    gram: float = Field(ge=0, description="Gram matrices weigh this times the layer's weight squared; the same.")
    shift: int = Field(
        default=0,
        ge=0,
        description="Both pictures are shifted together by up to so many pixels, anew in each step: a net that strides "
        "is blind to some patterns of its grid, with which a generator that learns from it fills flat places.",
    )
    zoom: float = Field(
        default=1.0,
        ge=1,
        le=4,
        description="A part of both pictures is magnified by up to so much, anew in each step, to their full size: the "
        "grids of net and generator then seldom meet.",
    )

    @model_validator(mode="before")
    @classmethod
    def _balanced(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        extractor = values.get("extractor", "mobilenet_v2")
        layers, gram = BALANCED.get(extractor if isinstance(extractor, str) else "", ((), 0.0))
        return {"layers": layers, "gram": gram, **values}


class LossConfig(Config):
    """The generator's loss, a weighted sum; every part is a metric."""

    pixel: Annotated[str, OneOf(PIXEL_LOSSES)] = Field(
        default="l1",
        description="Distance between pixels; psnr: every patch counts by its decibels (Chen et al., 2022).",
    )
    hidden: bool = Field(
        default=False,
        description="Only pixels that the crappifier hid count, as the target is noisy itself: the rest would teach "
        "the net to leave its input as it is.",
    )
    neighbours: float = Field(
        default=0.0,
        ge=0,
        description="Above 0, half of the pixels of noisy targets are foretold from their neighbours, and nothing else "
        "counts (Neighbor2Neighbor); it is the weight, at the end of the stage, of what keeps details from blurring.",
    )
    units: Literal["unit", "imagenet"] = Field(
        default="unit", description="Pixels in [0, 1], or divided by ImageNet's standard deviation of each channel."
    )
    luma: Annotated[float, WeightOf("loss_terms:luma")] = Field(
        default=0.0, ge=0, description="Weight of the same distance between luma values."
    )
    level: Annotated[float, WeightOf("loss_terms:level")] = Field(
        default=0.0,
        ge=0,
        description="Weight of the squared error of means over 32 x 32 pixels, each as a share of what the net gives "
        "there: dark parts of micrographs count as bright ones do.",
    )
    damage: Annotated[float, WeightOf("loss_terms:damage")] = Field(
        default=0.0, ge=0, description="Extra weight of the pixels inside the damage mask."
    )
    mask: Annotated[float, WeightOf("loss_terms:mask")] = Field(
        default=0.0, ge=0, description="Weight of the mask head's binary cross-entropy."
    )
    coverage: Annotated[float, WeightOf("loss_terms:coverage")] = Field(
        default=0.0,
        ge=0,
        description="Weight of the mask head's cross-entropy with how much of each pixel is covered, and twice its "
        "mean absolute error.",
    )
    mask_positive: float = Field(default=1.0, gt=0, description="Weight of damaged pixels in that cross-entropy.")
    colors: Annotated[float, WeightOf("loss_terms:colors")] = Field(
        default=0.0, ge=0, description="Weight of the cross-entropy of colour classes, for nets that choose among them."
    )
    vivid: float = Field(
        default=0.0,
        ge=0,
        description="How much more vivid colours weigh there, times Cb and Cr's distance from grey: they are rare.",
    )
    balance: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="How much more rare classes weigh there (Zhang et al., 2016): each weighs 1 / (b p + (1 - b) / Q), "
        "with its share p of the batch, among Q classes. Published is 0.5.",
    )
    even: Annotated[float, WeightOf("loss_terms:even")] = Field(
        default=0.0,
        ge=0,
        description="Weight of the total variation of Cb and Cr, less where the target has an edge: against blotches.",
    )
    feature: FeatureLossConfig | None = Field(default=None, description="Feature loss, added with weight 1.")

    @property
    def alone(self) -> bool:
        """Whether it learns from noisy pictures alone."""
        return self.hidden or self.neighbours > 0


class AdaptiveSwitch(Config):
    """Train the critic until a batch's loss is below the threshold, then the generator for one step (fastai)."""

    kind: Literal["adaptive"] = "adaptive"
    threshold: float = Field(
        default=0.65, gt=0, description="The critic's loss below which the generator's turn comes."
    )


class FixedSwitch(Config):
    """So many critic steps, then so many generator steps."""

    kind: Literal["fixed"] = "fixed"
    critic: int = Field(default=1, ge=1, description="Critic steps in a row.")
    generator: int = Field(default=1, ge=1, description="Generator steps in a row.")


class AdversarialConfig(Config):
    """How critic and generator play against each other."""

    objective: Annotated[str, OneOf(OBJECTIVES)] = Field(
        default="bce", description="Non-saturating cross-entropy, hinge, or Wasserstein with clipped weights."
    )
    weight: float = Field(default=1.0, ge=0, description="Weight of the critic's opinion in the generator's loss.")
    content: float = Field(
        default=50.0, ge=0, description="Weight of the generator's own loss beside it; 50-200 works."
    )
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5, description="Real counts as 1 minus this.")
    clip_weights: float = Field(default=0.0, ge=0, description="The critic's weights stay in +- this; 0 leaves them.")
    switch: AdaptiveSwitch | FixedSwitch = Field(default=AdaptiveSwitch(), discriminator="kind")
    critic_lr: float = Field(default=5.0, gt=0, description="The critic's learning rate, as a multiple of the stage's.")
    betas: tuple[float, float] = Field(default=(0.0, 0.99), description="Adam's; GANs dislike momentum.")
    frozen_party_evaluates: bool = Field(
        default=True, description="Whether dropout and batch statistics rest in the net that isn't learning."
    )
    crop: int = Field(default=0, ge=0, description="Side of the crop that the critic sees; 0 shows it everything.")
