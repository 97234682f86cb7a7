"""Where contests are held: the pictures, the peers that are there, and what else is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..jobs import Job
from .contestant import Contestant
from .contests import Contest
from .holding import FEW, hold
from .memory import on_one_megapixel
from .models import Measured
from .peers import everyone
from .photos import Photos
from .sheets import Album
from .standings import Standings
from .tables import Table

if TYPE_CHECKING:
    from .features import FeatureDistance


@dataclass
class Arena:
    """Everything that the contests of a run share.

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

    def tables(self, group: Sequence[Measured], contests: Sequence[Contest]) -> Job[list[Table]]:
        """Hold the contests of one kind of model; return a table each."""
        ours = [model.contestant(self.settings) for model in group]
        peaks: dict[str, int] = {}
        if self.memory:
            quick = {one.name for contest in contests for one in self._others(contest) if not one.slow}
            others = quick & {*everyone()}
            peaks = yield from on_one_megapixel(group, sorted(others), self.settings)
        tables = []
        for contest in contests:
            photos = self.pictures[contest.micrographs]
            entrants = [*self._others(contest), *ours]
            standings = yield from hold(contest, entrants, photos, self.features, self.album)
            for score in standings.scores:
                score.peak = peaks.get(score.contestant.name)
            note = self._note(contest, photos, standings, group)
            tables.append(Table(contest.title, note, standings.header, standings.rows()))
        return tables

    def _others(self, contest: Contest) -> list[Contestant]:
        """Return the baseline, the rivals, and the peers that are installed."""
        always = [*([] if contest.baseline is None else [contest.baseline]), *contest.rivals.values()]
        peers = contest.peers if self.peers else ()
        return always + [peer for peer in peers if not peer.missing and peer not in always]

    def _note(self, contest: Contest, photos: Photos, standings: Standings, group: Sequence[Measured]) -> str:
        sentences = [f"On {photos.origin}.", contest.note]
        if contest.features and self.features.problem:
            sentences.append(f"The feature distance isn't measured ({self.features.problem}).")
        absent = [peer for peer in contest.peers if self.peers and peer.missing]
        sentences += [f"Left out: {one.name} (not installed: pip install {' '.join(one.missing)})." for one in absent]
        if any(score.contestant.slow for score in standings.scores):
            sentences.append(f"Slow peers did {FEW} pictures, spread evenly, at the most.")
        if contest.features:
            cards = {model.card.name: model.card for model in group}
            pairs = [(name, card.fidelity) for name, card in cards.items() if card.fidelity in cards]
            sentences += [standings.beside(name, str(other)) for name, other in pairs]
        return " ".join(sentences)
