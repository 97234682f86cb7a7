"""Trial steps of a stage: one for every learning rate that is tried."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import torch

from ...errors import TrainingError
from ..data.pairs import Batch
from ..recipes.stages import Adversarial, PretrainGenerator
from ..running.context import TrainingContext
from ..stages import STAGES


class RateTrial:
    """A stage that learns at whatever rate it is given.

    Parameters
    ----------
    context : TrainingContext
        The nets; they are spoilt afterwards.
    stage : PretrainGenerator or Adversarial
        What kind of steps. Of an adversarial stage, the generator's loss counts.
    batches : iterator of Batch
        What it learns from.
    parts : int
        In how many parts a batch goes through.
    """

    def __init__(
        self, context: TrainingContext, stage: PretrainGenerator | Adversarial, batches: Iterator[Batch], parts: int
    ) -> None:
        self._learning = STAGES[stage.kind](context, stage)
        self._batches, self._parts, self._numbers = batches, parts, count()
        self.origins = tuple(context.new_origins())

    def step(self, rate: float) -> float:
        """Learn at a rate until the generator has; return its loss, not a number where it has blown up.

        Raises
        ------
        TrainingError
            If memory doesn't do for a batch.
        """
        self._learning.set_rate(rate, 0, 1)
        while True:
            figures = self._learn(next(self._batches))
            if figures is None or self._learning.loss_figure in figures:
                return math.nan if figures is None else figures[self._learning.loss_figure]

    def _learn(self, batch: Batch) -> dict[str, float] | None:
        """Take a step; None if loss or gradient aren't finite."""
        try:
            return self._learning.learn(batch, next(self._numbers), min(self._parts, len(batch.targets)))
        except torch.OutOfMemoryError as error:
            advice = "Set data.accumulate to more parts, or data.batch to fewer patches."
            raise TrainingError("memory for a batch", str(error), advice) from error
        except TrainingError:
            return None
