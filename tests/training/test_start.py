"""A training may go on with a model: its net, its options, its weights, its rule for damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from napari_decrappify import upscale
from napari_decrappify.errors import ModelNotFoundError, RecipeError
from napari_decrappify.models import load_model
from napari_decrappify.quality import luma, psnr
from napari_decrappify.training.data.pairs import centre_pair, find_crappifier
from napari_decrappify.training.data.pictures import FolderPictures, split
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.setup import chosen_recipe
from napari_decrappify.training.train import train

STILL = [{"kind": "pretrain-generator", "steps": 1, "lr": 1e-12}]


@pytest.fixture
def upscaler(tiny: dict[str, Any]) -> Recipe:
    """A recipe of another net than the bundled model's, that learns nothing."""
    evaluation = {"every": 1, "pictures": 2, "size": 64, "gallery": 1}
    return Recipe.model_validate({**tiny, "optimizer": {"ema": 0.0}, "stages": STILL, "evaluation": evaluation})


def test_it_begins_with_the_models_own_quality(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    result = train(upscaler, photos, tmp_path / "run", start="upscale-x2", precision="fp32")
    _, held = split(FolderPictures(photos), upscaler.data.held_out, upscaler.seed)
    expected = []
    for index in range(2):
        rng = np.random.default_rng((upscaler.seed, index))
        small, large, *_ = centre_pair(held, index, 64, find_crappifier("bicubic-x2"), rng)
        enlarged = upscale(small, 2, model="upscale-x2", rgb=True, precision="fp32")
        expected.append(psnr(luma(np.asarray(enlarged)), luma(large), border=2))
    assert result.metrics["psnr"] == pytest.approx(np.mean(expected), abs=0.02)
    assert result.metrics["psnr"] > result.metrics["psnr_input"] + 0.5


def test_net_and_options_are_the_models_and_its_weights_come_along(
    upscaler: Recipe, photos: Path, tmp_path: Path
) -> None:
    result = train(upscaler, photos, tmp_path / "run", start="upscale-x2")
    before, after = load_model("upscale-x2"), load_model(result.model)
    assert (after.card.architecture, after.card.options) == (before.card.architecture, before.card.options)
    assert after.card.options != upscaler.generator.options
    for name, weights in load_file(result.model).items():
        assert torch.allclose(weights.float(), before.net.state_dict()[name].float(), atol=1e-3)
    assert f"sha256 {before.sha256[:12]}" in (tmp_path / "run" / "notes.txt").read_text()


def test_a_recipe_may_name_the_model_itself(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    generator = upscaler.generator.model_copy(update={"start": "upscale-x2"})
    result = train(upscaler.model_copy(update={"generator": generator}), photos, tmp_path / "run")
    assert load_model(result.model).card.options == load_model("upscale-x2").card.options


def test_a_training_can_begin_with_what_another_one_left(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    first = train(upscaler, photos, tmp_path / "first")
    second = train(upscaler, photos, tmp_path / "second", start=str(first.model))
    assert second.metrics["psnr"] == pytest.approx(first.metrics["psnr"], abs=0.01)


def test_a_run_that_began_with_a_model_is_resumed(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    job = train.job(upscaler, photos, tmp_path / "run", start="upscale-x2")
    next(job)
    job.close()
    assert train(upscaler, photos, tmp_path / "run", start="upscale-x2", resume=True).model.exists()


def test_the_models_rule_for_damage_goes_on_unless_the_recipe_has_one(tiny_watermark: Recipe) -> None:
    card = load_model("watermark").card
    going_on = chosen_recipe(tiny_watermark, (), "watermark").card
    assert (going_on.mask_threshold, going_on.mask_seed) == (card.mask_threshold, card.mask_seed)
    own = tiny_watermark.model_copy(update={"card": type(tiny_watermark.card)(mask_threshold=0.7)})
    assert chosen_recipe(own, (), "watermark").card.mask_threshold == 0.7


def test_a_model_of_another_task_is_refused(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"a model for upscale to go on with.*watermark, for watermark"):
        train(upscaler, photos, tmp_path / "run", start="watermark")
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_not_there_is_named(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="upscale-x7"):
        train(upscaler, photos, tmp_path / "run", start="upscale-x7")


def test_a_net_that_enlarges_otherwise_than_the_pairs_is_refused(
    tiny: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    recipe = Recipe.model_validate({**tiny, "data": {**tiny["data"], "preset": "bicubic-x4"}})
    with pytest.raises(RecipeError, match=r"enlarges 2 times.*inputs of 6 and targets of 24"):
        train(recipe, photos, tmp_path / "run")


def test_a_trunk_gives_what_fits_and_leaves_the_rest_fresh(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    before = load_model("upscale-x2")
    generator = upscaler.generator.model_copy(
        update={"architecture": before.card.architecture, "options": {**before.card.options, "scale": 4}}
    ).model_copy(update={"trunk": "upscale-x2"})
    data = upscaler.data.model_copy(update={"preset": "bicubic-x4", "patch": 32})
    recipe = upscaler.model_copy(update={"generator": generator, "data": data})
    result = train(recipe, photos, tmp_path / "run", precision="fp32")
    trained, state = load_file(result.model), before.net.state_dict()
    for name, weights in trained.items():
        if name.startswith("tail."):
            assert weights.shape[0] == 4 * state[name].shape[0]
        else:
            assert torch.allclose(weights.float(), state[name].float(), atol=1e-3)
    assert f"of upscale-x2, sha256 {before.sha256[:12]}" in (tmp_path / "run" / "notes.txt").read_text()


def test_a_trunk_of_which_nothing_fits_is_refused(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    generator = upscaler.generator.model_copy(update={"trunk": "watermark"})
    with pytest.raises(RecipeError, match="weights that fit"):
        train(upscaler.model_copy(update={"generator": generator}), photos, tmp_path / "run")


def test_interpolating_goes_part_of_the_way_back_to_the_trunk(upscaler: Recipe, photos: Path, tmp_path: Path) -> None:
    card = load_model("upscale-x2").card
    generator = {"architecture": card.architecture, "options": card.options, "trunk": "upscale-x2"}
    wild = [{"kind": "pretrain-generator", "steps": 2, "lr": 1e-2}]
    made = []
    for name, stages in (("all", wild), ("part", [*wild, {"kind": "interpolate", "share": 0.25}])):
        recipe = Recipe.model_validate({**upscaler.model_dump(), "generator": generator, "stages": stages})
        result = train(recipe, photos, tmp_path / name, precision="fp32")
        made.append((load_file(result.model), result.metrics["psnr"]))
    before = load_model("upscale-x2").net.state_dict()
    (learned, _), (mixed, better) = made
    assert better > made[0][1]
    for name, weights in mixed.items():
        start = before[name].float()
        assert torch.allclose(weights.float() - start, 0.25 * (learned[name].float() - start), atol=2e-3)


def test_interpolating_needs_a_trunk(upscaler: Recipe) -> None:
    with pytest.raises(ValidationError, match="interpolate needs"):
        Recipe.model_validate({**upscaler.model_dump(), "stages": [*STILL, {"kind": "interpolate", "share": 0.5}]})
