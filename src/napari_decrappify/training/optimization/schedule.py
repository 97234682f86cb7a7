"""Learning rates and momentum over the course of a stage."""

from __future__ import annotations

import math

from ..recipes.stages import Timed

ONE_CYCLE_START, ONE_CYCLE_END = 1 / 25, 1 / 25e4
ONE_CYCLE_MOMENTUM = (0.95, 0.85, 0.95)


def learning_rate(stage: Timed, done: float, steps: int) -> float:
    """Return the learning rate of a stage's last layer group.

    Parameters
    ----------
    stage : Timed
        Its `lr` is the peak (the last of two rates). ``one-cycle`` is fastai v1's: cosine from peak / 25 up to the peak
        in the warm-up, cosine down to peak / 250,000. ``cosine`` rises linearly and falls to zero; ``constant``
        rises linearly and stays.
    done : float
        Steps that are behind, counted from 0; a fraction where the clock and not the step drives the schedule.
    steps : int
        Length of the stage.
    """
    peak = stage.lr[-1] if isinstance(stage.lr, tuple) else stage.lr
    if stage.schedule == "one-cycle":
        return _one_cycle((peak * ONE_CYCLE_START, peak, peak * ONE_CYCLE_END), stage.warmup, done, steps)
    rising = stage.warmup * steps
    if done < rising:
        return peak * (done + 1) / (rising + 1)
    return peak if stage.schedule == "constant" else _cosine(peak, 0.0, (done - rising) / max(1.0, steps - rising))


def momentum(stage: Timed, done: float, steps: int, beta: float) -> float:
    """Return the momentum (Adam's first beta): in one-cycle .95 down to .85 at the peak and back, `beta` otherwise."""
    return _one_cycle(ONE_CYCLE_MOMENTUM, stage.warmup, done, steps) if stage.schedule == "one-cycle" else beta


def _one_cycle(values: tuple[float, float, float], warmup: float, done: float, steps: int) -> float:
    start, peak, end = values
    rising = int(warmup * steps)
    if done < rising:
        return _cosine(start, peak, done / rising)
    return _cosine(peak, end, (done - rising) / max(1, steps - rising))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, share))) / 2
