"""The part of a recipe that says how pairs are made of pictures."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .config import Config

HEADROOM = 1.0
LARGEST_SIDE, LARGEST_BATCH, MOST_WORKERS = 2**14, 2**14, 256
"""More than any training wants: a recipe may come from others, and mustn't take the machine down."""


class AugmentConfig(Config):
    """Random changes of a clean patch, the same for both sides of a pair (fastai's `get_transforms`); 0 is off."""

    rotate: float = Field(default=0.0, ge=0, le=180, description="Largest rotation in degrees.")
    zoom: float = Field(default=1.0, ge=1, le=4, description="Largest enlargement.")
    warp: float = Field(default=0.0, ge=0, le=0.5, description="Largest perspective warp, as a share of the side.")
    lighting: float = Field(default=0.0, ge=0, lt=1, description="Largest change of brightness and contrast.")
    affine_probability: float = Field(default=0.75, ge=0, le=1, description="How often rotation, zoom, warp are drawn.")
    lighting_probability: float = Field(default=0.75, ge=0, le=1, description="How often lighting is drawn.")
    grey: float = Field(default=0.0, ge=0, le=1, description="Share of the patches that lose their colours.")


class DataConfig(Config):
    """How pairs are made of pictures."""

    preset: str = Field(default="clean", description="The crappifier preset that makes the inputs.")
    crappifier: dict[str, Any] | None = Field(
        default=None, description="A composition of one's own instead of the preset, as degrade.as_record gives it."
    )
    scenery: str | None = Field(
        default=None,
        description="A preset done to clean pictures first: what it puts into them belongs to the scene, and stays.",
    )
    resize: int = Field(
        default=0, ge=0, le=LARGEST_SIDE, description="Short side that pictures are resized to first; 0 leaves them."
    )
    patch: int = Field(ge=8, le=LARGEST_SIDE, description="Side of the clean patch in pixels.")
    batch: int = Field(ge=1, le=LARGEST_BATCH, description="Patches a step, over all processes together.")
    accumulate: int = Field(
        default=1, ge=1, le=LARGEST_BATCH, description="Parts that a batch is learned in, to save memory."
    )
    floating: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the pairs made in floating point: noise then goes beyond black and white, as in 16-bit "
        "images whose range is measured. The rest ends there, as 8-bit files do.",
    )
    context: int = Field(
        default=0, ge=0, le=LARGEST_SIDE, description="Pixels around the patch that the crappifier sees, then cut."
    )
    flips: Literal["eight", "horizontal", "none"] = Field(
        default="eight", description="Flip and turn patches at random: all eight ways, left to right only, or not."
    )
    augment: AugmentConfig = AugmentConfig()
    detail: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="Places drawn for a patch, of which that with most gradient is taken; 1 takes any.",
    )
    held_out: float = Field(default=0.03, ge=0, lt=1, description="Share of the pictures kept for evaluation.")
    workers: int | None = Field(
        default=None,
        ge=0,
        le=MOST_WORKERS,
        description="Processes that make pairs; 0 makes them in the trainer; by default it depends.",
    )

    @property
    def headroom(self) -> float:
        """How far beyond [0, 1] the net is shown values: what floating pairs reach, or not at all."""
        return HEADROOM if self.floating else 0.0
