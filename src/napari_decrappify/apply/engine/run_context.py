"""What a call asks for, and what was chosen for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...intensity import Normalization
from ...tasks import Task, TaskSpec, task_named
from .precision import Precision
from .tiling import Tiling

Levels: TypeAlias = Literal["off", "all", "uncut"]


@dataclass(frozen=True)
class Plan:
    """What was chosen for a run: for provenance, benchmarks and the curious.

    Attributes
    ----------
    model, sha256 : str
        The model and the hash of its file.
    device, precision : str
        Where it runs, and "fp32" or "bf16".
    scale, times : int
        Output pixels for each input pixel along both axes, and how often the model is applied to reach it.
    tiling : Tiling
        Tile size, halo and cross-fade in input pixels.
    """

    model: str
    sha256: str
    device: str
    precision: str
    scale: int
    times: int
    tiling: Tiling


@dataclass(frozen=True)
class Texture:
    """The model that adds texture: its file and hash, and its share of the weights, above 0."""

    path: str
    sha256: str
    share: float


@dataclass(frozen=True)
class RunContext:
    """What a call asks for; plain values, so that it crosses process borders with lazy work.

    Attributes
    ----------
    path, sha256 : str
        The model file and its hash.
    device : str
        As `choose_device` returned it.
    task : str
        What the model is for.
    precision : {"auto", "fp32", "bf16"}
        See `choose_precision`.
    tile : int or None
        Side of a tile in input pixels; from the free memory if None.
    strength : float
        0 for the net's starting point, 1 for its output.
    factor : int
        Enlargement; a power of the model's scale.
    ensemble, uncertainty : bool
        Whether to answer by the mean over eight views of each tile, and to tell how far they spread.
    texture : Texture or None
        What is mixed into the model.
    levels : {"off", "all", "uncut"}
        Where models whose cards say so keep local means, see `levels_for`.
    """

    path: str
    sha256: str
    device: str
    task: Task
    precision: Precision = "auto"
    tile: int | None = None
    strength: float = 1.0
    factor: int = 1
    ensemble: bool = False
    uncertainty: bool = False
    texture: Texture | None = None
    levels: Levels = "off"

    @property
    def spec(self) -> TaskSpec:
        """What the task asks of its models."""
        return task_named(self.task)


def levels_for(itemsize: int, rgb: bool, normalize: Normalization) -> Levels:
    """Return where an image's local means can be trusted: everywhere in more than 8 bits, which noise doesn't exceed.

    In 8 bits it is cut off at black and white; in grey images, which are measured, means are kept where it isn't
    ("uncut"), which is seen only if black and white are 0 and 1. Enlarging models don't do that: they are for noise
    with hot and dead pixels, which lie at the ends everywhere.
    """
    if itemsize > 1:
        return "all"
    return "off" if rgb or isinstance(normalize, tuple) else "uncut"
