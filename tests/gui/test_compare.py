"""Before and after, in turn and side by side."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.components import ViewerModel

from napari_decrappify.on_layers import Region, crappify_layer
from napari_decrappify.widgets.compare.comparison import NAME, Comparison
from napari_decrappify.widgets.compare.dock import (
    AFTER,
    BEFORE,
    NO_RESULT,
    OFF,
    SHOWN,
    SPLIT,
    CompareDock,
)
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.infill.dock import InfillDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


def photo(shape=(40, 48, 3)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def with_result(viewer, image=None, preset="lesson7", region=None, **place):
    """Add an image, its result, and other layers around them."""
    source = viewer.add_image(photo() if image is None else image, name="cat", **place)
    viewer.add_points([[3, 4]], name="hidden", visible=False)
    viewer.layers.append(crappify_layer(source, preset, 1, region=region, name="worse"))
    viewer.add_labels(np.zeros((40, 48), np.uint8), name="marks")
    return source, viewer.layers["worse"]


def shown(viewer):
    return [layer.name for layer in viewer.layers if layer.visible]


@pytest.fixture
def dock(viewer, open_dock):
    with_result(viewer)
    return open_dock(CompareDock)


def test_before_and_after_show_in_turn(viewer, dock):
    dock.view.value = BEFORE
    assert shown(viewer) == ["cat"]
    dock.view.value = AFTER
    assert shown(viewer) == ["worse"]
    dock.view.value = OFF
    assert shown(viewer) == ["cat", "worse", "marks"]


def test_the_split_shows_before_on_the_left(viewer, dock):
    dock.view.value = SPLIT
    assert shown(viewer) == ["worse", NAME]
    np.testing.assert_array_equal(viewer.layers[NAME].data, photo()[:, :24])
    dock.at.value = 0.25
    np.testing.assert_array_equal(viewer.layers[NAME].data, photo()[:, :12])
    dock.at.value = 0
    assert shown(viewer) == ["worse"]
    dock.at.value = 1
    assert viewer.layers[NAME].data.shape == (40, 48, 3)
    dock.view.value = OFF
    assert NAME not in viewer.layers
    assert shown(viewer) == ["cat", "worse", "marks"]


@pytest.mark.usefixtures("shared_viewer")
def test_closing_the_dock_restores_everything(viewer, dock):
    dock.view.value = SPLIT
    viewer.window.remove_dock_widget(dock.native)
    assert [layer.name for layer in viewer.layers] == ["cat", "hidden", "worse", "marks"]
    assert shown(viewer) == ["cat", "worse", "marks"]
    viewer.add_image(photo(), name="another")


def test_the_slider_and_the_hint_show_when_they_apply(viewer, dock):
    assert dock.at.native.isHidden()
    assert dock.note.value == ""
    dock.view.value = SPLIT
    assert not dock.at.native.isHidden()
    assert dock.note.value == SHOWN


def test_without_results_it_says_so(viewer, open_dock):
    viewer.add_image(photo(), name="cat")
    dock = open_dock(CompareDock)
    assert dock.note.value == NO_RESULT
    assert not dock.view.enabled
    viewer.add_layer(crappify_layer(viewer.layers["cat"], "lesson7", 1))
    assert dock.note.value == ""
    assert dock.view.enabled


def test_the_split_can_be_deleted_by_hand(viewer, dock):
    dock.view.value = SPLIT
    viewer.layers.remove(NAME)
    dock.at.value = 0.25
    assert viewer.layers[NAME].data.shape[1] == 12


@pytest.mark.parametrize("gone", ["cat", "worse"])
def test_a_layer_that_is_deleted_ends_it(viewer, dock, gone):
    dock.view.value = SPLIT
    viewer.layers.remove(gone)
    assert dock.view.value == OFF
    assert not dock.view.enabled
    assert shown(viewer) == [name for name in ("cat", "worse", "marks") if name != gone]


def test_another_result_can_be_chosen_meanwhile(viewer, dock):
    viewer.add_layer(crappify_layer(viewer.layers["cat"], "lesson7", 2, name="other"))
    assert dock.result.current_choice == "other"
    viewer.layers.selection.active = viewer.layers["worse"]
    dock.view.value = AFTER
    assert shown(viewer) == ["worse"]
    viewer.layers.selection.active = viewer.layers["other"]
    assert shown(viewer) == ["other"]
    dock.view.value = OFF
    assert shown(viewer) == ["cat", "worse", "marks", "other"]


def test_what_is_selected_stays_selected_and_nobody_is_told(viewer, dock):
    viewer.layers.selection.active = viewer.layers["marks"]
    status_text = []
    viewer.layers.selection.events.active.connect(lambda event: status_text.append(event.value))
    dock.view.value = SPLIT
    assert viewer.layers.selection.active == viewer.layers["marks"]
    assert status_text == []


def test_what_the_split_shows_is_no_image_to_work_on(viewer, dock, open_dock):
    others = [open_dock(CrappifyDock), open_dock(InfillDock)]
    dock.view.value = SPLIT
    assert NAME in viewer.layers
    for other in others:
        assert [layer.name for layer in other.image.choices] == ["worse", "cat"]
    assert NAME not in [getattr(layer, "name", None) for layer in others[1].mask.layer.choices]


PLACE = {"scale": (2, 3), "translate": (4, 5), "rotate": 20}


def test_the_split_lies_over_its_source_at_the_same_share_of_the_result():
    viewer = ViewerModel()
    source, result = with_result(viewer, preset="bicubic-x2", **PLACE)
    Comparison(viewer, source, result).show_split(0.5)
    left = viewer.layers[NAME]
    assert result.data.shape[:2] == (20, 24)
    np.testing.assert_array_equal(left.data, photo()[:, :24])
    np.testing.assert_allclose(left.data_to_world((3, 4)), source.data_to_world((3, 4)))


def test_of_a_part_only_the_part_is_compared():
    viewer = ViewerModel()
    source, result = with_result(viewer, region=Region(((10, 30), (8, 28))), **PLACE)
    Comparison(viewer, source, result).show_split(0.3)
    np.testing.assert_array_equal(viewer.layers[NAME].data, photo()[10:30, 8:14])
    np.testing.assert_allclose(viewer.layers[NAME].data_to_world((0, 0)), source.data_to_world((10, 8)))


def test_all_planes_of_a_lazy_stack_are_split():
    viewer = ViewerModel()
    stack = photo((4, 40, 48))
    source, result = with_result(viewer, da.from_array(stack, chunks=(1, 40, 48)), scale=(3, 1, 1))
    Comparison(viewer, source, result).show_split(0.5)
    left = viewer.layers[NAME]
    assert isinstance(left.data, da.Array)
    np.testing.assert_array_equal(left.data, stack[..., :24])
    viewer.dims.set_point(0, 6)
    assert left.data_to_world((2, 3, 4)) == source.data_to_world((2, 3, 4))
