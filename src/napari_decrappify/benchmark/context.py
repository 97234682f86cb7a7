"""What the suites of a run share: the pictures, the peers that are there, and what else is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..apply.shared_marks.pictures import FEWEST
from ..jobs import Job
from .evaluate import FEW, evaluate
from .measure.memory import on_one_megapixel
from .method import Method
from .models import Measured
from .peers import everyone
from .photos import Photos, middles
from .scores import ScoreTable
from .sheets import Album
from .suite import Suite
from .tables import Table

if TYPE_CHECKING:
    from .measure.features import FeatureDistance

SIDE = 512
"""Of pictures that are cut to one size, where they are as large."""


@dataclass
class BenchmarkContext:
    """Everything that the suites of a run share.

    Parameters
    ----------
    pictures : mapping of bool to Photos
        Photos (False) and grey micrographs (True).
    features : FeatureDistance
        One more figure.
    settings : dict
        Further keywords for the models' tasks.
    peers, memory : bool
        Whether peers take part, and whether everyone's peak memory is measured.
    album : Album
        What the contact sheets are made of.
    """

    pictures: Mapping[bool, Photos]
    features: FeatureDistance
    settings: dict[str, Any]
    peers: bool
    memory: bool
    album: Album = field(default_factory=Album)

    def tables(self, group: Sequence[Measured], suites: Sequence[Suite]) -> Job[list[Table]]:
        """Hold the suites of one kind of model; return a table each, but of stacks where there are too few pictures."""
        peaks: dict[str, int] = {}
        if self.memory:
            quick = {one.name for suite in suites for one in self._others(suite) if not one.slow}
            others = quick & {*everyone()}
            peaks = yield from on_one_megapixel(group, sorted(others), self.settings)
        tables = []
        for suite in suites:
            photos = self.pictures[suite.micrographs]
            if suite.together:
                if len(photos.pictures) < FEWEST:
                    continue
                photos = middles(photos, suite.together, SIDE)
            keywords = {**self.settings, **suite.keywords}
            ours = [method for model in group for method in model.methods(keywords, suite.told)]
            entrants = [*self._others(suite), *ours]
            score_table = yield from evaluate(suite, entrants, photos, self.features, self.album)
            for score in score_table.scores:
                score.peak = peaks.get(score.method.name)
            note = self._note(suite, photos, score_table, group)
            tables.append(Table(suite.title, note, score_table.header, score_table.rows()))
        return tables

    def _others(self, suite: Suite) -> list[Method]:
        """Return the baseline, the rivals, and the peers that are installed."""
        always = [*([] if suite.baseline is None else [suite.baseline]), *suite.references.values()]
        peers = suite.peers if self.peers else ()
        return always + [peer for peer in peers if not peer.missing and peer not in always]

    def _note(self, suite: Suite, photos: Photos, score_table: ScoreTable, group: Sequence[Measured]) -> str:
        sentences = [f"On {photos.origin}.", suite.note]
        if suite.features and self.features.problem:
            sentences.append(f"The feature distance isn't measured ({self.features.problem}).")
        absent = [peer for peer in suite.peers if self.peers and peer.missing]
        sentences += [f"Left out: {one.name} (not installed: pip install {' '.join(one.missing)})." for one in absent]
        if any(score.method.slow for score in score_table.scores):
            sentences.append(f"Slow peers did {FEW} pictures, spread evenly, at the most.")
        if suite.features:
            cards = {model.card.name: model.card for model in group}
            pairs = [(name, card.fidelity) for name, card in cards.items() if card.fidelity in cards]
            sentences += [score_table.beside(name, str(other)) for name, other in pairs]
        return " ".join(sentences)
