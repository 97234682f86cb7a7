"""Evaluating a suite: every method on every picture, a few of them on a few."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from ..apply.engine.tiling import Box
from ..apply.masks import bounds
from ..jobs import Job, Progress
from .cases import Case
from .measure.metrics import Figures
from .method import Method
from .photos import Photos, Picture
from .scores import BOXED_FEATURES, FEATURES, Score, ScoreTable
from .sheets import Album
from .suite import Suite

if TYPE_CHECKING:
    from .measure.features import FeatureDistance

FEW = 4


def evaluate(
    suite: Suite, methods: Sequence[Method], photos: Photos, features: FeatureDistance, album: Album
) -> Job[ScoreTable]:
    """Let methods repair the cases made of pictures, one after the other or as one stack, and judge them.

    Parameters
    ----------
    suite : Suite
        How cases are made and judged.
    methods : sequence of Method
        Slow ones get a few of the pictures, spread evenly.
    photos : Photos
        The pictures.
    features : FeatureDistance
        One more figure, where it can be had and means something.
    album : Album
        Gets some of the results.
    """
    few = evenly(len(photos.pictures), FEW)
    scores = [Score(method) for method in methods]
    stacked: dict[str, Sequence[Picture]] = {}
    for score in scores if suite.together else ():
        if score.method.ours:
            yield Progress(0, len(photos.pictures), f"{suite.title}: {score.method.name}")
            stacked[score.method.name] = _at_once(score, suite, photos)
    for number, (name, photo) in enumerate(photos.pictures.items()):
        yield Progress(number, len(photos.pictures), f"{suite.title}: {name}")
        case = suite.make(number, photo)
        results = {}
        for score in scores:
            if number in few or not score.method.slow:
                done = stacked.get(score.method.name)
                result = results[score.method.name] = _timed(score, number, case) if done is None else done[number]
                score.figures[number] = _figures(suite, name, case, result, features)
        if number in few[: suite.shown]:
            album.add(suite, case, scores, results, number)
    references = {column: reference.name for column, reference in suite.references.items()}
    return ScoreTable(scores, _columns(suite, scores), few, references)


def evenly(count: int, wanted: int) -> list[int]:
    """Return so many of the numbers below `count`, spread evenly, or all there are."""
    return [int(number) for number in np.unique(np.linspace(0, count - 1, wanted).astype(int))]


def _timed(score: Score, number: int, case: Case) -> Picture:
    started = time.perf_counter()
    result = score.method.repair(case)
    score.seconds[number] = time.perf_counter() - started
    score.megapixels[number] = result.shape[0] * result.shape[1] / 1e6
    return result


def _at_once(score: Score, suite: Suite, photos: Photos) -> Sequence[Picture]:
    """Repair all pictures, which have one mask, as one stack; each has its share of the time."""
    made = [suite.make(number, photo) for number, photo in enumerate(photos.pictures.values())]
    stack = replace(
        made[0], given=np.stack([case.given for case in made]), target=np.stack([case.target for case in made])
    )
    started = time.perf_counter()
    results = score.method.repair(stack)
    seconds = (time.perf_counter() - started) / len(made)
    for number, result in enumerate(results):
        score.seconds[number], score.megapixels[number] = seconds, result.shape[0] * result.shape[1] / 1e6
    return list(results)


def _figures(suite: Suite, name: str, case: Case, result: Picture, features: FeatureDistance) -> Figures:
    figures = suite.judge(case, result)
    if suite.part is not None and PurePath(name).name.startswith(suite.part[0]):
        figures[suite.part[1]] = next(iter(figures.values()))
    if suite.features and not features.problem:
        figures[FEATURES] = features(result, case.target)
        if suite.boxed and case.mask is not None:
            box = bounds(case.mask, Box(0, case.mask.shape[0], 0, case.mask.shape[1]))
            figures[BOXED_FEATURES] = features(result, case.target, box)
    return figures


def _columns(suite: Suite, scores: Sequence[Score]) -> list[str]:
    """Return the figures that were found: the first, that of a part, the others, and last the feature distances."""
    found = dict.fromkeys(column for score in scores for figures in score.figures.values() for column in figures)
    first, *others = [column for column in found if column not in (FEATURES, BOXED_FEATURES)]
    part = [suite.part[1]] if suite.part is not None and suite.part[1] in others else []
    rest = [column for column in others if column not in part]
    return [first, *part, *rest, *([FEATURES] * suite.features), *([BOXED_FEATURES] * suite.boxed)]
