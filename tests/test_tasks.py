"""A task is declared once: what there is to know of it follows, everywhere, from its entry in `TASKS`."""

from __future__ import annotations

import ast
import json
import sys
from inspect import Parameter, signature
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from napari.layers import Image
from npe2 import PluginManifest
from pydantic import ValidationError

from napari_decrappify import on_layers
from napari_decrappify.apply.tasks.execution import transformed
from napari_decrappify.apply.tasks.keywords import ChosenModel, Device, InPrecision, Rgb, Strength
from napari_decrappify.apply.tasks.request import request
from napari_decrappify.degrade import PRESETS
from napari_decrappify.errors import InvalidParameterError, RecipeError
from napari_decrappify.files import read_image, write_image
from napari_decrappify.finetuning.recipe_list import RECIPES, plain_recipe, recipe_names
from napari_decrappify.jobs import Call
from napari_decrappify.models import (
    ModelCard,
    default_model,
    list_models,
    load_model,
    save_model,
    user_model_path,
)
from napari_decrappify.parameters import parameters_of
from napari_decrappify.provenance import record, replay
from napari_decrappify.tasks import (
    TASKS,
    TaskSpec,
    call_named,
    callable_tasks,
    finetuned_tasks,
    task_named,
    task_of,
)
from napari_decrappify.training.recipes.files import recipe_of

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "napari_decrappify"
PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
DEBLUR = TaskSpec(
    "deblur",
    "toy_tasks:deblur",
    title="Deblur",
    summary="take blur away",
    suffix="-deblurred",
    result="deblurred",
    preset="lesson7",
    begins="restore",
)

each_task = pytest.mark.parametrize("spec", callable_tasks(), ids=lambda spec: spec.name)


@Call
def deblur(
    image: Any,
    *,
    model: ChosenModel = None,
    strength: Strength = 1.0,
    rgb: Rgb = None,
    device: Device = "auto",
    precision: InPrecision = "auto",
    progress: Any = None,
):
    """Take blur away: all that a new task has to say."""
    opened = request(
        "deblur", image, model=model, rgb=rgb, channel_axis=None, normalize="auto", nonfinite="raise",
        device=device, precision=precision, tile=None, strength=strength,
    )  # fmt: skip
    return (yield from transformed(opened))


@pytest.fixture
def toy(monkeypatch, tiny_restorer):
    """A task that is declared for one test, with a call and a model."""
    module = ModuleType("toy_tasks")
    module.deblur = deblur
    monkeypatch.setitem(sys.modules, "toy_tasks", module)
    monkeypatch.setitem(TASKS, "deblur", DEBLUR)
    like = load_model(tiny_restorer)
    save_model(user_model_path("deblur"), like.net, like.card.model_copy(update={"name": "deblur", "task": "deblur"}))
    return DEBLUR


def recipe_for(task):
    net = {"architecture": "repair-unet"}
    tables = {"name": "mine", "task": task, "generator": net, "data": {"preset": "clean", "patch": 32, "batch": 1}}
    return recipe_of({**tables, "stages": [{"kind": "pretrain-generator", "steps": 1, "lr": 1e-3}]}, (), "mine")


def test_an_unknown_task_is_a_typed_error_wherever_it_is_named():
    for ask in (task_named, list_models, default_model, plain_recipe_of):
        with pytest.raises(InvalidParameterError, match="deblur"):
            ask("deblur")
    with pytest.raises(InvalidParameterError, match="deblur"):
        task_of("deblur")
    with pytest.raises(ValidationError, match="a task, one of upscale, restore"):
        ModelCard(name="x", task="deblur", architecture="repair-unet")
    with pytest.raises(RecipeError, match="a task, one of upscale, restore"):
        recipe_for("deblur")


def plain_recipe_of(task):
    return plain_recipe(task, "quick")


def test_what_can_not_be_a_name_is_refused_in_words():
    with pytest.raises(InvalidParameterError, match="a task, one of"):
        task_named(["restore"])


def test_a_declared_task_is_known_to_cards_recipes_and_fine_tuning(toy):
    assert [card.name for card in list_models("deblur")] == ["deblur"]
    assert default_model("deblur").task == "deblur"
    assert recipe_for("deblur").task == "deblur"
    assert "deblur" in finetuned_tasks()
    assert "quick" in recipe_names("deblur")
    assert "infill" not in recipe_names("deblur")
    tuned = plain_recipe("deblur", "quick")
    assert (tuned.task, tuned.data.preset) == ("deblur", "lesson7")


