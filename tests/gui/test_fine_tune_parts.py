"""The parts of the fine-tuning dock, without any training."""

from __future__ import annotations

import ast
import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from napari_decrappify.degrade import Crappifier, Reduce
from napari_decrappify.errors import StoppedError
from napari_decrappify.finetuning import Row, recipe_names
from napari_decrappify.finetuning.recipe_list import plain_recipe, recipe_tables
from napari_decrappify.jobs import Progress
from napari_decrappify.tasks import finetuned_tasks
from napari_decrappify.training.losses import PIXEL_LOSSES
from napari_decrappify.training.recipes.files import recipe_of
from napari_decrappify.training.running.events import Learned, Parted
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.fine_tune.config_fields import ConfigFields, parts_of
from napari_decrappify.widgets.fine_tune.dock import FineTuneDock
from napari_decrappify.widgets.fine_tune.layer_pairs import LayerPairs
from napari_decrappify.widgets.fine_tune.pictures_form import FOLDER, GIVEN, OWN
from napari_decrappify.widgets.models.two_models import TwoModels
from napari_decrappify.widgets.runs.curves import Style, draw_curves

pytestmark = pytest.mark.usefixtures("bare_viewer")


def noise(shape=(64, 80), seed=0):
    return np.random.default_rng(seed).integers(0, 255, shape).astype(np.uint8)


@pytest.fixture
def dock(viewer, open_dock, tiny_upscaler):
    """A dock in a viewer with three images, of which the first is checked."""
    for name in ("a", "b", "c"):
        viewer.add_image(noise(seed=ord(name)), name=name)
    dock = open_dock(FineTuneDock)
    for layer in viewer.layers:
        dock.pictures.layers.check(layer, on=layer.name == "a")
    return dock


def test_the_selected_layers_are_checked_and_deleted_ones_forgotten(viewer):
    first, second = viewer.add_image(noise(), name="first"), viewer.add_image(noise(), name="second")
    viewer.layers.selection = {first, second}
    choice = LayerPairs(viewer)
    assert {layer.name for layer in choice.clean} == {"first", "second"}
    viewer.layers.remove(first)
    choice.refresh()
    assert [layer.name for layer in choice.clean] == ["second"]


def test_without_images_it_says_what_to_do(open_dock, home):
    dock = open_dock(FineTuneDock)
    assert not dock.start.enabled
    assert dock.estimate_text.value.startswith("Open the images")


def test_it_says_what_it_would_learn_from(dock, qtbot):
    qtbot.waitUntil(lambda: "patch" in dock.estimate_text.value, timeout=20_000)
    assert dock.estimate_text.value.startswith("1 picture, ")
    assert "only one picture" in dock.estimate_text.value


def test_what_does_not_fit_is_said_before_the_start(dock, qtbot):
    dock.pictures.side.value = OWN
    dock.pictures.composition.value = "noisy"
    qtbot.waitUntil(lambda: "smaller than the clean ones" in dock.estimate_text.value, timeout=20_000)


def test_pairs_are_given_layer_by_layer(viewer, dock):
    a, b = viewer.layers["a"], viewer.layers["b"]
    dock.pictures.side.value = GIVEN
    assert "crappy side of each" in dock.pictures.obstacle()
    dock.pictures.layers.pair(a, b)
    assert dock.pictures.obstacle() == ""
    values = dock.pictures.values()
    np.testing.assert_array_equal(values["crappy"][0], b.data)
    assert values["names"] == ("a",)


def test_what_was_crappified_from_a_layer_is_its_crappy_side(viewer, dock):
    made = {"decrappify": {"operation": "crappify", "source": {"layer": "a"}}}
    viewer.add_image(noise(), name="a lesson7", metadata=made)
    dock.pictures.side.value = GIVEN
    assert [layer.name for layer in dock.pictures.layers.crappy] == ["a lesson7"]


def test_a_folder(dock, tmp_path):
    dock.pictures.source.value = FOLDER
    assert "folder" in dock.pictures.obstacle()
    dock.pictures.folder.value = tmp_path
    assert dock.values()["images"] == [tmp_path]


