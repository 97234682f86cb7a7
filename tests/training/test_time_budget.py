"""A training with a time budget goes through all its stages and ends in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_decrappify.jobs import Progress
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import Begun
from napari_decrappify.training.running.recorder import Recorder
from napari_decrappify.training.train import train

BUDGET = 3.0


@pytest.fixture
def endless(restorer: dict[str, Any]) -> Recipe:
    """A training of hours."""
    first, predictions, critic, last = restorer["stages"]
    long = {"steps": 100_000, "schedule": "cosine", "warmup": 0.0}
    stages = [{**first, **long}, predictions, {**critic, **long}, {**last, **long}]
    return Recipe.model_validate({**restorer, "stages": stages, "evaluation": {**restorer["evaluation"], "every": 5}})


def test_a_budget_is_kept_by_all_stages_and_rates_fall_in_it(
    endless: Recipe, photos: Path, tmp_path: Path, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    steps: list[Progress] = []
    started: list[float] = []

    def follow(progress: Progress) -> None:
        started.append(time.perf_counter())
        steps.append(progress)

    train(endless, photos, tmp_path / "run", minutes=BUDGET / 60, progress=follow)
    assert 0.6 * BUDGET < started[-1] - started[0] < 1.6 * BUDGET + 1, "a last step and evaluation may come on top"
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


def test_evaluations_cost_budget(
    endless: Recipe, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Recorder.evaluate

    def slow(self: Recorder, *args: Any) -> Any:
        time.sleep(0.3)
        return real(self, *args)

    monkeypatch.setattr(Recorder, "evaluate", slow)
    often = endless.model_copy(update={"evaluation": endless.evaluation.model_copy(update={"every": 2})})
    started = time.perf_counter()
    train(often, photos, tmp_path / "run", minutes=1 / 60)
    assert time.perf_counter() - started < 4, "few evaluations"


def test_a_stage_that_ends_by_its_steps_leaves_its_time_to_the_next(
    restorer: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    train(Recipe.model_validate(restorer), photos, tmp_path / "run", minutes=10)
    assert len((tmp_path / "run" / "metrics.csv").read_text().splitlines()) == 1 + 6
