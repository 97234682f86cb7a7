"""A rate is found with the nets, pairs and steps that a training would begin with, and nothing is left behind."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from napari_decrappify.errors import InvalidParameterError, TrainingError
from napari_decrappify.jobs import Progress
from napari_decrappify.training.find_learning_rate import find_learning_rate
from napari_decrappify.training.losses.generator_loss import GeneratorLoss
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import Begun
from napari_decrappify.training.stages.pretrain_generator import GeneratorStage
from napari_decrappify.training.train import train

FIRST = {"kind": "pretrain-generator", "steps": 1, "lr": 1e-3}


def with_stages(tiny: dict[str, Any], *stages: dict[str, Any], **more: Any) -> Recipe:
    return Recipe.model_validate({**tiny, "stages": stages, **more})


def loss_of_first_step(recipe: Recipe, folder: Path, run: Path) -> float:
    train(recipe, folder, run)
    with (run / "metrics.csv").open(newline="") as opened:
        return float(next(csv.DictReader(opened))["loss"])


def playing(tiny: dict[str, Any], **play: Any) -> Recipe:
    """A play on patches of the size that its critic sees."""
    stage = {"kind": "adversarial", "steps": 1, "lr": 1e-3, "play": play}
    critic = {"architecture": "dcgan-critic", "options": {"size": 32, "features": 8, "extra_layers": 0}}
    return with_stages(tiny, stage, critic=critic, data={**tiny["data"], "patch": 32})


def test_a_rate_is_found_where_the_loss_falls(folder: Path, tiny_recipe: Recipe) -> None:
    found = find_learning_rate(tiny_recipe, folder, lowest=1e-6, tries=60)
    assert found.suggestion in found.rates
    assert found.rates[0] == 1e-6
    assert 1e-5 < found.suggestion < 1


def test_it_begins_as_the_training_does(folder: Path, tmp_path: Path, tiny: dict[str, Any]) -> None:
    recipe = with_stages(tiny, FIRST, evaluation={**tiny["evaluation"], "every": 1})
    expected = loss_of_first_step(recipe, folder, tmp_path / "run")
    assert find_learning_rate(recipe, folder, tries=1).losses == [pytest.approx(expected, rel=1e-5)]


def test_a_later_stage_has_its_own_loss_and_patches(folder: Path, tmp_path: Path, tiny: dict[str, Any]) -> None:
    later = {**FIRST, "patch": 32, "batch": 3, "loss": {"pixel": "mse", "luma": 1.0}}
    recipe = with_stages(tiny, later, evaluation={**tiny["evaluation"], "every": 1})
    expected = loss_of_first_step(recipe, folder, tmp_path / "run")
    found = find_learning_rate(with_stages(tiny, FIRST, later), folder, stage=1, tries=1)
    assert found.losses == [pytest.approx(expected, rel=1e-5)]


def test_a_search_is_the_same_twice_and_leaves_no_trace(
    folder: Path, tmp_path: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    state = torch.random.get_rng_state()
    assert find_learning_rate(tiny_recipe, folder, tries=4) == find_learning_rate(tiny_recipe, folder, tries=4)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert sorted(tmp_path.rglob("*")) == before


def test_it_is_a_job_that_says_which_stage_it_searches(folder: Path, tiny_recipe: Recipe) -> None:
    steps: list[Progress] = []
    find_learning_rate(tiny_recipe, folder, tries=3, progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(n, 3) for n in range(4)]
    assert steps[0].payload == Begun(0, "pretrain-generator", ())


def test_a_search_goes_on_from_a_model(folder: Path, tmp_path: Path, tiny: dict[str, Any]) -> None:
    learned = train(with_stages(tiny, {**FIRST, "steps": 30}), folder, tmp_path / "run").model
    steps: list[Progress] = []
    fresh = find_learning_rate(with_stages(tiny, FIRST), folder, tries=1)
    found = find_learning_rate(with_stages(tiny, FIRST), folder, tries=1, start=str(learned), progress=steps.append)
    assert found.losses[0] < fresh.losses[0]
    assert "tiny-x2" in steps[0].payload.origins[0]


def test_in_a_play_both_nets_take_turns_and_the_generators_loss_counts(folder: Path, tiny: dict[str, Any]) -> None:
    never = {"kind": "adaptive", "threshold": 1e-9}  # its critic would learn for ever
    found = find_learning_rate(playing(tiny, switch=never), folder, tries=3)
    content = find_learning_rate(playing(tiny, switch=never, weight=0.0), folder, tries=1)
    assert len(found.losses) == 3
    assert found.losses[0] > content.losses[0] > 0


@pytest.mark.parametrize(
    ("play", "stage"),
    [({"objective": "hinge"}, 0), ({"objective": "wasserstein"}, None), ({"content": 0.0}, 0)],
    ids=["hinge", "wasserstein", "by the critic's opinion alone"],
)
def test_losses_that_tell_nothing_are_refused(
    folder: Path, tiny: dict[str, Any], play: dict[str, Any], stage: int | None
) -> None:
    with pytest.raises(InvalidParameterError, match="it has none"):
        find_learning_rate(playing(tiny, **play), folder, stage=stage)


def test_stages_that_do_not_train_the_generator_are_refused(folder: Path, tiny: dict[str, Any]) -> None:
    stages = [{"kind": "save-predictions", "size": 32}, FIRST]
    recipe = with_stages(tiny, *stages)
    assert find_learning_rate(recipe, folder, tries=1).losses
    with pytest.raises(InvalidParameterError, match=r"1 \(pretrain-generator\), got stage 0"):
        find_learning_rate(recipe, folder, stage=0)


def test_overrides_are_for_recipe_files(folder: Path, tiny_recipe: Recipe) -> None:
    with pytest.raises(InvalidParameterError, match="name or path"):
        find_learning_rate(tiny_recipe, folder, overrides=["seed=4"])


@pytest.mark.parametrize("rates", [{"lowest": 1.0, "highest": 0.1}, {"tries": 0}, {"lowest": 0.0}])
def test_rates_must_grow(folder: Path, tiny_recipe: Recipe, rates: dict[str, float]) -> None:
    with pytest.raises(InvalidParameterError, match=r"start < end|at least"):
        find_learning_rate(tiny_recipe, folder, **rates)


def test_a_loss_that_blows_up_ends_the_search(
    folder: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = GeneratorLoss.__call__
    calls: list[int] = []

    def nonsense(self: GeneratorLoss, *args: Any) -> Any:
        loss, parts = real(self, *args)
        calls.append(1)
        return (loss * float("nan") if len(calls) == 4 else loss), parts

    monkeypatch.setattr(GeneratorLoss, "__call__", nonsense)
    assert len(find_learning_rate(tiny_recipe, folder, tries=9).rates) == 3


def test_too_little_memory_is_said(folder: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("of 8 GiB")

    monkeypatch.setattr(GeneratorStage, "learn", full)
    with pytest.raises(TrainingError, match=r"data\.accumulate"):
        find_learning_rate(tiny_recipe, folder, tries=2)


def test_its_worker_processes_end_with_it(folder: Path, tiny: dict[str, Any]) -> None:
    job = find_learning_rate.job(with_stages(tiny, FIRST, data={**tiny["data"], "workers": 1}), folder)
    next(job)
    next(job)
    assert psutil.Process().children()
    job.close()
    assert not psutil.Process().children()
