"""What everyone who took part in a suite has reached, as rows of a table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .measure.metrics import Figures
from .method import Method
from .tables import Cell

NAME, PICTURES, PACE, MEMORY = "", "pictures", "s/MP", "peak MiB"
FEATURES, BOXED_FEATURES = "feature distance", "feature distance of the hole's box"


@dataclass
class Score:
    """One method's figures, by the number of the picture.

    Parameters
    ----------
    method : Method
        Whose they are.
    figures : dict
        Of each picture.
    seconds, megapixels : dict
        That each picture took, and that came out.
    peak : int or None
        Largest resident size in MiB, if it was measured.
    """

    method: Method
    figures: dict[int, Figures] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    megapixels: dict[int, float] = field(default_factory=dict)
    peak: int | None = None

    def mean(self, column: str, numbers: Iterable[int]) -> float | None:
        """Return the mean of a figure over those of the pictures that have it."""
        found = [self.figures[number][column] for number in numbers if column in self.figures[number]]
        return statistics.fmean(found) if found else None

    def pace(self, numbers: Sequence[int]) -> float:
        """Return the median of the pictures' seconds a megapixel: loading, and other programs, disturb few of them."""
        return statistics.median(self.seconds[number] / self.megapixels[number] for number in numbers)


@dataclass
class ScoreTable:
    """The scores of a suite.

    Parameters
    ----------
    scores : list of Score
        In the order of the rows.
    columns : list of str
        Figures that the judge gives.
    few : list of int
        The pictures that slow methods take part on.
    references : dict of str
        Names of methods that took part in all, by the column that says how far the first figure is above theirs.
    """

    scores: list[Score]
    columns: list[str]
    few: list[int]
    references: Mapping[str, str] = field(default_factory=dict)

    @property
    def header(self) -> list[str]:
        """The columns of the table."""
        first, *rest = self.columns
        return [NAME, PICTURES, first, *self.references, *rest, PACE, *([MEMORY] if self._weighed else [])]

    def rows(self) -> list[Sequence[Cell]]:
        """Return a row for each method; where some took part on few pictures, the models' rows on the same ones."""
        rows = [self._row(score, list(score.figures), "") for score in self.scores]
        most = max(len(score.figures) for score in self.scores)
        if any(len(score.figures) < most for score in self.scores):
            ours = [score for score in self.scores if score.method.ours]
            rows += [self._row(score, self.few, f", on the same {len(self.few)}") for score in ours]
        return rows

    def _row(self, score: Score, numbers: list[int], suffix: str) -> Sequence[Cell]:
        method = score.method
        name = f"**{method.name}**{suffix}" if method.ours else method.name
        first, *rest = (score.mean(column, numbers) for column in self.columns)
        gains = [self._gain(score, self._named(reference), numbers) for reference in self.references.values()]
        pace = None if method.idle else score.pace(numbers)
        return [name, len(numbers), first, *gains, *rest, pace, *([score.peak] if self._weighed else [])]

    def beside(self, name: str, other: str) -> str:
        """Say in a sentence how a model compares with another in the feature distance and in the first figure."""
        ours, theirs = self._named(name), self._named(other)
        numbers, column = list(ours.figures), self.columns[0]
        gain = self._gain(ours, theirs, numbers)
        far, near = (score.mean(FEATURES, numbers) for score in (theirs, ours))
        distance = f"feature distance {near / far - 1:+.0%}, " if near and far else ""
        return f"{name} beside {other}: {distance}{column.removesuffix(' dB')} {gain or 0:+.2f} dB."

    def _gain(self, score: Score, reference: Score, numbers: list[int]) -> float | None:
        """Return how far the first figure is above a rival's on the same pictures; None for the rival itself."""
        ours, theirs = (one.mean(self.columns[0], numbers) for one in (score, reference))
        return None if score is reference or ours is None or theirs is None else ours - theirs

    def _named(self, name: str) -> Score:
        return next(score for score in self.scores if score.method.name == name)

    @property
    def _weighed(self) -> bool:
        return any(score.peak is not None for score in self.scores)