def test_pairs_are_shown(dock, qtbot):
    dock.pictures.examples.show_some()
    qtbot.waitUntil(lambda: "will not be repaired" in dock.pictures.examples.note.value, timeout=20_000)
    assert not dock.pictures.examples.picture.pixmap().isNull()
    dock.pictures.side.value = OWN
    assert dock.pictures.examples.note.value == ""


@pytest.mark.usefixtures("shared_viewer")
def test_the_crappify_dock_s_composition_can_be_taken(dock, open_dock):
    own = Crappifier((Reduce(4),))
    open_dock(CrappifyDock).preset.value = own
    dock.pictures.side.value = OWN
    dock.pictures.take.native.click()
    assert dock.values()["crappifier"] == own


@pytest.mark.parametrize("task", finetuned_tasks())
def test_every_recipe_shows_all_of_its_settings_and_changes_nothing_by_itself(task, qapp):
    fields = ConfigFields()
    for name in recipe_names(task):
        recipe = plain_recipe(task, name)
        fields.set_recipe(recipe)
        assert fields.overrides == ()
        for path in ("data.batch", "loss.pixel", "evaluation.every", "optimizer.ema"):
            assert fields.field(path).tooltip is not None
        assert len(list(parts_of(recipe))) >= 4


def test_a_setting_that_is_changed_becomes_an_override(qapp):
    fields = ConfigFields()
    fields.set_recipe(plain_recipe("upscale", "gan"))
    fields.field("stages.0.lr").value = "3e-4"
    fields.field("evaluation.every").value = 25
    assert list(fields.field("loss.pixel").choices) == list(PIXEL_LOSSES)
    fields.field("loss.pixel").value = "mse"
    fields.field("stages.3.play.betas").value = "[0.5, 0.9]"
    fields.field("stages.3.frozen").value = True
    overrides = fields.overrides
    recipe = recipe_of({"name": "x", **recipe_tables("upscale", "gan")}, overrides, "gan")
    assert len(overrides) == 5
    assert recipe.stages[0].lr == 3e-4
    assert recipe.evaluation.every == 25
    assert recipe.loss.pixel == "mse"
    assert recipe.stages[3].play.betas == (0.5, 0.9)
    assert recipe.stages[3].frozen


def test_a_setting_that_cannot_be_is_said(dock, qtbot):
    dock.form.settings.field("stages.0.lr").value = "fast"
    qtbot.waitUntil(lambda: "stages.0" in dock.estimate_text.value, timeout=20_000)


def test_stages_can_be_switched_off_but_not_all(dock):
    dock.form.recipe.value = "gan"
    assert [box.value for box in dock.form.stages] == [True] * 4
    dock.form.stages[1].value = False
    assert dock.values()["skip"] == (1,)
    for box in dock.form.stages:
        box.value = False
    assert not dock.start.enabled
    assert "at least one stage" in dock.estimate_text.value


def test_another_task_has_its_own_models_recipes_and_crappifier(dock, tiny_watermark):
    assert "tiny-x2" in dock.form.base.choices
    dock.task.value = "watermark"
    assert "tiny-x2" not in dock.form.base.choices
    assert tiny_watermark in dock.form.base.choices
    assert "watermark-gan" in dock.form.recipe.choices
    assert dock.pictures.composition.value == "watermark-training"
    dock.task.value = "colorize"
    assert "no model" in dock.form.obstacle()
    dock.form.base.value = "nothing"
    assert dock.form.obstacle() == ""


def test_the_script_is_python_that_says_what_was_chosen(dock):
    dock.form.name_field.value = "mine"
    dock.pictures.side.value = OWN
    dock.pictures.composition.value = Crappifier((Reduce(2),))
    script = dock.script()
    ast.parse(script)
    for part in ("read_image(SAVED[0]).array", "put their paths here", "name='mine'", "from_record", "child=True"):
        assert part in script
    assert "minutes" not in script


def test_curves_are_a_picture_of_the_size_that_was_asked_for():
    rows = [
        Row(n, 1.0 * n, 20 + n, 20 + n, 20, 18, 1e-3, 0.5, 0.6, {"loss": 1 / (n + 1), "pixel_loss": 0.5})
        for n in range(5)
    ]
    plain = draw_curves(rows, [Learned(9, 9.0, {"loss": 0.1, "lr": 1e-4})], Style(300, 240))
    assert plain.shape == (240, 300, 4)
    assert plain[..., 3].any()
    assert draw_curves([], [], Style(300, 240)).shape == (240, 300, 4)


