"""Colours follow the brush, and colours are suggested where the cursor rests."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog

from napari_decrappify import colorize
from napari_decrappify.apply.colors import suggestions
from napari_decrappify.layer_masks import hints_of
from napari_decrappify.layers import source_of
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.colorize.palette import label_for

pytestmark = pytest.mark.usefixtures("bare_viewer")

RED, TEAL = (190, 70, 60), (60, 140, 130)
GREY = np.random.default_rng(0).integers(60, 200, (40, 48)).astype(np.uint8)


@pytest.fixture
def dock(viewer, open_with):
    viewer.add_image(GREY, name="cat", scale=(2, 2))
    return open_with(ColorizeDock, "tiny_colorizer")


@pytest.fixture
def settled(qtbot, dock, viewer):
    """Wait until the live result is that of what is painted now."""

    def wait():
        hints = hints_of(viewer.layers["colours"], source_of(viewer.layers["cat"]))()
        expected = colorize(GREY, hints, model=dock.model.value, device="cpu")
        qtbot.waitUntil(
            lambda: "cat coloured" in viewer.layers and np.array_equal(viewer.layers["cat coloured"].data, expected),
            timeout=20_000,
        )
        qtbot.waitUntil(lambda: not dock.run_button.running, timeout=20_000)

    return wait


def paint(labels, *places):
    with labels.block_history():
        for place in places:
            labels.paint(place, labels.selected_label)


def test_paint_takes_up_the_brush_in_a_layer_over_the_image(viewer, dock):
    dock.hints.paint.native.click()
    labels = viewer.layers["colours"]
    assert (labels.mode, viewer.layers.selection.active, dock.hints.layer.value) == ("paint", labels, labels)
    assert labels.data.shape == GREY.shape
    np.testing.assert_array_equal(labels.scale, (2, 2))
    shown = labels.get_color(labels.selected_label)
    assert tuple(round(255 * value) for value in shown[:3]) == dock.hints.swatches.own.color
    assert dock.image.current_choice == "cat"
    assert not any(swatch.native.text() for swatch in (dock.hints.swatches.own, *dock.hints.swatches.suggested))


def test_the_colours_stand_below_the_image(dock):
    assert [field.name for field in dock.always][:3] == ["image", "what", "hints"]


def test_the_colour_follows_the_brush_in_one_layer(viewer, dock, settled):
    dock.hints.paint_with(RED)
    labels = viewer.layers["colours"]
    paint(labels, (10, 10), (10, 14))
    dock.live.value = True
    settled()
    result = viewer.layers["cat coloured"]
    first = result.data.copy()
    dock.hints.paint_with(TEAL)
    paint(labels, (30, 30))
    settled()
    assert viewer.layers["cat coloured"] == result
    assert (result.data != first).any()
    assert [layer.name for layer in viewer.layers] == ["cat", "cat coloured", "colours"]
    assert viewer.layers.selection.active == labels
    labels.undo()
    settled()
    np.testing.assert_array_equal(result.data, first)


def test_all_erased_is_the_models_own_colours(viewer, dock, settled):
    dock.hints.paint_with(RED)
    paint(viewer.layers["colours"], (10, 10))
    dock.live.value = True
    settled()
    viewer.layers["colours"].undo()
    settled()
    own = colorize(GREY, model=dock.model.value, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat coloured"].data, own)


def test_the_script_colours_as_the_dock_did(viewer, dock, settled, done_again):
    dock.hints.paint_with(RED)
    paint(viewer.layers["colours"], (10, 10))
    dock.live.value = True
    settled()
    dock.copy_button.native.click()
    np.testing.assert_array_equal(done_again(GREY), viewer.layers["cat coloured"].data)


def test_a_run_takes_points_as_hints(viewer, dock, qtbot):
    points = viewer.add_points([[20, 20]], size=10, face_color=[[1, 0, 0, 1]], name="spots")
    assert dock.hints.layer.value is None
    dock.hints.layer.value = points
    assert not dock.live.visible
    dock.run_button.start.native.click()
    qtbot.waitUntil(lambda: "cat coloured" in viewer.layers, timeout=20_000)
    hints = hints_of(points, source_of(viewer.layers["cat"]))()
    expected = colorize(GREY, hints, model=dock.model.value, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat coloured"].data, expected)


def test_labels_are_taken_up_only_if_their_colours_were_chosen(viewer, dock):
    mask = viewer.add_labels(np.zeros((40, 48), np.uint8), name="mask")
    assert viewer.layers.selection.active == mask
    assert dock.hints.layer.value is None
    dock.hints.paint_with(RED)
    palette = viewer.layers["colours"]
    dock.hints.layer.value = None
    viewer.layers.selection.active = mask
    viewer.layers.selection.active = palette
    assert dock.hints.layer.value == palette


def test_each_colour_gets_one_label_and_labels_keep_their_colours(viewer, dock):
    labels = viewer.add_labels(np.kron(np.array([[0, 3]]), np.ones((40, 24), int)).astype(np.uint8))
    three = labels.get_color(3)
    red, teal = label_for(labels, RED), label_for(labels, TEAL)
    assert len({0, 3, red, teal}) == 4
    assert label_for(labels, RED) == red
    np.testing.assert_allclose(labels.get_color(3), three, atol=0.5 / 255)
    assert tuple(round(255 * value) for value in labels.get_color(teal)[:3]) == TEAL


def test_the_picker_chooses_the_colour(viewer, dock, monkeypatch):
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(*TEAL))
    dock.hints.swatches.own.native.click()
    assert dock.hints.swatches.own.color == TEAL
    labels = viewer.layers["colours"]
    assert tuple(round(255 * value) for value in labels.get_color(labels.selected_label)[:3]) == TEAL


def test_colours_are_suggested_where_the_cursor_rests_and_a_press_paints_with_one(viewer, dock, qtbot, monkeypatch):
    asked = []

    def likeliest(plane, place, count, **_):
        asked.append((plane.shape, place))
        return np.array([RED, TEAL])

    monkeypatch.setattr(suggestions, "suggested_colors", likeliest)
    dock.suggest.value = True
    viewer.cursor.position = (20.0, 33.0)
    swatches = dock.hints.swatches.suggested
    qtbot.waitUntil(lambda: swatches[0].color == RED, timeout=5000)
    assert asked == [((40, 48), (10, 17))]
    assert [swatch.enabled for swatch in swatches] == [True, True, False, False, False]
    viewer.cursor.position = (-50.0, 0.0)
    qtbot.wait(400)
    assert len(asked) == 1
    swatches[1].native.click()
    assert dock.hints.swatches.own.color == TEAL
    assert viewer.layers["colours"].mode == "paint"
    dock.suggest.value = False
    viewer.cursor.position = (5.0, 5.0)
    qtbot.wait(400)
    assert len(asked) == 1


def test_a_model_that_does_not_choose_suggests_nothing(viewer, dock, qtbot, notices):
    dock.hints.swatches.suggest([RED])
    dock.suggest.value = True
    viewer.cursor.position = (6.0, 7.0)
    qtbot.waitUntil(lambda: dock.hints.swatches.suggested[0].color is None, timeout=5000)
    assert notices == []


def test_another_image_is_not_coloured_by_the_hints_of_the_last_one(viewer, dock, settled):
    dock.hints.paint_with(RED)
    dock.live.value = True
    settled()
    dog = viewer.add_image(GREY[::-1].copy(), name="dog")
    dock.image.value = dog
    assert dock.hints.layer.value is None
    assert not dock.live.value
