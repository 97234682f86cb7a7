"""Training on given pairs, and training to fill holes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from napari_decrappify.errors import RecipeError, TrainingError
from napari_decrappify.nets import build
from napari_decrappify.training.data.pairs import centre_pair, find_crappifier
from napari_decrappify.training.data.pictures import FolderPictures
from napari_decrappify.training.evaluation.repair_evaluation import RepairEvaluation
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.train import train


@pytest.fixture
def crappy(photos: Path, tmp_path: Path) -> Path:
    """The photos with a black bar across each, as JPEG under the same names."""
    for path in photos.rglob("*.png"):
        with Image.open(path) as photo:
            spoilt = photo.copy()
        spoilt.paste((0, 0, 0), (0, 60, photo.width, 68))
        target = tmp_path / "crappy" / path.relative_to(photos).with_suffix(".jpg")
        target.parent.mkdir(parents=True, exist_ok=True)
        spoilt.save(target, quality=95)
    return tmp_path / "crappy"


def test_given_pairs_are_what_is_learned_and_judged(
    restorer: dict[str, Any], photos: Path, crappy: Path, tmp_path: Path
) -> None:
    first = {"kind": "pretrain-generator", "steps": 4, "lr": 1e-3}
    changes = {"stages": [first, *restorer["stages"][1:]], "data": {**restorer["data"], "preset": "em-x4"}}
    recipe = Recipe.model_validate({**restorer, **changes})
    result = train(recipe, photos, tmp_path / "run", crappy=crappy)
    with Image.open(tmp_path / "run" / "previews" / "step-000012.png") as preview:
        shown = np.asarray(preview)
    assert (shown[13:18, :32] < 30).all(), "the bar through the middle of the input"
    assert shown[13:18, -32:].max() > 30, "and not of the target"
    assert result.metrics["psnr_input"] < 20


def test_given_pairs_of_arrays_train_an_upscaler(tiny_recipe: Recipe, tmp_path: Path) -> None:
    large = np.random.default_rng(0).integers(0, 4000, (3, 40, 48)).astype(np.uint16)
    small = large.reshape(3, 20, 2, 24, 2).mean((2, 4)).astype(np.uint16)
    assert train(tiny_recipe, [large], tmp_path / "run", crappy=[small]).metrics["psnr"] > 5


def test_pairs_without_partner_or_of_another_scale_start_no_run(
    tiny_recipe: Recipe, restorer: dict[str, Any], photos: Path, crappy: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="enlarges 2 times"):
        train(tiny_recipe, photos, tmp_path / "one", crappy=crappy)
    next(crappy.rglob("*.jpg")).unlink()
    with pytest.raises(TrainingError, match="a partner of"):
        train(Recipe.model_validate(restorer), photos, tmp_path / "two", crappy=crappy)
    assert not (tmp_path / "two").exists()


@pytest.fixture
def infiller(tiny: dict[str, Any]) -> Recipe:
    """A recipe of the gated infiller."""
    changes = {
        "name": "tiny-infill",
        "task": "infill",
        "generator": {"architecture": "gated-infill", "options": {"widths": [8, 16], "middle": 1}},
        "data": {"preset": "infill-freeform", "patch": 32, "batch": 2, "held_out": 0.34, "workers": 0},
        "loss": {"damage": 4.0},
    }
    return Recipe.model_validate({**tiny, **changes})


def test_an_infiller_is_judged_inside_the_hole(
    infiller: Recipe, photos: Path, tmp_path: Path, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    changed = infiller.model_copy(
        update={"evaluation": infiller.evaluation.model_copy(update={"criterion": "psnr_damage", "size": 64})}
    )
    result = train(changed, photos, tmp_path / "run")
    rows = metrics_of(tmp_path / "run")
    assert all(float(row["psnr_damage"]) > 0 and float(row["damage"]) > 0 for row in rows)
    assert result.metrics["iou"] == 1
    assert (tmp_path / "run" / "checkpoints" / "best.safetensors").exists()


@pytest.mark.parametrize("architecture", ["gated-infill", "adversarial-infill"])
def test_pixels_outside_the_hole_are_untouched(infiller: Recipe, photos: Path, architecture: str) -> None:
    preset = "infill-centre" if architecture == "adversarial-infill" else "infill-freeform"
    options = infiller.generator.options if architecture == "gated-infill" else {}
    recipe = infiller.model_copy(update={"data": infiller.data.model_copy(update={"preset": preset})})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = build(architecture, options).eval()
        for weights in net.parameters():
            torch.nn.init.normal_(weights, std=0.1)
    pictures, crappifier = FolderPictures(photos), find_crappifier(preset)
    with torch.inference_mode():
        judged = RepairEvaluation(recipe, pictures, crappifier).evaluate(net, lambda chosen, inputs: chosen(inputs))
    for one, index in zip(judged, (0, len(pictures) - 1), strict=True):
        rng = np.random.default_rng((recipe.seed, index))
        hole = centre_pair(pictures, index, recipe.evaluation.size, crappifier, rng)[2]
        assert hole.any()
        assert (one.output != one.target)[hole].mean() > 0.5, "the hole is filled with something else"
        assert np.array_equal(one.output[~hole], one.input[~hole])