@pytest.mark.usefixtures("shared_viewer")
def test_two_models_are_run_beside_each_other(viewer, open_dock, finish, tiny_pair):
    viewer.add_image(noise(), name="cells", scale=(2, 3), rotate=30)
    dock = TwoModels(viewer, "upscale", list)
    viewer.window.add_dock_widget(dock)
    dock.what.value = "whole stack"
    dock.choose_models(*tiny_pair)
    finish(dock)
    left, right = [layer for layer in viewer.layers if layer.name != "cells"]
    assert (left.name, right.name) == (f"cells by {tiny_pair[0]}", f"cells by {tiny_pair[1]}")
    assert not np.array_equal(left.data, right.data)
    source = viewer.layers["cells"]
    np.testing.assert_allclose(left.data_to_world((-0.5, -0.5)), source.data_to_world((-0.5, -0.5)))
    np.testing.assert_allclose(right.data_to_world((-0.5, -0.5)), source.data_to_world((-0.5, -0.5 + 80 * 1.05)))


@pytest.mark.usefixtures("shared_viewer")
def test_a_dock_that_is_closed_is_gone(viewer, open_dock, tiny_upscaler, qtbot):
    viewer.add_image(noise(), name="cells")

    def opened_and_closed():
        dock = open_dock(FineTuneDock)
        qtbot.waitUntil(lambda: "patch" in dock.estimate_text.value and not dock.runs.busy, timeout=20_000)
        viewer.window.remove_dock_widget(dock.native)
        return weakref.ref(dock)

    there = opened_and_closed()
    qtbot.wait(50)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert there() is None


def test_its_own_layers_are_not_learned_from(viewer, dock):
    dock.runs.filmstrip._add({side: noise((32, 16, 3)) for side in ("input", "output", "target")})
    assert len(dock.runs.filmstrip.layers) == 3
    dock.reset_choices()
    assert dock.pictures.layers.table.topLevelItemCount() == 3
    dock.runs.filmstrip.as_layers.value = True
    dock.runs.filmstrip.as_layers.value = False
    assert all(isinstance(layer, Image) and not layer.name.startswith("held out") for layer in viewer.layers)


def test_smaller_batches_for_lack_of_memory_are_said(dock, qtbot):
    def job():
        yield Progress(3, 10, "loss 0.1", Parted(3, 2))
        raise StoppedError("a training that ends with a result", "left, as it was told to be")

    training = dock._trainings.add(job())
    qtbot.waitUntil(lambda: training.over, timeout=20_000)
    assert "smaller batches from here, 2 patches at a time" in dock.note.value
    assert training.warnings == list(Parted(3, 2).warnings)


def test_a_critic_that_has_collapsed_is_seen_in_the_curves():
    rows = [Row(step, float(step), 30.0, 30.0, 29.0, 28.0) for step in (0, 50, 100)]
    plain = draw_curves(rows, [], Style())
    back = draw_curves([*rows[:2], replace(rows[2], rolled_back=50)], [], Style())
    assert np.any(plain != back)


def test_drawings_in_several_threads_leave_the_interpreter_as_it_was():
    rows = [Row(step, float(step), 30.0, 30.0, 29.0, 28.0) for step in (0, 50, 100)]
    interval = sys.getswitchinterval()
    with ThreadPoolExecutor(3) as pool:
        first, *others = [pool.submit(draw_curves, rows, [], Style()) for _ in range(6)]
    assert all(np.array_equal(first.result(), other.result()) for other in others)
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval


def test_a_drawing_leaves_nothing_that_grows_old():
    from matplotlib.figure import Figure

    rows = [Row(step, float(step), 30.0, 30.0, 29.0, 28.0) for step in (0, 50, 100)]
    draw_curves(rows, [], Style())
    gc.collect()
    interval = sys.getswitchinterval()
    draw_curves(rows, [], Style())
    assert not [one for one in gc.get_objects() if type(one) is Figure]
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval
