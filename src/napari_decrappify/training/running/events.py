"""What a training tells: its place, what an evaluation found, and its result."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

MOST_ROLLBACKS = 1


@dataclass(frozen=True)
class Begun:
    """A stage that begins: the payload of its first `Progress`.

    Parameters
    ----------
    stage, kind : int, str
        Which of the recipe's stages, from 0, cycles written out.
    origins : tuple of str
        Where pretrained weights that are new with it came from, in words.
    """

    stage: int
    kind: str
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Learned:
    """What a step was like: the payload of its `Progress` where nothing was judged.

    Parameters
    ----------
    step, seconds : int, float
        Optimiser steps so far, and the time that they took.
    figures : dict
        Learning rate (``lr``), the loss and its parts, the critic's accuracy, as far as the step has them.
    """

    step: int
    seconds: float
    figures: dict[str, float]


@dataclass(frozen=True)
class Parted:
    """Memory has run out: the payload of the `Progress` after the first step that was taken in smaller parts.

    Parameters
    ----------
    step, patches : int
        Optimiser steps so far, and how many patches go through at once from here.
    """

    step: int
    patches: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of it."""
        at_once = "one patch" if self.patches == 1 else f"{self.patches} patches"
        return (f"Memory ran out: smaller batches from here, {at_once} at a time. It is slower, and learns the same.",)


@dataclass(frozen=True)
class LeftOut:
    """Pictures that aren't learned from, too small or broken: the payload of a `Progress` after they were first met.

    Parameters
    ----------
    step : int
        Optimiser steps so far.
    pictures : tuple of str
        Which, and what is wrong with them.
    """

    step: int
    pictures: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of it."""
        return tuple(f"Left out: {picture}" for picture in self.pictures)


@dataclass(frozen=True)
class Evaluated:
    """What an evaluation found: the payload of its `Progress`.

    Parameters
    ----------
    step : int
        Optimiser steps so far.
    metrics : dict
        Figures on held-out pictures.
    preview : Path or None
        The picture of it, in the process that writes the run folder.
    warnings : tuple of str
        Troubles that the figures show.
    seconds : float
        The time that the training has taken.
    averages : dict
        Figures of the steps since the evaluation before, averaged.
    """

    step: int
    metrics: dict[str, float]
    preview: Path | None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    averages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingResult:
    """A finished training: the model file and the figures of the last evaluation."""

    model: Path
    metrics: dict[str, float]


@dataclass
class Place:
    """Where a training is: what a checkpoint says beside weights.

    Parameters
    ----------
    step, seconds : int, float
        Done over all stages.
    stage, stage_step, stage_seconds : int, int, float
        Which stage it is in, and what is done of that.
    parts : int
        In how many parts batches go through, as memory has shown.
    best : float
        The highest score so far.
    sound : int or None
        The step in this stage whose state is kept, to go back to should the critic collapse.
    rollbacks : int
        How often that has happened in this stage.
    predictions : str or None
        Of which weights the latest saved predictions are: see `predictions.weights_of`.
    judged, judged_at : int, float
        The step of the last evaluation, and the seconds that were behind after it; -1 before the first.
    judging : float
        Seconds that the last evaluation took.
    """

    step: int = 0
    seconds: float = 0.0
    stage: int = 0
    stage_step: int = 0
    stage_seconds: float = 0.0
    parts: int = 1
    best: float = -math.inf
    sound: int | None = None
    rollbacks: int = 0
    predictions: str | None = None
    judged: int = -1
    judged_at: float = 0.0
    judging: float = 0.0

    @property
    def adversarial_continues(self) -> bool:
        """Whether generator and critic go on in this stage, after so many rollbacks."""
        return self.rollbacks <= MOST_ROLLBACKS

    def advance(self, seconds: float) -> None:
        """Count a step."""
        self.step, self.stage_step = self.step + 1, self.stage_step + 1
        self.spend(seconds)

    def spend(self, seconds: float) -> None:
        """Count time."""
        self.seconds, self.stage_seconds = self.seconds + seconds, self.stage_seconds + seconds

    def judge(self) -> None:
        """Note that it is judged here."""
        self.judged, self.judged_at = self.step, self.seconds

    def enter(self, stage: int) -> None:
        """Go on to the beginning of a stage."""
        self.stage, self.stage_step, self.stage_seconds = stage, 0, 0.0
        self.sound, self.rollbacks = None, 0
