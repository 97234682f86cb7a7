"""What came of a run: its history, the best moment against the start, and the model that is kept."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import FileReadError
from ..models import ModelCard
from ..training.evaluation.criterion import CRITERIA

NOT_LOSSES = ("step", "seconds", "lr", "wait_share", "steps_per_second", "iou", "ssim", "changed_clean", "rolled_back")
FIGURES = ("psnr", "feature_distance", "gram_distance", "held_out", "critic_real", "critic_generated", "critic_same")


@dataclass(frozen=True)
class Row:
    """What an evaluation found, and what the steps before it were like.

    Attributes
    ----------
    step, seconds : int, float
        Of training, so far.
    score : float
        By the recipe's criterion, the more the better.
    psnr, psnr_start, psnr_input : float
        dB on the held-out pictures: of the model now, of the model that it started from, and of doing nothing. For
        watermark and infill inside the damage, where it is known.
    lr : float or None
        Learning rate, as an average; None before the first step.
    critic_real, critic_generated : float or None
        How often the critic was right about real and about generated patches, in stages with one.
    rolled_back : int or None
        The step that the training went back to after this evaluation, since the critic had collapsed; None if it
        hadn't.
    losses : dict
        The loss and its parts, averages.
    figures : dict
        Everything that was measured, by the names of metrics.csv.
    """

    step: int
    seconds: float
    score: float
    psnr: float
    psnr_start: float
    psnr_input: float
    lr: float | None = None
    critic_real: float | None = None
    critic_generated: float | None = None
    rolled_back: int | None = None
    losses: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finetuned:
    """A finished run.

    Attributes
    ----------
    name : str
        Of the model to use from now on: the new one, or, if nothing beat it, the one that it started from.
    path : Path
        Its file.
    card : ModelCard
        What it is: what it was trained on, base, crappifier, figures before and after.
    improved : bool
        Whether any moment of the training beat its start on the held-out pictures.
    history : list of Row
        All evaluations, the first before the first step.
    best : Row
        The moment that was kept.
    run : Path
        The run's folder.
    summary : str
        All that in a sentence or two.
    """

    name: str
    path: Path
    card: ModelCard
    improved: bool
    history: list[Row]
    best: Row
    run: Path
    summary: str


def read_rows(path: Path, criterion: str) -> list[Row]:
    """Read metrics.csv; a missing file has no rows.

    Raises
    ------
    FileReadError
        If it is damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as opened:
            figures = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(opened)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise FileReadError("the curves of a run", f"{path}: {error}") from error
    return [row_of(figures[0], one, criterion) for one in figures]


def row_of(start: dict[str, float], figures: dict[str, float], criterion: str) -> Row:
    """Return the row of an evaluation's figures, with those of the start beside them."""
    judged_by = CRITERIA[criterion]
    name = judged_by.psnr
    return Row(
        step=int(figures.get("step", 0)),
        seconds=figures.get("seconds", 0.0),
        score=judged_by.score(figures),
        psnr=figures.get(name, math.nan),
        psnr_start=start.get(name, math.nan),
        psnr_input=figures.get(f"{name}_input", math.nan),
        lr=figures.get("lr"),
        critic_real=figures.get("critic_real"),
        critic_generated=figures.get("critic_generated"),
        rolled_back=None if "rolled_back" not in figures else int(figures["rolled_back"]),
        losses={key: number for key, number in figures.items() if _is_loss(key)},
        figures=figures,
    )


def best_of(rows: Sequence[Row]) -> Row:
    """Return the row that the training kept as its best: the first of the highest score."""
    return max(rows, key=lambda row: row.score)


def _is_loss(name: str) -> bool:
    return name not in NOT_LOSSES and not name.startswith(FIGURES)
