"""A training with a time budget goes through all its stages and ends in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_decrappify.jobs import Progress
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running import trainer
from napari_decrappify.training.running.events import Begun
from napari_decrappify.training.running.recorder import Recorder
from napari_decrappify.training.stages import predictions
from napari_decrappify.training.train import train

BUDGET = 3.0


class Clock:
    """A clock that only steps and evaluations move on, so that a busy machine changes nothing."""

    step, evaluation = 0.1, 0.05

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What a training reads its time from."""
    clock = Clock()

    def takes(kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            clock.now += getattr(clock, kind)
            return real(*args, **options)

        return call

    for module in (trainer, predictions):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(trainer.Trainer, "_learn", takes("step", trainer.Trainer._learn))
    monkeypatch.setattr(Recorder, "evaluate", takes("evaluation", Recorder.evaluate))
    return clock


@pytest.fixture
def endless(restorer: dict[str, Any]) -> Recipe:
    """A training of hours."""
    first, predictions, critic, last = restorer["stages"]
    long = {"steps": 100_000, "schedule": "cosine", "warmup": 0.0}
    stages = [{**first, **long}, predictions, {**critic, **long}, {**last, **long}]
    return Recipe.model_validate({**restorer, "stages": stages, "evaluation": {**restorer["evaluation"], "every": 5}})


def test_a_budget_is_kept_by_all_stages_and_rates_fall_in_it(
    endless: Recipe, photos: Path, tmp_path: Path, clock: Clock, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    steps: list[Progress] = []
    train(endless, photos, tmp_path / "run", minutes=BUDGET / 60, progress=steps.append)
    assert 0.9 * BUDGET < clock.now < BUDGET + 0.5, "a last step and evaluation may come on top"
    kinds = [step.payload.kind for step in steps if isinstance(step.payload, Begun)]
    assert kinds == ["pretrain-generator", "pretrain-critic", "adversarial"]
    done = [step.done for step in steps]
    assert done == sorted(done), "it never seems to go back"
    assert (done[0], done[-1], {step.total for step in steps}) == (0, 300_000, {300_000})
    rows = metrics_of(tmp_path / "run")
    rates = [float(row["lr"]) for row in rows if row["loss"]]
    assert len(rates) > 1
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < rates[0] / 2


def test_evaluations_cost_budget(endless: Recipe, photos: Path, tmp_path: Path, clock: Clock) -> None:
    clock.evaluation = 1.0
    often = endless.model_copy(update={"evaluation": endless.evaluation.model_copy(update={"every": 2})})
    train(often, photos, tmp_path / "run", minutes=1 / 60)
    assert clock.now < 5, "few evaluations"


def test_a_stage_that_ends_by_its_steps_leaves_its_time_to_the_next(
    restorer: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    train(Recipe.model_validate(restorer), photos, tmp_path / "run", minutes=10)
    assert len((tmp_path / "run" / "metrics.csv").read_text().splitlines()) == 1 + 6
