"""Every recipe's tiny variant goes through all its stages on real photos."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from napari_decrappify.models import load_model, verify
from napari_decrappify.training.recipes.files import load_recipe, recipe_names
from napari_decrappify.training.recipes.stages import Adversarial, PretrainCritic, SavePredictions
from napari_decrappify.training.train import train

TINY = [name for name in recipe_names() if name.endswith("-tiny")]
COLUMNS = {
    "adversarial-infill-tiny": {"psnr_damage", "generator_loss", "critic_loss", "opinion"},
    "lesson7-feature-tiny": {"loss", "pixel", "feat_0", "feat_2", "gram_0", "gram_2", "gram_distance"},
    "lesson7-gan-tiny": {"loss", "generator_loss", "opinion", "content", "held_out_real", "feature_distance"},
    "lesson7-pixel-tiny": {"loss", "pixel", "psnr", "ssim"},
    "nogan-tiny": {"feat_0", "feat_1", "feat_2", "generator_loss", "critic_real", "held_out_generated"},
    "pets-restoration-tiny": {"generator_loss", "critic_real", "critic_generated"},
    "watermark-gan-tiny": {"generator_loss", "critic_loss", "critic_generated", "content"},
    "wgan-tiny": {"generator_loss", "critic_loss", "opinion"},
}
BUNDLED = {
    *("upscale-x2", "upscale-x3", "upscale-x4", "upscale-x4-sharp", "em-x4", "fluorescence-x4"),
    *(
        "watermark-finder",
        "watermark",
        "infill",
        "infill-gan",
        "restore",
        "restore-gan",
        "denoise",
        "colorize",
        "old-photo",
    ),
}


def test_every_recipe_of_a_published_system_has_a_tiny_variant() -> None:
    assert set(TINY) == set(COLUMNS)
    assert {name.removesuffix("-tiny") for name in TINY} == set(recipe_names()) - {*TINY, *BUNDLED}


@pytest.mark.parametrize("name", TINY)
def test_a_tiny_recipe_runs_to_its_end(
    name: str, photos: Path, tmp_path: Path, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    recipe, run = load_recipe(name), tmp_path / "run"
    result = train(name, photos, run, overrides=["evaluation.pictures=2"])
    rows = metrics_of(run)
    filled = {column for row in rows for column, value in row.items() if value}
    assert COLUMNS[name] <= filled
    assert all(math.isfinite(float(value)) for row in rows for value in row.values() if value)
    assert verify(result.model).task == load_model(result.model).card.task == recipe.task
    assert (run / "previews" / f"step-{int(rows[-1]['step']):06d}.png").exists()
    stages = recipe.sequence
    kinds = {type(stage) for stage in stages}
    assert (run / "predictions").exists() == (SavePredictions in kinds)
    assert ("critic_real" in filled) == (PretrainCritic in kinds or name == "adversarial-infill-tiny")
    keeps = any(isinstance(stage, Adversarial) and stage.keep_every for stage in stages)
    assert (run / "filmstrip.png").exists() == any((run / "kept").glob("step-*.safetensors")) == keeps


def test_kept_models_are_loadable_and_stand_on_the_filmstrip(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train("wgan-tiny", photos, run, overrides=["stages.0.steps=6", "stages.0.keep_every=2"])
    kept = sorted((run / "kept").iterdir())
    assert [path.stem for path in kept] == ["step-000002", "step-000004", "step-000006"]
    assert [verify(path).steps for path in kept] == [2, 4, 6]
    with Image.open(run / "filmstrip.png") as strip, Image.open(run / "previews" / "step-000002.png") as preview:
        assert strip.width == 3 * preview.width + 2 * 4
        assert strip.height > preview.height
