"""When a training is judged: ever so many steps, or by the clock."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..running.events import Place

SOON = 8.0
"""Seconds of learning before the first evaluation by the clock, so that there is something to see within ten."""
PARTS = 8
"""A budget holds at least so many stretches between two evaluations, but for what evaluations take."""
GROWTH = 0.1
"""Later pauses grow with the time that is behind: a training of days needs no thousand evaluations."""
PATIENCE = 2.0
"""A pause is at least so many times what the last evaluation took: judging never takes more than a third."""


@dataclass(frozen=True)
class EvaluationSchedule:
    """Says when the next evaluation is due, beside those where a stage ends.

    Counted by steps, a training judges at the same moments again when it is repeated or resumed, and what it keeps as
    its best moment is the same. By the clock it learns the same, but may be judged, and so have its best, elsewhere.

    Parameters
    ----------
    every : int
        Steps between two evaluations; 0 goes by the clock.
    budget : float
        Seconds that the training may take.
    """

    every: int
    budget: float = math.inf

    def due(self, place: Place) -> bool:
        """Return whether to judge after the step that was taken last."""
        if self.every:
            return place.step % self.every == 0
        pause = max(min(SOON, self.budget / PARTS), GROWTH * place.seconds, PATIENCE * place.judging)
        return place.seconds - place.judged_at >= pause
