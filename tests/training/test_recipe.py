"""Recipes: read by name or path, changed by dotted keys, and refused by the name of the wrong field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from napari_decrappify.degrade import PRESETS
from napari_decrappify.errors import RecipeError
from napari_decrappify.nets import build
from napari_decrappify.training.recipes.files import load_recipe, recipe_names


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
    from napari_decrappify.training.recipes.files import BUNDLED

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


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a recipe file of that name."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_recipe_extends_another_table_by_table(write: Callable[[str, str], Path]) -> None:
    path = write("mine.toml", 'extends = "lesson7-gan"\nname = "mine"\n[data]\nbatch = 3\n')
    mine, base = load_recipe(path), load_recipe("lesson7-gan")
    assert mine == base.model_copy(update={"name": "mine", "data": base.data.model_copy(update={"batch": 3})})


def test_what_it_extends_is_found_beside_it(write: Callable[[str, str], Path]) -> None:
    write("sub/base.toml", 'extends = "upscale-x2"\nname = "base"\n')
    path = write("sub/mine.toml", 'extends = "base.toml"\nseed = 5\n')
    assert (load_recipe(path).name, load_recipe(path).seed) == ("base", 5)


def test_fewer_stages_replace_those_of_the_base(write: Callable[[str, str], Path]) -> None:
    stage = '[[stages]]\nkind = "pretrain-generator"\nsteps = 3\nlr = 1e-3\n'
    path = write("mine.toml", f'extends = "lesson7-gan"\n{stage}')
    assert [stage.model_dump()["steps"] for stage in load_recipe(path).stages] == [3]


@pytest.mark.parametrize("base", ["mine.toml", "other.toml", "../sub/mine.toml"])
def test_recipes_that_extend_one_another_are_refused(write: Callable[[str, str], Path], base: str) -> None:
    write("sub/other.toml", 'extends = "mine.toml"\n')
    path = write("sub/mine.toml", f'extends = "{base}"\n')
    with pytest.raises(RecipeError, match="chain of extends that ends"):
        load_recipe(path)


@pytest.mark.parametrize("base", ['"nothing.toml"', "7"])
def test_a_base_that_is_none_is_named(write: Callable[[str, str], Path], base: str) -> None:
    with pytest.raises(RecipeError, match=base.strip('"')):
        load_recipe(write("mine.toml", f"extends = {base}\n"))


def test_a_feature_loss_that_is_no_table_is_refused_by_name() -> None:
    with pytest.raises(RecipeError, match="feature"):
        load_recipe("lesson7-pixel", ["loss.feature=true"])


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("stages=[{kind='pretrain-critic', steps=1, lr=1e-3}]", "needs a critic"),
        ("stages=[{kind='pretrain-generator', lr=1e-3}]", "either steps or epochs"),
        ("stages.0.lr=[1e-5, 1e-3]", "early"),
        ("evaluation.criterion=feature_distance", "extractor"),
        ("evaluation.gallery=0", "gallery"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(override: str, reason: str) -> None:
    with pytest.raises(RecipeError, match=reason):
        load_recipe("lesson7-pixel", [override])


def test_a_critic_is_not_pretrained_without_predictions() -> None:
    with pytest.raises(RecipeError, match="save-predictions stage before"):
        load_recipe("lesson7-gan", ["stages=[{kind='pretrain-critic', steps=1, lr=1e-3}]"])


def test_steps_take_the_place_of_epochs() -> None:
    stage = load_recipe("lesson7-pixel", ["stages.0.steps=7"]).stages[0].model_dump()
    assert (stage["steps"], stage["epochs"]) == (7, None)


def test_a_table_of_another_kind_replaces_the_old_one(write: Callable[[str, str], Path]) -> None:
    switch = '[[stages]]\nplay = { switch = { kind = "fixed", critic = 2 } }\n'
    path = write("mine.toml", 'extends = "lesson7-gan"\n' + 4 * "[[stages]]\n" + switch)
    stage = load_recipe(path).stages[-1].model_dump()
    assert stage["play"]["switch"] == {"kind": "fixed", "critic": 2, "generator": 1}
    assert stage["epochs"] == 40
