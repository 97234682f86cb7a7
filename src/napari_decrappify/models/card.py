"""The card of a model: what it does, what it expects, where it comes from, how good it is."""

from __future__ import annotations

import importlib.metadata
import re
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..degrade.presets import PROBLEMS
from ..intensity import Normalize
from ..tasks import Task, task_named
from .damage_rule import DamageFields

KnownTask: TypeAlias = Annotated[Task, AfterValidator(lambda name: task_named(name).name)]
"""A task, as a field of a card or a recipe."""

OWN_NOISE = "noise of images like yours"
"""What models undo that have learned from noisy images alone."""
NOISE = "noise"
"""In what they undo, of models that undo noise."""
UNKNOWN = "unknown"
"""The licence of an imported model that nobody has told."""
NAME, LONGEST_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$", 100


def is_model_name(name: str) -> bool:
    """Tell whether a model can have this name."""
    return len(name) <= LONGEST_NAME and re.fullmatch(NAME, name) is not None


class DataSource(BaseModel):
    """A set of training data and the licences of what is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    licences: tuple[str, ...] = ()


class Original(BaseModel):
    """The file of another project that a model was imported from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(min_length=1, description="Its name.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of all of it.")


class ModelCard(DamageFields):
    """Everything about a model but its weights; it travels as JSON in the header of the model file.

    ``model_dump_json()`` gives that JSON, ``model_validate_json`` reads it back.

    Attributes
    ----------
    name : str
        Letters, digits, dots, dashes and underscores. In a store a model goes by the name of its file.
    task : str
        What it is for: one of `tasks.TASKS`.
    architecture, options : str, dict
        What `nets.build` takes to build the net.
    scale : int
        Output pixels for each input pixel along Y and X; 1 for all tasks but upscaling.
    intensity : str
        The `normalize` that suits this model where the caller leaves it at "auto".
    bf16 : bool
        Whether it may run in bfloat16: its output then moves by less than an 8-bit grey level.
    headroom : float
        How far beyond [0, 1] values lay in what it learned from, and so may lie in what it is shown; those further out
        are carried around it.
    levels : bool
        Whether local means are kept: of images of more than 8 bits, what a result lacks of them is added.
    damage_rule : DamageRule
        Of a model that finds damage: what counts as such. It is written as `mask_threshold`, `mask_seed`, `mask_sure`,
        `mask_evidence`, `mask_coverage` and `mask_scales`.
    fidelity : str or None
        Of a model that adds texture: the name of the faithful model that it was trained on from, of the same net. The
        weights of the two can be mixed.
    original : Original or None
        Of an imported model of another project: the file that it came in.
    data, recipe, steps, hours, metrics, limits
        How it was trained, and how good it is on pictures that it wasn't trained on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format_version: Literal[1] = 1
    name: str = Field(pattern=NAME, max_length=LONGEST_NAME)
    task: KnownTask
    architecture: str = Field(min_length=1)
    options: dict[str, Any] = Field(default_factory=dict)
    scale: int = Field(default=1, ge=1, le=16)
    intensity: Normalize = "auto"
    bf16: bool = False
    headroom: float = Field(default=0.0, ge=0)
    levels: bool = False
    fidelity: str | None = Field(default=None, min_length=1)
    description: str = ""
    license: str = ""
    original: Original | None = None
    data: tuple[DataSource, ...] = ()
    recipe: dict[str, Any] = Field(default_factory=dict)
    steps: int = Field(default=0, ge=0)
    hours: float = Field(default=0.0, ge=0)
    metrics: dict[str, float] = Field(default_factory=dict)
    limits: str = ""
    created: str = ""
    package_version: str = Field(default_factory=lambda: importlib.metadata.version("napari-decrappify"))

    @property
    def problem(self) -> str:
        """What it undoes, in a few words, as `degrade.presets.PROBLEMS` has it of what it learned from; or nothing."""
        learned, loss = self.recipe.get("data", {}), self.recipe.get("loss", {})
        if loss.get("hidden") or loss.get("neighbours"):
            return OWN_NOISE
        words = "" if learned.get("crappifier") else PROBLEMS.get(str(learned.get("preset")), "")
        return f"{words}; adds texture" if words and self.fidelity else words

    @property
    def denoises(self) -> bool:
        """Whether it undoes noise, and nothing else, as far as it says what it undoes."""
        return NOISE in self.problem

    @property
    def result(self) -> str:
        """A word for what it makes of a picture: "denoised", "restored", "sharp"."""
        return "denoised" if self.denoises else task_named(self.task).result

    @model_validator(mode="after")
    def _scale_fits_task(self) -> Self:
        if (self.scale > 1) != task_named(self.task).scales:
            raise ValueError(f"expected scale 1, or above 1 for upscaling, got {self.scale} for {self.task}")
        return self
