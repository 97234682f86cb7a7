"""Finding a learning rate: let it grow from tiny to huge, and see where the loss falls fastest (Smith, 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...errors import InvalidParameterError
from ...jobs import Job, Progress

SMOOTHING = 0.98
DIVERGED = 4.0
SKIP_START, SKIP_END = 10, 5


@dataclass(frozen=True)
class RateSearch:
    """What a search found.

    Parameters
    ----------
    rates : list of float
        Learning rates that were tried, growing by equal factors.
    losses : list of float
        The smoothed loss at each.
    suggestion : float or None
        The rate at which the smoothed loss fell most from one try to the next, the first 10 and the last 5 left out;
        None where it fell nowhere between them.
    """

    rates: list[float]
    losses: list[float]
    suggestion: float | None


def find_rate(
    step: Callable[[float], float], start: float = 1e-7, end: float = 10.0, iterations: int = 100
) -> Job[RateSearch]:
    """Try growing learning rates, as fastai v1's `lr_find`.

    Parameters
    ----------
    step : callable
        Takes an optimiser step at a learning rate and returns the batch's loss. The weights are spoilt afterwards:
        putting them back is up to the caller.
    start, end : float
        The first rate, and that which the last comes near to.
    iterations : int
        How many rates. The search ends sooner where the smoothed loss (exponential average, .98, without its bias) is
        more than 4 times its best, or not finite.

    Raises
    ------
    InvalidParameterError
        For rates that don't grow, or no iterations.
    """
    if not (0 < start < end and iterations > 0):
        raise InvalidParameterError("0 < start < end and iterations > 0", f"{start}, {end} and {iterations}")
    rates: list[float] = []
    losses: list[float] = []
    average = 0.0
    for done in range(1, iterations + 1):
        rate = start * (end / start) ** ((done - 1) / iterations)
        average = SMOOTHING * average + (1 - SMOOTHING) * step(rate)
        smoothed = average / (1 - SMOOTHING**done)
        if not math.isfinite(smoothed):
            break
        rates.append(rate)
        losses.append(smoothed)
        yield Progress(done, iterations, f"rate {rate:.2g}, loss {smoothed:.4g}")
        if smoothed > DIVERGED * min(losses):
            break
    return RateSearch(rates, losses, _steepest(rates, losses))


def _steepest(rates: list[float], losses: list[float]) -> float | None:
    inner = losses[SKIP_START : len(losses) - SKIP_END]
    if len(inner) < 2:
        return None
    slopes = np.gradient(np.array(inner))
    lowest = int(slopes.argmin())
    return rates[SKIP_START + lowest] if slopes[lowest] < 0 else None


def draw(search: RateSearch) -> npt.NDArray[np.uint8]:
    """Return a picture (Y, X, 3) of the smoothed loss over the learning rate, the suggestion marked."""
    figure = Figure(figsize=(6, 4), dpi=100, layout="tight")
    canvas: Any = FigureCanvasAgg(figure)  # its methods have no annotations
    axes: Any = figure.add_subplot(xscale="log", xlabel="learning rate", ylabel="loss, smoothed")
    axes.plot(search.rates, search.losses)
    if search.suggestion is not None:
        axes.axvline(
            search.suggestion, color="tab:orange", linestyle="--", label=f"steepest at {search.suggestion:.2g}"
        )
        axes.legend()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba(), dtype=np.uint8)[..., :3].copy()
