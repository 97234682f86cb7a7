"""Learning rates and momentum go over a stage as published."""

from __future__ import annotations

import math
from typing import Any

import pytest

from napari_decrappify.training.optimization.schedule import learning_rate, momentum
from napari_decrappify.training.recipes.stages import PretrainGenerator


def stage(**changes: Any) -> PretrainGenerator:
    return PretrainGenerator.model_validate({"steps": 100, "lr": 1.0, **changes})


def reference_one_cycle(steps: int, warmup: float, start: float, peak: float, end: float) -> list[float]:
    """Fastai's two phases, each walked from its first value in equal shares of half a cosine."""
    rising = int(steps * warmup)
    values = [peak - (peak - start) * (math.cos(math.pi * i / rising) + 1) / 2 for i in range(rising)]
    falling = steps - rising
    return values + [peak - (peak - end) * (1 - math.cos(math.pi * i / falling)) / 2 for i in range(falling)]


@pytest.mark.parametrize("warmup", [0.3, 0.8, 0.9, 1e-8])
def test_one_cycle_goes_as_published(warmup: float) -> None:
    cycle = stage(steps=70, lr=3e-3, schedule="one-cycle", warmup=warmup)
    rates = [learning_rate(cycle, step, 70) for step in range(70)]
    assert rates == pytest.approx(reference_one_cycle(70, warmup, 3e-3 / 25, 3e-3, 3e-3 / 25e4), rel=1e-9)
    momenta = [momentum(cycle, step, 70, beta=0.9) for step in range(70)]
    assert momenta == pytest.approx(reference_one_cycle(70, warmup, 0.95, 0.85, 0.95), rel=1e-9)


def test_one_cycle_has_the_published_ends() -> None:
    cycle = stage(lr=1e-2, schedule="one-cycle", warmup=0.3)
    assert learning_rate(cycle, 0, 1000) == pytest.approx(1e-2 / 25)
    assert learning_rate(cycle, 300, 1000) == pytest.approx(1e-2)
    assert learning_rate(cycle, 1000, 1000) == pytest.approx(1e-2 / 25e4)
    assert [momentum(cycle, done, 1000, 0.9) for done in (0, 300, 1000)] == pytest.approx([0.95, 0.85, 0.95])


def test_cosine_rises_and_falls_to_zero() -> None:
    rates = [learning_rate(stage(warmup=0.1), step, 100) for step in range(101)]
    assert rates[:3] == pytest.approx([1 / 11, 2 / 11, 3 / 11])
    assert rates[0] < rates[5] < rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0, abs=1e-9)


def test_constant_stays() -> None:
    steady = stage(lr=0.5, schedule="constant", warmup=0)
    assert {learning_rate(steady, step, 100) for step in range(100)} == {0.5}


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_other_schedules_leave_momentum_alone(schedule: str) -> None:
    assert momentum(stage(schedule=schedule), 50, 100, beta=0.5) == 0.5


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "constant"])
def test_the_clock_may_stand_between_two_steps(schedule: str) -> None:
    timed = stage(schedule=schedule, warmup=0.25)
    for step in (3, 24, 60):
        low, high = sorted(learning_rate(timed, done, 100) for done in (step, step + 1))
        assert low <= learning_rate(timed, step + 0.5, 100) <= high


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine"])
def test_rates_stay_low_after_the_end(schedule: str) -> None:
    over = stage(schedule=schedule)
    assert learning_rate(over, 130, 100) == learning_rate(over, 100, 100)


def test_of_two_rates_the_schedule_is_for_the_last() -> None:
    assert learning_rate(stage(lr=(1e-6, 1e-3), schedule="constant", warmup=0), 7, 100) == 1e-3
