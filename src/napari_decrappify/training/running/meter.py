"""Averages of a stretch of steps: losses, accuracies, and the share of the time spent waiting for data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Totals:
    """Totals over steps; `counts` because not every step has every figure."""

    totals: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    waited: float = 0.0
    spent: float = 0.0


class Meter:
    """Sums since the last evaluation; its state goes into the checkpoint, so that a resumed run reports the same."""

    def __init__(self) -> None:
        self._since_flush = Totals()
        self._losses: dict[str, float] = {}

    def add(self, figures: dict[str, float], waited: float, spent: float) -> None:
        """Add one step: its figures and its seconds."""
        sums = self._since_flush
        for name, value in figures.items():
            sums.totals[name] = sums.totals.get(name, 0.0) + value
            sums.counts[name] = sums.counts.get(name, 0) + 1
        sums.steps += 1
        sums.waited += waited
        sums.spent += spent
        losses = {name: value for name, value in figures.items() if name.endswith("loss")}
        take_turns = "loss" not in {*self._losses, *losses}
        self._losses = {**self._losses, **losses} if take_turns else losses

    def count(self, name: str) -> int:
        """Return how many steps since the last flush had a figure."""
        return self._since_flush.counts.get(name, 0)

    def flush(self) -> dict[str, float]:
        """Return the averages since the last flush, each over the steps that have it, and start again."""
        sums, self._since_flush = self._since_flush, Totals()
        row = {name: total / sums.counts[name] for name, total in sums.totals.items()}
        if sums.spent:
            row |= {"wait_share": sums.waited / sums.spent, "steps_per_second": sums.steps / sums.spent}
        return row

    def note(self, metrics: dict[str, float]) -> str:
        """One line for a progress bar."""
        figures = {**self._losses, **{name: value for name, value in metrics.items() if name.startswith("psnr")}}
        return ", ".join(f"{name} {value:.4g}" for name, value in figures.items() if math.isfinite(value))

    def state(self) -> dict[str, Any]:
        """Return what `restore` takes, as JSON has it."""
        return asdict(self._since_flush)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the sums of a checkpoint."""
        self._since_flush = Totals(**state)
