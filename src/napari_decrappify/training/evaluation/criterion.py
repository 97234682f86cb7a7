"""What a training is judged by: the figure that makes the best checkpoint, its unit, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...lazy_registry import LazyRegistry

DECIBELS = "dB"


@dataclass(frozen=True)
class Criterion:
    """A figure of evaluations by which models are compared.

    Parameters
    ----------
    name : str
        Of the figure, as in recipes and metrics.csv.
    unit : str
        As it stands behind a difference: "dB", or nothing.
    sign : int
        1 where more is better, -1 where less is: a distance.
    label : str
        As it stands behind a value in a sentence.
    untouched : str
        What `psnr` with ``_input`` behind it is of, as it stands behind that value.
    psnr : str
        The figure in decibels that is shown beside it.
    needs_extractor : bool
        Whether evaluations need ``evaluation.extractor`` for it.
    """

    name: str
    unit: str
    sign: int
    label: str
    psnr: str = "psnr"
    untouched: str = "untouched"
    needs_extractor: bool = False

    def score(self, figures: Mapping[str, float]) -> float:
        """Return what the best model has most of; minus infinity where the figure is missing."""
        return self.sign * figures[self.name] if self.name in figures else -math.inf


PSNR = Criterion("psnr", DECIBELS, 1, "dB")
PSNR_DAMAGE = Criterion("psnr_damage", DECIBELS, 1, "dB inside the damage", psnr="psnr_damage")
PSNR_HIDDEN = Criterion(
    "psnr_hidden", DECIBELS, 1, "dB at hidden noisy pixels", "psnr_hidden", "by a neighbour in their place"
)
PSNR_NEIGHBOURS = Criterion(
    "psnr_neighbours", DECIBELS, 1, "dB at noisy neighbours", "psnr_neighbours", "by the pixels beside them"
)
COVERAGE_ERROR = Criterion("coverage_error", "", -1, "mean error of coverage")
FEATURE_DISTANCE = Criterion("feature_distance", "", -1, "feature distance", needs_extractor=True)

CRITERIA = LazyRegistry[Criterion](
    "a criterion",
    __name__.rpartition(".")[0],
    {
        "psnr": "criterion:PSNR",
        "psnr_damage": "criterion:PSNR_DAMAGE",
        "psnr_hidden": "criterion:PSNR_HIDDEN",
        "psnr_neighbours": "criterion:PSNR_NEIGHBOURS",
        "coverage_error": "criterion:COVERAGE_ERROR",
        "feature_distance": "criterion:FEATURE_DISTANCE",
    },
)
