"""Which figure makes the best model, in which unit, and which way is better, is said in one place."""

from __future__ import annotations

import math

import pytest

from napari_decrappify.finetuning.result import best_of, row_of
from napari_decrappify.training.evaluation.criterion import CRITERIA


@pytest.mark.parametrize(
    ("name", "better", "worse"), [("psnr", 30, 20), ("psnr_damage", 9, 8), ("feature_distance", 1, 2)]
)
def test_the_better_figure_has_the_higher_score(name: str, better: float, worse: float) -> None:
    criterion = CRITERIA[name]
    assert criterion.score({name: better}) > criterion.score({name: worse}) > criterion.score({})
    assert criterion.score({}) == -math.inf


def test_the_best_row_is_that_of_the_smallest_distance() -> None:
    distances = [{"feature_distance": 0.3, "step": 0}, {"feature_distance": 0.1, "step": 1}, {"step": 2}]
    rows = [row_of(distances[0], figures, "feature_distance") for figures in distances]
    assert best_of(rows).step == 1


def test_inside_the_damage_decibels_are_of_the_damage() -> None:
    row = row_of({"psnr_damage": 10.0}, {"psnr": 30.0, "psnr_damage": 12.0}, "psnr_damage")
    assert (row.psnr, row.psnr_start, row.score) == (12.0, 10.0, 12.0)
