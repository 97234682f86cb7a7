"""Holding a contest: every contestant on every picture, a few of them on a few."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from ..jobs import Job, Progress
from .cases import Case
from .contestant import Contestant
from .contests import Contest
from .judging import Figures
from .photos import Photos, Picture
from .sheets import Album
from .standings import FEATURES, Score, Standings

if TYPE_CHECKING:
    from .features import FeatureDistance

FEW = 4


def hold(
    contest: Contest, contestants: Sequence[Contestant], photos: Photos, features: FeatureDistance, album: Album
) -> Job[Standings]:
    """Let contestants repair the cases made of pictures, and judge them.

    Parameters
    ----------
    contest : Contest
        How cases are made and judged.
    contestants : sequence of Contestant
        Slow ones get a few of the pictures, spread evenly.
    photos : Photos
        The pictures.
    features : FeatureDistance
        One more figure, where it can be had and means something.
    album : Album
        Gets some of the results.
    """
    few = evenly(len(photos.pictures), FEW)
    scores = [Score(contestant) for contestant in contestants]
    for number, (name, photo) in enumerate(photos.pictures.items()):
        yield Progress(number, len(photos.pictures), f"{contest.title}: {name}")
        case = contest.make(number, photo)
        results = {}
        for score in scores:
            if number in few or not score.contestant.slow:
                result = results[score.contestant.name] = _timed(score, number, case)
                score.figures[number] = _figures(contest, name, case, result, features)
        if number in few[: contest.shown]:
            album.add(contest, case, scores, results, number)
    rivals = {column: rival.name for column, rival in contest.rivals.items()}
    return Standings(scores, _columns(contest, scores), few, rivals)


def evenly(count: int, wanted: int) -> list[int]:
    """Return so many of the numbers below `count`, spread evenly, or all there are."""
    return [int(number) for number in np.unique(np.linspace(0, count - 1, wanted).astype(int))]


def _timed(score: Score, number: int, case: Case) -> Picture:
    started = time.perf_counter()
    result = score.contestant.repair(case)
    score.seconds[number] = time.perf_counter() - started
    score.megapixels[number] = result.shape[0] * result.shape[1] / 1e6
    return result


def _figures(contest: Contest, name: str, case: Case, result: Picture, features: FeatureDistance) -> Figures:
    figures = contest.judge(case, result)
    if contest.part is not None and PurePath(name).name.startswith(contest.part[0]):
        figures[contest.part[1]] = next(iter(figures.values()))
    if contest.features and not features.problem:
        figures[FEATURES] = features(result, case.target)
    return figures


def _columns(contest: Contest, scores: Sequence[Score]) -> list[str]:
    """Return the figures that were found: the first, that of a part, the others, and last the feature distance."""
    found = dict.fromkeys(column for score in scores for figures in score.figures.values() for column in figures)
    first, *others = [column for column in found if column != FEATURES]
    part = [contest.part[1]] if contest.part is not None and contest.part[1] in others else []
    rest = [column for column in others if column not in part]
    return [first, *part, *rest, *([FEATURES] if contest.features else [])]
