from __future__ import annotations

import numpy as np
from napari.layers import Image

from napari_decrappify import crappify, replay
from napari_decrappify.degrade import PRESETS
from napari_decrappify.parameters import parameters_of
from napari_decrappify.widgets.crappify import CrappifyDock


def photo(shape=(48, 64, 3)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def test_without_an_image_it_says_what_to_do(viewer, open_dock):
    dock = open_dock(CrappifyDock)
    assert not dock.run_button.start.enabled
    assert dock.run_button.note.value.startswith("Open an image first")
    viewer.add_image(photo(), name="cat")
    assert dock.run_button.start.enabled
    assert dock.run_button.note.value == ""
    viewer.layers.clear()
    assert not dock.run_button.start.enabled


def test_the_layer_that_is_selected_is_chosen(viewer, open_dock):
    first, second = viewer.add_image(photo(), name="first"), viewer.add_image(photo(), name="second")
    viewer.layers.selection.active = first
    dock = open_dock(CrappifyDock)
    assert dock.image.value == first
    viewer.layers.selection.active = second
    assert dock.image.value == second
    viewer.layers.remove(second)
    assert dock.image.value == first
    first.name = "renamed"
    assert dock.image.current_choice == "renamed"


def test_the_result_is_the_api_s_and_lies_where_its_source_is(viewer, open_dock, finish):
    source = viewer.add_image(photo(), name="cat", scale=(2, 3), translate=(4, 5), rotate=20)
    dock = open_dock(CrappifyDock)
    dock.preset.value = "stock-watermark"
    dock.new_seed.value = False
    dock.fields["seed"].value = 11
    finish(dock)
    expected = crappify(photo(), "stock-watermark", seed=11)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat stock-watermark", "cat stock-watermark mask"]
    worse, damage = viewer.layers[1], viewer.layers[2]
    np.testing.assert_array_equal(worse.data, expected.image)
    np.testing.assert_array_equal(damage.data != 0, expected.mask)
    np.testing.assert_array_equal(source.data, photo())
    for layer in (worse, damage):
        np.testing.assert_allclose(layer.data_to_world((7, 9)), source.data_to_world((7, 9)))
    done = worse.metadata["decrappify"]
    assert done["seed"] == 11
    np.testing.assert_array_equal(replay(done, photo()), expected.image)


def test_a_smaller_result_covers_the_same_area(viewer, open_dock, finish):
    source = viewer.add_image(photo((48, 64)), name="cells", scale=(2, 2))
    dock = open_dock(CrappifyDock)
    dock.preset.value = "em-x4"
    finish(dock)
    assert [layer.name for layer in viewer.layers] == ["cells", "cells em-x4"]  # no labels, as nothing was written over
    small = viewer.layers[-1]
    assert small.data.shape == (12, 16)
    np.testing.assert_allclose(small.scale, (8, 8))
    np.testing.assert_allclose(small.data_to_world((-0.5, -0.5)), source.data_to_world((-0.5, -0.5)))


def test_each_run_draws_a_new_seed_and_shows_it(viewer, open_dock, finish):
    viewer.add_image(photo(), name="cat")
    dock = open_dock(CrappifyDock)
    seeds = []
    for _ in range(2):
        finish(dock)
        seeds.append(dock.fields["seed"].value)
        assert dock.image.current_choice == "cat"
    assert seeds[0] != seeds[1]
    results = [layer for layer in viewer.layers if layer.name.startswith("cat lesson7") and isinstance(layer, Image)]
    made = [layer.metadata["decrappify"]["seed"] for layer in results]
    assert made == seeds


def test_an_image_that_cannot_be_used_gives_a_notice_and_no_layer(viewer, open_dock, finish, notices):
    viewer.add_image(np.full((8, 8), np.nan), name="empty", contrast_limits=(0, 1))
    dock = open_dock(CrappifyDock)
    finish(dock)
    assert len(viewer.layers) == 1
    assert "64 NaN or infinite value(s)" in dock.run_button.note.value
    assert len(notices) == 1
    assert dock.run_button.start.enabled


def test_the_fields_are_those_of_the_call(open_dock):
    dock = open_dock(CrappifyDock)
    parameters = parameters_of(crappify)
    assert list(dock.preset.choices) == list(PRESETS)
    assert dock.preset.value == parameters["preset"].default
    for name, field in dock.fields.items():
        assert field.tooltip == parameters[name].doc.help
        assert field.value == parameters[name].default


def test_closing_the_viewer_while_it_runs_is_harmless(viewer, open_dock, qtbot):
    viewer.add_image(photo((200, 32, 32)), name="stack")
    dock = open_dock(CrappifyDock)
    dock.run_button.start.native.click()
    qtbot.waitUntil(lambda: dock.run_button.bar.value >= 1, timeout=20_000)
    worker = dock.run_button._worker
    viewer.close()
    qtbot.waitUntil(lambda: worker is None or not worker.is_running, timeout=20_000)
    qtbot.wait(100)  # an exception in a late slot fails the test
