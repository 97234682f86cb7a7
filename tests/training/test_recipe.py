"""Recipes: read by name or path, changed by dotted keys, and refused by the name of the wrong field."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_decrappify.degrade import PRESETS
from napari_decrappify.errors import RecipeError
from napari_decrappify.nets import build
from napari_decrappify.training.recipe_files import load_recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names())
def test_bundled_recipe_names_a_preset_and_builds_its_net(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.data.preset in PRESETS
    net = build(recipe.generator.architecture, recipe.generator.options)
    assert (net.scale > 1) == (recipe.task == "upscale")


def test_both_bundled_models_have_a_recipe() -> None:
    assert {"upscale-x2", "watermark"} <= set(recipe_names())


def test_recipe_is_read_from_a_path(tmp_path: Path) -> None:
    from napari_decrappify.training.recipe_files import BUNDLED

    path = tmp_path / "mine.toml"
    path.write_text(BUNDLED.joinpath("upscale-x2.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_recipe(path) == load_recipe("upscale-x2")


def test_overrides_reach_nested_fields_and_lists() -> None:
    recipe = load_recipe("upscale-x2", ["stages.0.steps=7", "data.batch=3", "optimizer.betas=[0.0, 0.9]", "name=mine"])
    assert (recipe.stages[0].steps, recipe.data.batch, recipe.name) == (7, 3, "mine")
    assert recipe.optimizer.betas == (0.0, 0.9)


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("data.batch=0", "data.batch"),
        ("data.bacth=4", "data.bacth"),
        ("stages.9.steps=1", "stages.9"),
        ("data.batch.of=1", "data.batch.of"),
        ("batch", "key.key=value"),
        ("stages.0.schedule=linear", "schedule"),
    ],
)
def test_wrong_override_is_refused_by_name(override: str, named: str) -> None:
    with pytest.raises(RecipeError, match=named):
        load_recipe("upscale-x2", [override])


def test_unknown_recipe_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="upscale-x2"):
        load_recipe("upscale-x5")
    with pytest.raises(RecipeError, match="path of a TOML file"):
        load_recipe(tmp_path)


def test_broken_toml_is_a_recipe_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("name = ", encoding="utf-8")
    with pytest.raises(RecipeError, match="TOML"):
        load_recipe(path)
