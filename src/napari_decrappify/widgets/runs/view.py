"""What the list of runs shows: read from their folders and drawn, which is done in a thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...finetuning import Run, RunState, runs
from ...finetuning.result import best_of
from ...training.evaluation.criterion import CRITERIA
from ...training.running.events import Learned
from .curves import Style, draw_curves


@dataclass(frozen=True)
class Facts:
    """What a list says of a run, read from its folder."""

    run: Run
    state: RunState
    gain: str
    judged: bool

    @property
    def cells(self) -> list[str]:
        """What stands in its row: name, when it was started, state, gain."""
        return [self.run.spec.name, self.run.spec.created[5:16].replace("T", " "), self.state, self.gain]


@dataclass(frozen=True)
class View:
    """All runs, and of the chosen one its curves, its previews and what is to be known; read and drawn in a thread."""

    facts: list[Facts]
    chosen: Path | None = None
    curves: npt.NDArray[np.uint8] | None = None
    previews: dict[int, Path] = field(default_factory=dict)
    watched: dict[int, Path] = field(default_factory=dict)
    note: str = ""
    resumable: bool = False
    interruptible: bool = False
    state: RunState = RunState.PREPARED

    @property
    def alive(self) -> bool:
        """Whether any run goes on, in whatever process."""
        return any(facts.state.alive for facts in self.facts)

    @property
    def unfinished(self) -> list[Run]:
        """The runs that have a best moment, and no model yet."""
        return [facts.run for facts in self.facts if facts.judged and not facts.state.over]

    @property
    def keepable(self) -> bool:
        """Whether the best moment of the chosen run could become a model now."""
        return any(run.folder == self.chosen for run in self.unfinished)


def look(chosen: Path | None, learned: Sequence[Learned], style: Style) -> View:
    """Read what there is to know of all runs, and draw the one in the chosen folder, or the newest."""
    facts = [Facts(run, run.state, _gain(run), run.best.exists()) for run in runs()]
    one = next((one for one in facts if one.run.folder == chosen), facts[0] if facts else None)
    if one is None:
        return View([])
    run = one.run
    curves = draw_curves(run.history, learned, style)
    note = f"{_asked(run)} {run.note}".strip()
    return View(facts, run.folder, curves, run.previews, run.watched, note, run.resumable, run.interruptible, one.state)


def _asked(run: Run) -> str:
    """Return in a sentence what was asked for."""
    spec = run.spec
    pictures = f"{spec.pictures} picture{'' if spec.pictures == 1 else 's'}"
    start = f"from {spec.base}" if spec.base else "from fresh weights"
    return f"{spec.task}, {start}, by the recipe {spec.recipe_name} in {spec.minutes:g} min, on {pictures}."


def _gain(run: Run) -> str:
    """Return how much better the best moment is than the start, by what the recipe judges by."""
    rows = run.history
    gain = best_of(rows).score - rows[0].score if rows else math.nan
    if not math.isfinite(gain):
        return ""
    return f"{gain:+.2f} {CRITERIA[run.spec.recipe.evaluation.criterion].unit}".strip()
