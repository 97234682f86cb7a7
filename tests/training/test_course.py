"""How far a stage is, by its steps and by the clock."""

from __future__ import annotations

import math

import pytest
from pydantic import TypeAdapter

from napari_decrappify.training.recipes.stages import Stage
from napari_decrappify.training.running.time_budget import (
    StageBudget,
    TimeBudget,
    left,
    plan,
)

STAGES = [
    {"kind": "pretrain-generator", "epochs": 2, "lr": 1e-3},
    {"kind": "save-predictions", "size": 64},
    {"kind": "pretrain-critic", "epochs": 0.5, "lr": 1e-3, "batch": 3},
    {"kind": "adversarial", "steps": 30, "lr": 1e-3},
]


def test_epochs_become_steps_of_whole_batches() -> None:
    stages = TypeAdapter(list[Stage]).validate_python(STAGES)
    assert plan(stages, pictures=10, batch=4, minutes=None) == TimeBudget([5, 0, 2, 30], math.inf)
    assert plan(stages, pictures=1, batch=64, minutes=0.5) == TimeBudget([1, 0, 1, 30], 30.0)


def test_without_a_budget_steps_alone_count() -> None:
    budget = TimeBudget([4, 0, 6]).budget(2, spent=1e9)
    assert budget == StageBudget(6, math.inf)
    assert [budget.share(step, 1e9) for step in (0, 3, 6, 9)] == [0, 0.5, 1, 1]


def test_a_stage_ends_by_its_steps_or_its_time() -> None:
    budget = StageBudget(10, 20.0)
    assert budget.share(2, 2.0) == 0.2
    assert budget.share(2, 10.0) == 0.5
    assert budget.share(2, 21.0) == 1


def test_a_stage_gets_what_is_left_of_the_budget_by_its_share_of_the_steps() -> None:
    budget = TimeBudget([10, 0, 30], 40.0)
    assert budget.budget(0, 0.0).seconds == pytest.approx(10)
    assert budget.budget(2, 10.0).seconds == pytest.approx(30)
    assert budget.budget(2, 4.0).seconds == pytest.approx(36), "what an earlier stage left"
    assert budget.budget(2, 25.0).seconds == pytest.approx(15), "what an earlier stage took"


def test_a_stage_whose_time_is_gone_still_takes_a_step() -> None:
    budget = TimeBudget([10, 30], 40.0).budget(1, 50.0)
    assert budget.share(0, 0.0) == 0
    assert budget.share(1, 0.01) == 1


def test_what_is_behind_counts_earlier_stages() -> None:
    stages = TimeBudget([10, 0, 30])
    assert stages.steps == 40
    assert [stages.behind(0, 0.5), stages.behind(1, 0.0), stages.behind(2, 0.5)] == [5, 10, 25]


@pytest.mark.parametrize(
    ("seconds", "share", "expected"),
    [
        (60.0, 0.5, "60 s left"),
        (60.0, 0.1, "9 min left"),
        (90.0, 1.0, "0 s left"),
        (4.0, 0.5, ""),
        (60.0, 0.0, ""),
    ],
)
def test_the_time_left_follows_from_the_time_taken(seconds: float, share: float, expected: str) -> None:
    assert left(seconds, share) == expected
