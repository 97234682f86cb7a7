"""Saved predictions are what the generator makes, of the training pictures alone, and what the critic learns from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from napari_decrappify.training.data.pairs import (
    Batch,
    Pairs,
    centre_pair,
    find_crappifier,
)
from napari_decrappify.training.data.pictures import FolderPictures, split
from napari_decrappify.training.data.resized_pictures import resized
from napari_decrappify.training.evaluation.repair_evaluation import to_bytes, to_tensor
from napari_decrappify.training.recipes.data import DataConfig
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.recipes.stages import SavePredictions
from napari_decrappify.training.running.context import build_context
from napari_decrappify.training.running.distributed import ProcessGroup
from napari_decrappify.training.stages.predictions import CriticPairs, Predictor
from napari_decrappify.training.stages.pretrain_critic import CriticStage
from napari_decrappify.training.train import train


def names_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def test_a_prediction_is_the_generators_8_bit_output_under_the_pictures_name(
    restorer: dict[str, Any], photos: Path, tmp_path: Path, precision: torch.dtype
) -> None:
    recipe = Recipe.model_validate(restorer)
    context = build_context(recipe, ProcessGroup(torch.device("cpu")), precision)
    pictures, crappifier = FolderPictures(photos), find_crappifier(recipe.data.preset)
    pairs = Pairs(pictures, crappifier, recipe.data, recipe.seed)
    notes = list(Predictor(context, pairs, SavePredictions(size=48)).save_all(tmp_path))
    assert [note for note, _ in notes] == [f"prediction {n} of 6" for n in range(1, 7)]
    assert names_below(tmp_path) == [f"{name}.png" for name in sorted(pictures.names)]
    for index, name in enumerate(pictures.names):
        crappy, *_ = centre_pair(pictures, index, 48, crappifier, np.random.default_rng((recipe.seed, index)))
        with torch.inference_mode():
            expected = to_bytes(context.generate(context.average.net, to_tensor(crappy[None])).image)
        with Image.open(tmp_path / f"{name}.png") as saved:
            assert np.array_equal(np.asarray(saved), expected)


def test_predictions_are_of_training_pictures_only(restorer: dict[str, Any], photos: Path, tmp_path: Path) -> None:
    recipe = Recipe.model_validate(restorer)
    train(recipe, photos, tmp_path / "run")
    training, held = split(FolderPictures(photos), recipe.data.held_out, recipe.seed)
    saved = names_below(tmp_path / "run" / "predictions" / "stage-2")
    assert saved == sorted(f"{name}.png" for name in training.names)
    assert not {f"{name}.png" for name in held.names} & set(saved)


def test_a_share_of_the_pictures_is_drawn_from_the_seed(restorer: dict[str, Any], photos: Path, tmp_path: Path) -> None:
    chosen = []
    for number, seed in enumerate((0, 0, 1, 2)):
        recipe = Recipe.model_validate({**restorer, "seed": seed})
        context = build_context(recipe, ProcessGroup(torch.device("cpu")), torch.float32)
        pairs = Pairs(FolderPictures(photos), find_crappifier(recipe.data.preset), recipe.data, seed)
        list(Predictor(context, pairs, SavePredictions(size=16, share=0.5)).save_all(tmp_path / str(number)))
        chosen.append(names_below(tmp_path / str(number)))
    assert [len(names) for names in chosen] == [3] * 4
    assert chosen[0] == chosen[1]
    assert len({tuple(names) for names in chosen}) > 1


@pytest.fixture
def two_colours(tmp_path: Path) -> CriticPairs:
    """Clean pictures that are all white, saved predictions that are all black and of another size."""
    for name, value, size in (("clean", 255, 40), ("generated", 0, 64)):
        (tmp_path / name).mkdir()
        Image.new("RGB", (size, size), (value,) * 3).save(tmp_path / name / "0.png")
    clean, generated = (FolderPictures(tmp_path / name) for name in ("clean", "generated"))
    return CriticPairs(clean, generated, DataConfig(patch=16, batch=4), 0)


def test_inputs_of_the_critics_batches_are_predictions_and_targets_are_clean(two_colours: CriticPairs) -> None:
    batch = two_colours.batch(3)
    assert batch.inputs.shape == batch.targets.shape == (4, 16, 16, 3)
    assert (batch.inputs == 0).all()
    assert (batch.targets == 255).all()


def test_the_critics_batches_are_pure_and_shared_out(restorer: dict[str, Any], photos: Path) -> None:
    pictures = FolderPictures(photos)
    pairs = CriticPairs(pictures, pictures, DataConfig(patch=16, batch=4), 1)
    whole, parts = pairs.batch(7), [pairs.batch(7, rank, 2) for rank in range(2)]
    for side in range(2):
        assert np.array_equal(whole[side], np.concatenate([part[side] for part in parts]))
    assert not np.array_equal(whole.inputs, pairs.batch(8).inputs)


def test_the_critic_learns_from_the_latest_predictions_at_the_stages_size(
    restorer: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Batch] = []
    real = CriticStage.learn

    def learn(self: CriticStage, batch: Batch, step: int, parts: int) -> dict[str, float]:
        seen.append(batch)
        return real(self, batch, step, parts)

    monkeypatch.setattr(CriticStage, "learn", learn)
    save = {"kind": "save-predictions", "size": 64}
    critic = {"kind": "pretrain-critic", "steps": 1, "lr": 1e-4, "resize": 48}
    learn_more = {"kind": "pretrain-generator", "steps": 2, "lr": 0.02}
    data = {**restorer["data"], "resize": 64}
    stages = [save, critic, learn_more, save, critic]
    recipe = Recipe.model_validate({**restorer, "stages": stages, "data": data})
    run = tmp_path / "run"
    train(recipe, photos, run)
    training, _ = split(FolderPictures(photos), recipe.data.held_out, recipe.seed)
    config = recipe.data.model_copy(update={"resize": 48})
    for batch, step, stage in zip(seen, (0, 3), (1, 4), strict=True):
        generated = resized(FolderPictures(run / "predictions" / f"stage-{stage}"), 48)
        expected = CriticPairs(resized(training, 48), generated, config, recipe.seed).batch(step)
        assert np.array_equal(batch.inputs, expected.inputs)
        assert np.array_equal(batch.targets, expected.targets)
