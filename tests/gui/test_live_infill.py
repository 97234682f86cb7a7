"""Infill follows the brush."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import infill
from napari_decrappify.widgets.infill.dock import NOTHING, InfillDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


def photo(shape=(40, 48)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


@pytest.fixture
def labels(viewer):
    viewer.add_image(photo(), name="cat")
    return viewer.add_labels(np.zeros((40, 48), np.uint8), name="holes")


@pytest.fixture
def dock(viewer, labels, open_with):
    return open_with(InfillDock, "tiny_infill")


@pytest.fixture
def stroke(labels):
    """Paint as the brush does: several steps, one stroke."""

    def paint(*places, label=1):
        with labels.block_history():
            for place in places:
                labels.paint(place, label)

    return paint


@pytest.fixture
def settled(qtbot, dock, labels, viewer):
    """Wait until a live result is that of what is painted now."""

    def wait():
        model = dock.model.value
        expected = infill(photo(), labels.data > 0, model=model, device="cpu")
        qtbot.waitUntil(
            lambda: "cat infilled" in viewer.layers and np.array_equal(viewer.layers["cat infilled"].data, expected),
            timeout=20_000,
        )
        qtbot.waitUntil(lambda: not dock.run_button.running, timeout=20_000)

    return wait


def test_the_fill_follows_the_brush_in_one_layer(viewer, dock, labels, stroke, settled):
    dock.live.value = True
    stroke((10, 10), (10, 14))
    settled()
    result = viewer.layers["cat infilled"]
    first = result.data.copy()
    result.opacity = 0.8
    stroke((30, 30))
    settled()
    assert viewer.layers["cat infilled"] == result
    assert (result.data != first).any()
    assert [layer.name for layer in viewer.layers] == ["cat", "cat infilled", "holes"]
    assert result.opacity == 0.8
    assert viewer.layers.selection.active == labels
    assert dock.image.current_choice == "cat"
    assert result.metadata["decrappify"]["source"]["mask"]["layer"] == "holes"


def test_what_is_painted_already_is_filled_at_once(dock, stroke, settled):
    stroke((10, 10))
    dock.live.value = True
    settled()


def test_undo_and_redo_are_followed(dock, labels, stroke, settled):
    dock.live.value = True
    stroke((10, 10))
    stroke((30, 30))
    settled()
    labels.undo()
    settled()
    labels.redo()
    settled()


def test_erasing_all_hides_the_result_until_something_is_painted(viewer, dock, labels, stroke, settled, qtbot, notices):
    dock.live.value = True
    stroke((10, 10))
    settled()
    result = viewer.layers["cat infilled"]
    labels.undo()
    qtbot.waitUntil(lambda: not result.visible, timeout=20_000)
    assert dock.run_button.note.value == NOTHING
    stroke((20, 20))
    settled()
    assert result.visible
    assert notices == []


def test_a_stroke_during_a_run_starts_the_next_after_it(viewer, dock, stroke, settled, qtbot):
    dock.fields["tile"].value = 16
    stroke((10, 10), (10, 40), (30, 10))
    dock.live.value = True
    assert dock.run_button.running
    stroke((30, 40))
    settled()
    assert len(viewer.layers) == 3


def test_the_smooth_fill_shows_before_its_texture(viewer, dock, labels, stroke, settled, monkeypatch):
    shown = []
    show = InfillDock._show
    keep = lambda self, described: shown.append(described[0][0].copy()) or show(self, described)  # noqa: E731
    monkeypatch.setattr(InfillDock, "_show", keep)
    stroke((10, 10), (10, 14))
    dock.live.value = True
    settled()
    model = dock.model.value
    fills = [infill(photo(), labels.data > 0, model=model, device="cpu", texture=share) for share in (0.0, 1.0)]
    for found, expected in zip(shown, fills, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_without_texture_one_job_is_enough(viewer, dock, labels, stroke, qtbot):
    dock.fields["texture"].value = 0.0
    stroke((10, 10))
    dock.live.value = True
    qtbot.waitUntil(lambda: "cat infilled" in viewer.layers and not dock.run_button.running, timeout=20_000)
    qtbot.wait(20)
    assert not dock.run_button.running
    smooth = infill(photo(), labels.data > 0, model=dock.model.value, device="cpu", texture=0.0)
    np.testing.assert_array_equal(viewer.layers["cat infilled"].data, smooth)


def test_a_stroke_takes_the_place_of_the_texture_of_the_last_one(viewer, dock, labels, stroke, settled, qtbot):
    stroke((10, 10))
    dock.live.value = True
    qtbot.waitUntil(lambda: dock._texturing, timeout=20_000)
    stroke((30, 30))
    dock.run_again()
    assert not dock.run_button._wanted
    settled()


def test_turning_it_off_leaves_the_last_result(viewer, dock, labels, stroke, settled, qtbot):
    assert labels.contour == 0
    dock.live.value = True
    assert labels.contour == 1
    stroke((10, 10))
    settled()
    last = viewer.layers["cat infilled"].data.copy()
    dock.live.value = False
    assert labels.contour == 0
    stroke((30, 30))
    qtbot.wait(400)
    assert not dock.run_button.running
    np.testing.assert_array_equal(viewer.layers["cat infilled"].data, last)
    dock.live.value = True
    qtbot.waitUntil(lambda: len(viewer.layers) == 4, timeout=20_000)
    np.testing.assert_array_equal(viewer.layers["cat infilled"].data, last)


def test_a_result_that_was_deleted_comes_anew(viewer, dock, stroke, settled):
    dock.live.value = True
    stroke((10, 10))
    settled()
    viewer.layers.remove("cat infilled")
    stroke((30, 30))
    settled()


def test_the_script_is_that_of_what_shows(dock, stroke, settled, viewer, done_again):
    dock.live.value = True
    stroke((10, 10))
    settled()
    stroke((30, 30))
    settled()
    shown = viewer.layers["cat infilled"].data
    dock.copy_button.native.click()
    np.testing.assert_array_equal(done_again(photo()), shown)


def test_only_labels_can_be_painted_in(viewer, dock, labels):
    viewer.add_points([[3, 4]], size=5, name="spots")
    dock.mask.layer.value = viewer.layers["holes"]
    dock.live.value = True
    dock.mask.layer.value = viewer.layers["spots"]
    assert not dock.live.value
    assert dock.live.native.isHidden()
    assert labels.contour == 0


@pytest.mark.parametrize("how", ["picked", "left"])
def test_another_photo_is_not_filled_where_the_last_one_was_painted(viewer, dock, labels, stroke, settled, qtbot, how):
    other = viewer.add_image(photo()[::-1].copy(), name="dog")
    dock.image.value = viewer.layers["cat"]
    dock.mask.layer.value, dock.live.value = labels, True
    stroke((10, 10))
    settled()
    if how == "picked":
        dock.image.value = other
    else:
        viewer.layers.remove("cat")
        dock.image.value = other
    assert not dock.live.value
    assert dock.mask.layer.value is None
    assert labels.contour == 0
    stroke((30, 30))
    dock.run_again()
    assert not dock.run_button.running
    assert "dog infilled" not in viewer.layers


def test_choosing_no_mask_ends_it(dock, labels):
    dock.live.value = True
    dock.mask.layer.value = None
    assert not dock.live.value
    assert labels.contour == 0


@pytest.mark.usefixtures("own_viewer")
def test_closing_the_dock_ends_it(viewer, dock, labels, stroke, settled, qtbot):
    dock.live.value = True
    stroke((10, 10))
    settled()
    viewer.window.remove_dock_widget(dock.native)
    assert labels.contour == 0
    stroke((30, 30))
    qtbot.wait(400)
    assert not dock.run_button.running


def test_a_plane_of_a_stack_is_filled_in_place(viewer, open_with, qtbot):
    stack = photo((3, 40, 48))
    viewer.add_image(stack, name="stack")
    labels = viewer.add_labels(np.zeros((3, 40, 48), np.uint8), name="holes")
    dock = open_with(InfillDock, "tiny_infill")
    dock.what.value = "current plane"
    viewer.dims.set_point(0, 1)
    dock.live.value = True
    for row in (10, 30):
        labels.paint((1, row, row), 1)
        expected = infill(stack[1:2], labels.data[1:2] > 0, model=dock.model.value, device="cpu", rgb=False)
        qtbot.waitUntil(
            lambda expected=expected: (
                "stack infilled (plane 1)" in viewer.layers
                and np.array_equal(viewer.layers["stack infilled (plane 1)"].data, expected)
            ),
            timeout=20_000,
        )
        assert len(viewer.layers) == 3
    assert viewer.layers["stack infilled (plane 1)"].translate[0] == 1