def test_a_declared_task_is_a_command(toy, run, tmp_path):
    code, listing, _ = run("--help")
    assert code == 0
    assert "deblur            take blur away" in listing
    assert "--strength" in run("deblur", "--help")[1]
    source = tmp_path / "photo.png"
    write_image(source, PHOTO)
    assert run("deblur", source, "--strength", 0.5, "--record")[0] == 0
    made = read_image(tmp_path / "photo-deblurred.png").array
    np.testing.assert_array_equal(made, deblur(PHOTO, strength=0.5))
    kept = json.loads((tmp_path / "photo-deblurred.record.json").read_text())
    assert (kept["operation"], kept["model"]["name"]) == ("deblur", "deblur")


def test_a_declared_task_has_records_that_are_replayed(toy):
    done = record("deblur", {"strength": 0.5}, model=load_model("deblur"))
    np.testing.assert_array_equal(replay(done, PHOTO), deblur(PHOTO, strength=0.5))


def test_a_declared_task_runs_on_layers(toy):
    layer = Image(PHOTO, rgb=True, name="photo")
    made = on_layers.deblur_layer(layer, strength=0.5)
    assert made.name == "photo deblurred"
    np.testing.assert_array_equal(made.data, deblur(PHOTO, strength=0.5))
    np.testing.assert_array_equal(on_layers.replay_layer(made.metadata["decrappify"], layer).data, made.data)
    assert "from toy_tasks import deblur\n" in on_layers.python_script(made.metadata["decrappify"])


def test_a_task_that_was_taken_away_is_unknown_again(toy, monkeypatch, run):
    monkeypatch.delitem(TASKS, "deblur")
    assert "deblur" not in run("--help")[1]
    assert not hasattr(on_layers, "deblur_layer")
    with pytest.raises(InvalidParameterError, match="an operation among crappify"):
        record("deblur", {})


@each_task
def test_the_call_is_where_the_declaration_says_and_takes_what_it_says(spec):
    call = call_named(spec.operation)
    taken = signature(call).parameters
    assert call.__name__ == spec.operation
    assert ("mask" in taken) == spec.replaces
    assert (spec.replaces and taken["mask"].default is Parameter.empty) == spec.fills
    assert ("factor" in parameters_of(call)) == spec.scales


@each_task
def test_layers_have_a_call_of_that_name(spec):
    named = getattr(on_layers, f"{spec.operation}_layer")
    assert named is on_layers.call_on_layers(spec.operation)
    assert named.task is call_named(spec.operation)


@each_task
def test_what_damages_its_pictures_and_what_its_trainings_begin_with_are_there(spec):
    assert spec.damage() in PRESETS
    assert (RECIPES / f"_{spec.begins}.toml").is_file()


@each_task
def test_the_menu_and_the_docks_are_called_as_the_task_is(spec):
    manifest = PluginManifest.from_file(ROOT / "napari.yaml").contributions
    command = f"napari-decrappify.{spec.operation}"
    assert [one.title for one in manifest.commands if one.id == command] == [spec.title]
    assert [one.display_name for one in manifest.widgets if one.command == command] == [spec.title]
    assert command in [item.command for item in manifest.menus["napari-decrappify/filter"]]


@each_task
def test_the_pages_name_it(spec):
    assert spec.operation in (ROOT / "README.md").read_text()
    assert spec.title in (ROOT / "docs" / "docks.md").read_text()


def test_results_of_two_tasks_never_have_the_same_name():
    for part in ("call", "title", "suffix", "result", "command"):
        said = [getattr(spec, part) for spec in callable_tasks()]
        assert len(set(said)) == len(said)


def test_no_code_asks_which_task_it_is():
    """What differs between tasks is a property of `TaskSpec`: whoever adds one has no branches to find."""
    names = {*TASKS, *(spec.operation for spec in callable_tasks())}
    for module in sorted(PACKAGE.rglob("*.py")):
        text = module.read_text()
        if not any(f'"{name}"' in text for name in names):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Compare | ast.match_case):
                words = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
                assert not words & names, f"{module.relative_to(PACKAGE)}, line {node.lineno}"
