from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image

from napari_decrappify import crappify, replay
from napari_decrappify.degrade import (
    PRESETS,
    Crappifier,
    Jpeg,
    Scratches,
)
from napari_decrappify.parameters import parameters_of
from napari_decrappify.widgets.crappify.composition import OWN
from napari_decrappify.widgets.crappify.dock import CrappifyDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


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
    assert list(dock.preset.preset.choices) == [*PRESETS, OWN]
    assert dock.preset.value == parameters["preset"].default
    for name, field in dock.fields.items():
        assert field.tooltip == parameters[name].doc.help
        assert field.value == parameters[name].default


def test_a_composition_of_ones_own_is_what_happens(viewer, open_dock, finish):
    viewer.add_image(photo(), name="cat")
    dock = open_dock(CrappifyDock)
    mine = Crappifier((Jpeg((5, 5)), Scratches()))
    dock.preset.value = mine
    assert dock.crappifier() == mine
    dock.new_seed.value, dock.fields["seed"].value = False, 3
    finish(dock)
    result = viewer.layers["cat own composition"]
    np.testing.assert_array_equal(result.data, crappify(photo(), mine, seed=3).image)
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], photo()), result.data)
    assert "cat own composition mask" in viewer.layers


@pytest.fixture
def show_examples(qtbot):
    def show(dock):
        dock.examples.button.native.click()
        qtbot.waitUntil(lambda: not dock.examples.busy, timeout=20_000)
        return dock.examples.pictures

    return show


def test_examples_are_of_six_seeds_and_a_click_takes_one(viewer, open_dock, show_examples, finish):
    viewer.add_image(photo((96, 128, 3)), name="cat")
    dock = open_dock(CrappifyDock)
    assert dock.examples.grid.isHidden()
    pictures = show_examples(dock)
    first = dock.fields["seed"].value
    assert not dock.examples.grid.isHidden()
    assert [picture.property("seed") for picture in pictures] == list(range(first, first + 6))
    assert len({picture.icon().pixmap(94, 94).toImage().constBits().asstring(94 * 70 * 4) for picture in pictures}) == 6
    assert len(viewer.layers) == 1
    pictures[4].click()
    assert (dock.fields["seed"].value, dock.new_seed.value) == (first + 4, False)
    finish(dock)
    assert viewer.layers[-2].metadata["decrappify"]["seed"] == first + 4
    np.testing.assert_array_equal(viewer.layers[-2].data, crappify(photo((96, 128, 3)), seed=first + 4).image)


@pytest.mark.parametrize(
    "image",
    [
        photo((3, 40, 50)).astype(np.uint16) * 200,
        photo((40, 50)).astype(np.float32) - 128,
        da.from_array(photo((2, 2000, 1500)), chunks=(1, 500, 500)),
        photo((1, 1)),
        photo((5, 900)),
    ],
    ids=["16-bit stack", "negative floats", "lazy and large", "a pixel", "a strip"],
)
@pytest.mark.parametrize("preset", ["em-x4", "watermark-strings"])
def test_examples_are_shown_of_every_kind_of_image(viewer, open_dock, show_examples, notices, image, preset):
    viewer.add_image(image, name="any")
    dock = open_dock(CrappifyDock)
    dock.preset.value = preset
    pictures = show_examples(dock)
    assert notices == []
    assert all(not picture.icon().isNull() for picture in pictures)


def test_examples_follow_what_is_composed_and_keep_their_seeds(viewer, open_dock, show_examples, qtbot):
    viewer.add_image(photo((96, 128, 3)), name="cat")
    dock = open_dock(CrappifyDock)
    dock.preset.value = "grey"
    assert not dock.examples.busy
    seeds = [picture.property("seed") for picture in show_examples(dock)]
    before = dock.examples.pictures[0].icon().cacheKey()
    dock.preset.value = "old-photo"
    dock.preset.edit.native.click()  # while the examples of the preset are being made
    qtbot.waitUntil(lambda: not dock.examples.busy, timeout=20_000)
    assert dock.examples.pictures[0].icon().cacheKey() != before
    assert [picture.property("seed") for picture in dock.examples.pictures] == seeds


def test_examples_that_cannot_be_made_are_said(viewer, open_dock, show_examples, notices):
    viewer.add_image(np.full((8, 8), np.nan), name="empty", contrast_limits=(0, 1))
    dock = open_dock(CrappifyDock)
    show_examples(dock)
    assert "NaN" in notices[0]
    assert "NaN" in dock.examples.note.value
    assert dock.examples.button.enabled
    viewer.layers.clear()
    assert not dock.examples.button.enabled
