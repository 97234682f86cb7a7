"""How far a stage is: by its steps, or by the clock where there is a time budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..recipes.stages import Stage, Timed

INSTANT = 1e-3
EARLY = 5.0


@dataclass(frozen=True)
class StageBudget:
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


@dataclass(frozen=True)
class TimeBudget:
    """The lengths of all stages, and the time for them.

    Parameters
    ----------
    lengths : sequence of int
        Optimiser steps of each stage; 0 of those that don't learn.
    seconds : float
        Time budget.
    """

    lengths: Sequence[int]
    seconds: float = math.inf

    @property
    def steps(self) -> int:
        """All optimiser steps."""
        return sum(self.lengths)

    def budget(self, stage: int, spent: float) -> StageBudget:
        """Return the budget of a stage that learns, begun after so many seconds.

        What is left of the budget is shared out by steps, so that a stage gets what an earlier one left, and pays for
        what it took too much. Every stage gets an instant, and so a step.
        """
        steps = self.lengths[stage]
        share = steps / sum(self.lengths[stage:])
        return StageBudget(steps, max(INSTANT, (self.seconds - spent) * share))

    def behind(self, stage: int, share: float) -> float:
        """Return how many steps are behind where that share of a stage is."""
        return sum(self.lengths[:stage]) + share * self.lengths[stage]


def plan(stages: Sequence[Stage], pictures: int, batch: int, minutes: float | None) -> TimeBudget:
    """Return the plan of a training.

    Parameters
    ----------
    stages : sequence of Stage
        In their order.
    pictures : int
        How many there are: an epoch is so many patches.
    batch : int
        Patches a step, where the stage doesn't say.
    minutes : float, optional
        A budget for all of them; a stage ends by its steps or its time, whichever is sooner.
    """
    lengths = [_steps(stage, pictures, batch) if isinstance(stage, Timed) else 0 for stage in stages]
    return TimeBudget(lengths, math.inf if minutes is None else minutes * 60)


def _steps(stage: Timed, pictures: int, batch: int) -> int:
    if stage.steps is not None:
        return stage.steps
    return max(1, math.ceil((stage.epochs or 0) * pictures / (stage.batch or batch)))


def left(seconds: float, share: float) -> str:
    """Say how much time is left, from the seconds that a share took; nothing while that is too early to say."""
    if share <= 0 or seconds < EARLY:
        return ""
    remaining = seconds * (1 - share) / share
    return f"{remaining / 60:.0f} min left" if remaining > 90 else f"{remaining:.0f} s left"
