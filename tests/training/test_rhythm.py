"""By the clock a training is judged soon, often enough, and never for more than a third of its time."""

from __future__ import annotations

import math

import pytest

from napari_decrappify.training.evaluation.evaluation_schedule import EvaluationSchedule
from napari_decrappify.training.running.events import Place


def evaluations(budget: float, step: float, cost: float, *, given: float = math.inf) -> list[float]:
    """Return the seconds after which a training of so many is judged, if steps and evaluations take so long."""
    evaluation_schedule, place, found = EvaluationSchedule(0, given), Place(judging=cost), []
    while place.seconds < budget:
        place.advance(step)
        if evaluation_schedule.due(place):
            place.judge()
            place.spend(cost)
            place.judging, place.judged_at = cost, place.seconds
            found.append(place.seconds)
    return found


@pytest.mark.parametrize(("step", "cost"), [(0.01, 0.1), (0.2, 1.0), (1.0, 1.0)], ids=["GPU", "usual", "slow"])
def test_there_is_something_to_see_within_ten_seconds(step: float, cost: float) -> None:
    assert evaluations(300, step, cost, given=300)[0] <= 10


@pytest.mark.parametrize("seconds", [12, 60, 300, 3600])
def test_a_budget_is_enough_for_six_evaluations(seconds: float) -> None:
    cost = seconds / 300
    assert len(evaluations(seconds, seconds / 1000, cost, given=seconds)) >= 6


@pytest.mark.parametrize("cost", [0.5, 5.0, 30.0])
@pytest.mark.parametrize("step", [0.01, 1.0])
def test_judging_takes_no_more_than_a_third(cost: float, step: float) -> None:
    found = evaluations(300, step, cost, given=300)
    assert found
    assert cost * len(found) <= 300 / 3 + cost


def test_a_training_of_a_day_is_not_judged_thousands_of_times() -> None:
    assert 6 < len(evaluations(24 * 3600, 1.0, 2.0)) < 150


def test_by_steps_the_clock_counts_for_nothing() -> None:
    evaluation_schedule = EvaluationSchedule(3, 10.0)
    assert [step for step in range(1, 10) if evaluation_schedule.due(Place(step=step, seconds=1e6))] == [3, 6, 9]
