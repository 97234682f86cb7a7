"""The keywords that tasks share, each declared once: for the API, the command line and the docks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from ...intensity import NonFinite, Normalization
from ...models import Model
from ...parameters import Doc
from ..engine.precision import Precision

ModelChoice: TypeAlias = str | Path | Model

ChosenModel = Annotated[ModelChoice | None, Doc("Model by name or file; the default one for the task if left out.")]
Rgb = Annotated[bool | None, Doc("Whether the last axis is colour; found from the shape if left out.", label="RGB")]
ChannelAxis = Annotated[int | None, Doc("Axis of independent channels, each with its own intensity range.")]
Normalized = Annotated[
    Normalization,
    Doc(
        "Which intensities become the models' 0 and 1. full: the dtype's whole range; percentile: one range for all "
        "planes, without outliers; percentile-per-plane: one for each plane; auto: full for 8 bits, else percentile."
    ),
]
OnNonFinite = Annotated[
    NonFinite,
    Doc(
        "raise: refuse images with NaN or infinity; fill: show the model the nearest finite bound.",
        label="NaN and infinity",
    ),
]
Device = Annotated[str, Doc("auto, cpu, cuda, cuda:N or mps.")]
InPrecision = Annotated[Precision, Doc("Number format; auto takes bf16 where the processor has it.")]
TileSide = Annotated[
    int | None, Doc("Side of a tile in input pixels; chosen from the free memory if left out.", minimum=16)
]
Strength = Annotated[float, Doc("0 leaves the starting point, 1 is all that the model does.", minimum=0, maximum=1)]
Ensemble = Annotated[bool, Doc("Take the mean over eight views of the image: a little truer, eight times as slow.")]
ReturnUncertainty = Annotated[
    bool, Doc("Also return how far the eight answers of the ensemble spread.", label="Uncertainty map")
]
