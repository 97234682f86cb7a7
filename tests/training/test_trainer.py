"""A training writes its run folder, goes on where it stopped with the same numbers, and stops on nonsense."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from napari_decrappify.errors import FileReadError, InvalidParameterError, TrainingError
from napari_decrappify.jobs import Progress
from napari_decrappify.models import load_model_file, read_card, verify
from napari_decrappify.training.losses.generator_loss import GeneratorLoss
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import Evaluated
from napari_decrappify.training.train import train

Read: TypeAlias = Callable[[Path], list[dict[str, str]]]


def test_a_run_folder_holds_recipe_metrics_previews_checkpoints_and_model(
    folder: Path, tmp_path: Path, tiny_recipe: Recipe, metrics_of: Read
) -> None:
    steps: list[Progress] = []
    result = train(tiny_recipe, folder, tmp_path / "run", progress=steps.append)
    run = tmp_path / "run"
    assert Recipe.model_validate_json((run / "recipe.json").read_text()) == tiny_recipe
    assert [row["step"] for row in metrics_of(run)] == ["2", "4", "6"]
    assert {"loss", "pixel", "lr", "psnr", "psnr_input", "ssim"} <= set(metrics_of(run)[0])
    assert sorted(p.name for p in (run / "previews").iterdir()) == [f"step-00000{n}.png" for n in (2, 4, 6)]
    assert {p.name for p in (run / "checkpoints").iterdir()} == {"last.safetensors", "best.safetensors"}
    assert result.model == run / "tiny-x2.safetensors"
    assert [s.done for s in steps] == [0, 1, 2, 3, 4, 5, 6]
    assert isinstance(steps[-1].payload, Evaluated)


def test_the_preview_shows_input_output_and_target_side_by_side(
    folder: Path, tmp_path: Path, tiny_recipe: Recipe
) -> None:
    train(tiny_recipe, folder, tmp_path / "run")
    with Image.open(tmp_path / "run" / "previews" / "step-000006.png") as preview:
        assert preview.size == (3 * 32 + 2 * 4, 32 + 4)


def test_the_model_carries_its_recipe_and_figures(folder: Path, tmp_path: Path, tiny_watermark: Recipe) -> None:
    result = train(tiny_watermark, folder, tmp_path / "run")
    card = read_card(result.model)
    assert card.recipe == json.loads(tiny_watermark.model_dump_json())
    assert card.steps == 6
    assert card.task == "watermark"
    assert set(card.metrics) == set(result.metrics)
    assert load_model_file(result.model, torch.device("cpu")).card == card


@pytest.mark.parametrize("stop_after", [3, 4])
def test_a_run_stopped_and_resumed_gives_the_numbers_of_one_never_stopped(
    folder: Path, tmp_path: Path, tiny_recipe: Recipe, stop_after: int, metrics_of: Read
) -> None:
    whole = train(tiny_recipe, folder, tmp_path / "whole")
    job = train.job(tiny_recipe, folder, tmp_path / "parts")
    for _ in range(stop_after):
        next(job)
    job.close()
    parts = train(tiny_recipe, folder, tmp_path / "parts", resume=True)
    assert metrics_of(tmp_path / "whole") == metrics_of(tmp_path / "parts")
    one, other = load_file(whole.model), load_file(parts.model)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_training_improves_on_the_input(folder: Path, tmp_path: Path, tiny: dict[str, Any]) -> None:
    recipe = Recipe.model_validate(
        {**tiny, "stages": [{"kind": "pretrain-generator", "steps": 60, "lr": 3e-3}], "evaluation": {"every": 60}}
    )
    result = train(recipe, folder, tmp_path / "run")
    assert result.metrics["psnr"] > result.metrics["psnr_input"] + 0.1


def test_arrays_train_as_folders_do(tmp_path: Path, tiny_recipe: Recipe) -> None:
    stack = np.random.default_rng(0).integers(0, 4000, (3, 40, 40)).astype(np.uint16)
    assert train(tiny_recipe, [stack], tmp_path / "run").model.exists()


def test_training_leaves_the_global_random_state_alone(folder: Path, tmp_path: Path, tiny_recipe: Recipe) -> None:
    torch.manual_seed(11)
    expected = torch.rand(1)
    torch.manual_seed(11)
    train(tiny_recipe, folder, tmp_path / "run")
    assert torch.equal(torch.rand(1), expected)


def test_an_existing_run_is_not_written_over(folder: Path, tmp_path: Path, tiny_recipe: Recipe) -> None:
    train(tiny_recipe, folder, tmp_path / "run")
    with pytest.raises(TrainingError, match="resume"):
        train(tiny_recipe, folder, tmp_path / "run")


def test_a_run_of_another_recipe_is_not_resumed(folder: Path, tmp_path: Path, tiny: dict[str, Any]) -> None:
    train(Recipe.model_validate(tiny), folder, tmp_path / "run")
    with pytest.raises(TrainingError, match="another one"):
        train(Recipe.model_validate({**tiny, "seed": 4}), folder, tmp_path / "run", resume=True)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_weights(
    folder: Path, tmp_path: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = GeneratorLoss.__call__

    def nonsense(self: GeneratorLoss, *args: Any) -> Any:
        loss, parts = real(self, *args)
        calls.append(1)
        return (loss * float("nan") if len(calls) == 4 else loss), parts

    calls: list[int] = []
    monkeypatch.setattr(GeneratorLoss, "__call__", nonsense)
    good = tmp_path / "run" / "checkpoints" / "last-good.safetensors"
    with pytest.raises(TrainingError, match=rf"finite loss, got nan at step 4.*Lower the learning rate.*{good}"):
        train(Recipe.model_validate(tiny), folder, tmp_path / "run")
    last = load_file(tmp_path / "run" / "checkpoints" / "last.safetensors")
    assert all(torch.isfinite(value).all() for value in last.values())
    assert verify(good).steps == 3
    assert not (tmp_path / "run" / "tiny-x2.safetensors").exists()


def test_a_gradient_that_is_not_finite_stops_before_it_spoils_the_weights(
    folder: Path, tmp_path: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(gradient: torch.Tensor) -> torch.Tensor:
        return gradient * math.inf

    real = GeneratorLoss.__call__

    def spoilt(self: GeneratorLoss, *args: Any) -> Any:
        loss, parts = real(self, *args)
        loss.register_hook(spoil)
        return loss, parts

    monkeypatch.setattr(GeneratorLoss, "__call__", spoilt)
    with pytest.raises(TrainingError, match="finite gradient, got nan at step 1"):
        train(Recipe.model_validate(tiny), folder, tmp_path / "run")
    verify(tmp_path / "run" / "checkpoints" / "last-good.safetensors")


def test_a_damaged_checkpoint_is_named(folder: Path, tmp_path: Path, tiny_recipe: Recipe) -> None:
    train(tiny_recipe, folder, tmp_path / "run")
    last = tmp_path / "run" / "checkpoints" / "last.safetensors"
    last.write_bytes(last.read_bytes()[:500])
    with pytest.raises(TrainingError, match=r"last\.safetensors"):
        train(tiny_recipe, folder, tmp_path / "run", resume=True)


def test_a_run_that_came_to_nothing_is_begun_anew(folder: Path, tmp_path: Path, tiny: dict[str, Any]) -> None:
    wrong = {**tiny, "generator": {"architecture": "residual-upscaler", "options": {"blocs": 1}}}
    with pytest.raises(InvalidParameterError, match="blocs"):
        train(Recipe.model_validate(wrong), folder, tmp_path / "run")
    assert train(Recipe.model_validate(tiny), folder, tmp_path / "run").model.exists()
    assert Recipe.model_validate_json((tmp_path / "run" / "recipe.json").read_text()) == Recipe.model_validate(tiny)


def test_a_patch_that_the_net_cannot_take_is_named(folder: Path, tmp_path: Path, tiny_watermark: Recipe) -> None:
    recipe = tiny_watermark.model_copy(update={"data": tiny_watermark.data.model_copy(update={"patch": 30})})
    with pytest.raises(InvalidParameterError, match="multiples of 4"):
        train(recipe, folder, tmp_path / "run")


def test_a_wrong_data_folder_starts_no_run(folder: Path, tmp_path: Path, tiny_recipe: Recipe) -> None:
    with pytest.raises(FileReadError, match=r"pictures at .*nothing"):
        train(tiny_recipe, tmp_path / "nothing", tmp_path / "run")
    assert train(tiny_recipe, folder, tmp_path / "run").model.exists()


def test_a_stage_may_have_a_loss_of_its_own(
    folder: Path, tmp_path: Path, tiny: dict[str, Any], metrics_of: Read
) -> None:
    first = {"kind": "pretrain-generator", "steps": 2, "lr": 1e-3}
    stages = [first, {**first, "loss": {"pixel": "mse", "luma": 1.0}}]
    train(Recipe.model_validate({**tiny, "stages": stages}), folder, tmp_path / "run")
    first, second = metrics_of(tmp_path / "run")
    assert first["luma"] == ""
    assert float(second["pixel"]) < float(first["pixel"]) / 2, "squares of small errors are smaller"
    assert float(second["luma"]) > 0
