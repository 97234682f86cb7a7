"""To add a loss, an optimiser or a stage takes the part itself and one line; recipes know it by its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
from pydantic import Field, ValidationError

from napari_decrappify.nets import Repaired
from napari_decrappify.training.losses import PIXEL_LOSSES, WeightOf, generator_loss, loss_terms
from napari_decrappify.training.losses.generator_loss import GeneratorLoss
from napari_decrappify.training.losses.pixel_losses import PixelLoss
from napari_decrappify.training.optimization import OPTIMIZERS
from napari_decrappify.training.recipes.loss import AdversarialConfig, LossConfig
from napari_decrappify.training.recipes.recipe import OptimizerConfig, Recipe
from napari_decrappify.training.stages import STAGES
from napari_decrappify.training.stages.pretrain_generator import GeneratorStage
from napari_decrappify.training.train import train

CPU = torch.device("cpu")


def test_a_pixel_loss_is_one_part_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    huber = PixelLoss(lambda difference: torch.nn.functional.huber_loss(difference, 0 * difference, reduction="none"))
    with pytest.raises(ValidationError, match=r"among \['charbonnier', 'l1', 'mse', 'psnr'\], got 'huber'"):
        LossConfig(pixel="huber")
    monkeypatch.setitem(PIXEL_LOSSES, "huber", huber)
    target = torch.zeros(1, 3, 4, 4)
    loss, parts = GeneratorLoss(LossConfig(pixel="huber"), CPU)(Repaired(target + 0.5), target, target[:, :1])
    assert loss.item() == parts["pixel"].item() == pytest.approx(0.125)


def test_a_part_of_the_loss_is_one_function_and_its_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    class Extended(LossConfig):
        brightest: Annotated[float, WeightOf("loss_terms:brightest")] = Field(default=0.0, ge=0)

    monkeypatch.setattr(generator_loss, "LossConfig", Extended)
    monkeypatch.setattr(loss_terms, "brightest", lambda inputs: inputs.error.max(), raising=False)
    target = torch.zeros(1, 3, 4, 4)
    output = target.clone()
    output[0, 0, 0, 0] = 0.48
    loss, parts = GeneratorLoss(Extended(brightest=2), CPU)(Repaired(output), target, target[:, :1])
    assert parts["brightest"].item() == pytest.approx(0.48)
    assert loss.item() == pytest.approx(0.01 + 2 * 0.48)
    assert "brightest" not in GeneratorLoss(Extended(), CPU)(Repaired(output), target, target[:, :1])[1]


def test_every_weight_of_a_recipe_has_its_function() -> None:
    every = {"luma": 1.0, "level": 1.0, "damage": 1.0, "mask": 1.0, "colors": 1.0}
    assert list(generator_loss.weighted_terms(LossConfig(**every))) == list(every)


@pytest.mark.parametrize(
    ("config", "name"),
    [(AdversarialConfig, "objective"), (OptimizerConfig, "kind")],
)
def test_a_recipe_with_an_unknown_kind_is_told_those_there_are(config: type, name: str) -> None:
    with pytest.raises(ValidationError, match=r"Expected an? .* among \[.*\], got 'novel'"):
        config(**{name: "novel"})


def test_a_recipe_from_before_optimisers_had_kinds_is_still_the_run_s_own(tiny_recipe: Recipe) -> None:
    written = json.loads(tiny_recipe.model_dump_json())
    del written["optimizer"]["kind"]
    assert Recipe.model_validate(written) == tiny_recipe


def test_an_optimiser_and_a_stage_are_one_part_and_one_line(
    folder: Path, tmp_path: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def radam(config: OptimizerConfig, groups: Any, precision: torch.dtype, betas: Any) -> torch.optim.Optimizer:
        used.append(config.kind)
        settings = [{"params": group.parameters, "lr_factor": group.lr_factor} for group in groups]
        return torch.optim.RAdam(settings, betas=betas or config.betas)

    class Noted(GeneratorStage):
        def learn(self, *batch: Any) -> dict[str, float]:
            used.append("step")
            return super().learn(*batch)

    monkeypatch.setitem(OPTIMIZERS, "radam", radam)
    monkeypatch.setitem(STAGES, "pretrain-generator", Noted)
    stages = [{"kind": "pretrain-generator", "steps": 2, "lr": 1e-3}]
    recipe = Recipe.model_validate({**tiny, "stages": stages, "optimizer": {"kind": "radam"}})
    assert train(recipe, folder, tmp_path / "run").model.exists()
    assert used == ["radam", "step", "step"]
