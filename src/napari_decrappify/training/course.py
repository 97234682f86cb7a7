"""How far a stage is: by its steps, or by the clock where there is a time budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .recipe_stages import Stage, Timed


@dataclass(frozen=True)
class Course:
    """The length of a stage.

    Parameters
    ----------
    steps : int
        Optimiser steps.
    seconds : float
        The most it may take.
    """

    steps: int
    seconds: float = math.inf

    def share(self, step: int, seconds: float) -> float:
        """Return which share of the stage is behind us, after so many of its steps and seconds."""
        return min(1.0, max(step / self.steps, seconds / self.seconds))


def courses(stages: Sequence[Stage], pictures: int, batch: int, minutes: float | None) -> list[Course | None]:
    """Return the course of every stage that learns, None for the others.

    Parameters
    ----------
    stages : sequence of Stage
        In their order.
    pictures : int
        How many there are: an epoch is so many patches.
    batch : int
        Patches a step, where the stage doesn't say.
    minutes : float, optional
        A budget for all of them, shared out by steps; a stage ends by its steps or its time, whichever is sooner.
    """
    steps = [_steps(stage, pictures, batch) if isinstance(stage, Timed) else 0 for stage in stages]
    budget = math.inf if minutes is None else minutes * 60
    return [Course(n, budget * n / sum(steps)) if n else None for n in steps]


def _steps(stage: Timed, pictures: int, batch: int) -> int:
    if stage.steps is not None:
        return stage.steps
    return max(1, math.ceil((stage.epochs or 0) * pictures / (stage.batch or batch)))


def left(seconds: float, share: float) -> str:
    """Say how much time is left, from the seconds that a share took; nothing while that is too early to say."""
    if share <= 0 or seconds < 5:
        return ""
    remaining = seconds * (1 - share) / share
    return f"{remaining / 60:.0f} min left" if remaining > 90 else f"{remaining:.0f} s left"
