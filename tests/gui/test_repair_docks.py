"""The docks that restore, fill and colour."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels, Points, Shapes

from napari_decrappify import (
    colorize,
    infill,
    replay,
    restore,
)
from napari_decrappify.layer_masks import mask_of
from napari_decrappify.layers import source_of
from napari_decrappify.models import load_model, store
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.restore import RestoreDock

PLACE = {"scale": (2, 3), "translate": (4, 5), "rotate": 20}
BOX = np.s_[10:20, 6:30]


def photo(shape=(40, 48)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def marks():
    marked = np.zeros((40, 48), np.uint8)
    marked[BOX] = 1
    return marked


MASKS = {
    "labels": lambda: Labels(marks(), name="here", **PLACE),
    "shapes": lambda: Shapes([[[9.5, 5.5], [9.5, 29.5], [19.5, 29.5], [19.5, 5.5]]], name="here", **PLACE),
    "points": lambda: Points([[15, 18], [30, 30]], size=9, name="here", **PLACE),
    "image": lambda: Image(marks() * 7.5, name="here", **PLACE),
}


@pytest.fixture
def fill_dock(open_with):
    return open_with(InfillDock, "tiny_infill")


@pytest.mark.parametrize(
    ("kind", "fixture", "call", "name"),
    [
        (RestoreDock, "tiny_restorer", restore, "cat restored"),
        (ColorizeDock, "tiny_colorizer", colorize, "cat coloured"),
    ],
    ids=["restore", "colorize"],
)
def test_the_result_is_the_api_s_and_lies_where_its_source_is(viewer, open_with, finish, kind, fixture, call, name):
    source = viewer.add_image(photo(), name="cat", units="um", **PLACE)
    dock = open_with(kind, fixture)
    dock.fields["strength"].value = 0.75
    finish(dock)
    model = load_model(dock.model.value)
    assert [layer.name for layer in viewer.layers] == ["cat", name]
    result = viewer.layers[name]
    np.testing.assert_array_equal(result.data, call(photo(), model=model, strength=0.75, device="cpu"))
    assert result.rgb == (call is colorize)
    assert (result.data != photo().reshape(40, 48, *[1] * result.rgb)).any()
    np.testing.assert_allclose(result.data_to_world((7, 9)), source.data_to_world((7, 9)))
    assert result.units == source.units
    done = result.metadata["decrappify"]
    assert done["model"] == {"name": model.card.name, "sha256": model.sha256}
    assert done["parameters"]["strength"] == 0.75
    np.testing.assert_array_equal(replay(done, photo()), result.data)
    np.testing.assert_array_equal(source.data, photo())


@pytest.mark.parametrize("mask", MASKS)
def test_only_what_the_mask_layer_marks_is_filled(viewer, fill_dock, finish, mask):
    image = viewer.add_image(photo(), name="cat", **PLACE)
    here = viewer.add_layer(MASKS[mask]())
    fill_dock.image.value, fill_dock.mask.layer.value = viewer.layers["cat"], viewer.layers["here"]
    fill_dock.fields["dilate"].value = 2
    finish(fill_dock)
    result = viewer.layers["cat infilled"]
    model = load_model(fill_dock.model.value)
    drawn = mask_of(here, source_of(image))
    np.testing.assert_array_equal(result.data, infill(photo(), drawn, dilate=2, model=model, device="cpu"))
    changed, grown = result.data != photo(), mask_of(here, source_of(image), dilate=2)
    assert changed[drawn].any()
    assert not changed[~grown].any()
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], photo()), result.data)


def test_the_mask_is_the_drawn_layer_that_is_selected(viewer, fill_dock):
    image = viewer.add_image(photo(), name="cat")
    assert not fill_dock.run_button.start.enabled
    assert fill_dock.run_button.note.value.startswith("Choose a mask: add a labels layer")
    viewer.add_labels(marks(), name="here")
    assert fill_dock.mask.layer.current_choice == "here"
    assert fill_dock.image.current_choice == "cat"
    assert fill_dock.run_button.start.enabled
    assert fill_dock.run_button.note.value == ""
    viewer.layers.selection.active = image
    assert fill_dock.mask.layer.current_choice == "here"
    viewer.layers.remove("here")
    assert not fill_dock.run_button.start.enabled


def test_an_image_is_no_mask_of_itself(viewer, fill_dock):
    viewer.add_image(photo(), name="cat")
    fill_dock.mask.layer.value = viewer.layers["cat"]
    assert not fill_dock.run_button.start.enabled
    assert fill_dock.run_button.note.value == "Choose another layer as the mask than the image itself."


def test_an_empty_mask_gives_a_notice(viewer, fill_dock, finish, notices):
    viewer.add_image(photo(), name="cat")
    viewer.add_labels(np.zeros((40, 48), np.uint8), name="nothing")
    finish(fill_dock)
    assert len(viewer.layers) == 2
    assert "'nothing', which marks none of it" in notices[0]
    assert fill_dock.run_button.start.enabled


@pytest.mark.parametrize(
    ("kind", "fixture"), [(RestoreDock, "tiny_restorer"), (ColorizeDock, "tiny_colorizer")], ids=["restore", "colorize"]
)
def test_an_image_that_cannot_be_used_gives_a_notice(viewer, open_with, finish, notices, kind, fixture):
    viewer.add_image(np.full((8, 8), np.nan), name="empty", contrast_limits=(0, 1))
    dock = open_with(kind, fixture)
    finish(dock)
    assert len(viewer.layers) == 1
    assert len(notices) == 1
    assert "NaN or infinite" in notices[0]
    assert "Traceback" not in notices[0]


def test_without_a_model_that_colours_it_says_so(viewer, open_dock, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "bundled_folder", lambda: tmp_path)
    viewer.add_image(photo())
    dock = open_dock(ColorizeDock)
    assert not dock.run_button.start.enabled
    assert dock.run_button.note.value.startswith("There is no model for colorize. Train one, or put its file into ")


def test_what_the_model_cannot_do_shows(open_with):
    assert "Random weights: for tests only." in open_with(RestoreDock, "tiny_restorer").model.limits.value


def test_a_long_text_does_not_widen_the_dock(open_with):
    dock = open_with(RestoreDock, "tiny_restorer")
    before = dock.native.sizeHint().width()
    dock.model.limits.value = "What this model cannot do fills many lines. " * 20
    assert dock.native.sizeHint().width() == before
    assert dock.model.limits.native.heightForWidth(300) > 3 * dock.model.limits.native.fontMetrics().height()
