"""Learning rates over the steps of a stage."""

from __future__ import annotations

import math

from .recipe import StageConfig

ONE_CYCLE_START, ONE_CYCLE_END = 1 / 25, 1 / 25e4


def learning_rate(stage: StageConfig, step: int) -> float:
    """Return the learning rate of a stage's step, counted from 0.

    ``one-cycle`` is fastai's: cosine from lr / 25 up to lr in the warm-up, cosine down to lr / 250,000.
    ``cosine`` rises linearly and falls to zero; ``constant`` rises linearly and stays.
    """
    rising = stage.warmup * stage.steps
    if step < rising:
        share = (step + 1) / (rising + 1)
        return _cosine(stage.lr * ONE_CYCLE_START, stage.lr, share) if _cycle(stage) else stage.lr * share
    if stage.schedule == "constant":
        return stage.lr
    share = (step - rising) / max(1.0, stage.steps - rising)
    return _cosine(stage.lr, stage.lr * ONE_CYCLE_END if _cycle(stage) else 0.0, share)


def _cycle(stage: StageConfig) -> bool:
    return stage.schedule == "one-cycle"


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
