"""The infill dock offers the axes along which neighbours may lend what they know."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication, QComboBox

from napari_decrappify import infill, replay
from napari_decrappify.apply.borrowing.surroundings import REACH
from napari_decrappify.widgets.infill.dock import InfillDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


@pytest.fixture
def dock(open_with):
    return open_with(InfillDock, "tiny_infill")


def stack(leading=(5,)):
    y, x = np.mgrid[:32, :40]
    planes = [120 + 90 * np.sin((x + 0.3 * t) / 4) * np.cos(y / 5) for t in range(int(np.prod(leading)))]
    return np.stack(planes).reshape(*leading, 32, 40).astype(np.uint16)


def names(dock):
    combo = dock.along.native.findChild(QComboBox) or dock.along.native
    return [combo.itemText(number) for number in range(combo.count())]


def test_axes_are_called_as_the_layer_calls_them_or_by_number(viewer, dock):
    viewer.add_image(stack((2, 1, 3)), name="named", axis_labels=("t", "c", "z", "y", "x"))
    assert names(dock) == ["off", "t (axis 0)", "z (axis 2)"]
    viewer.add_image(stack(), name="plain")
    assert names(dock) == ["off", "axis 0"]
    assert dock.along.value is None
    assert dock.along.enabled


def test_a_single_plane_has_none(viewer, dock):
    viewer.add_image(stack(), name="stack")
    dock.along.value = 0
    dock.what.value = "current plane"
    assert names(dock) == ["off"]
    assert dock.along.value is None
    assert not dock.along.enabled
    dock.what.value = "whole stack"
    assert dock.along.enabled
    viewer.add_image(stack()[0], name="plane")
    assert names(dock) == ["off"]
    assert not dock.along.enabled


def test_the_axis_stays_chosen_while_other_stacks_are_looked_at(viewer, dock):
    viewer.add_image(stack(), name="one")
    dock.along.value = 0
    viewer.add_image(stack(), name="two")
    assert dock.image.value.name == "two"
    assert dock.along.value == 0


def test_what_neighbours_know_fills_the_layer(viewer, dock, finish):
    image, mask = stack(), np.zeros((5, 32, 40), np.uint8)
    mask[2, 8:18, 10:24] = 1
    viewer.add_image(image, name="stack", axis_labels=("z", "y", "x"))
    labels = viewer.add_labels(mask, name="holes")
    dock.mask.layer.value, dock.along.value = labels, 0
    finish(dock)
    result = viewer.layers["stack infilled"]
    expected = infill(image, mask, model=dock.model.value, device="cpu", along=0)
    np.testing.assert_array_equal(result.data, expected)
    assert np.abs(result.data[2].astype(int) - image[2]).max() < 10
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], image), result.data)
    dock.copy_button.native.click()
    assert "along=0" in QApplication.clipboard().text()


def test_live_infill_borrows_too(viewer, dock, qtbot):
    image = stack()
    viewer.add_image(image, name="stack")
    labels = viewer.add_labels(np.zeros(image.shape, np.uint8), name="holes")
    dock.mask.layer.value, dock.along.value = labels, 0
    dock.live.value = True
    labels.brush_size = 8
    labels.paint((2, 15, 20), 1)
    expected = infill(image, labels.data > 0, model=dock.model.value, device="cpu", along=0)
    qtbot.waitUntil(
        lambda: "stack infilled" in viewer.layers and np.array_equal(viewer.layers["stack infilled"].data, expected),
        timeout=20_000,
    )
    assert np.abs(expected.astype(int) - image).max() < 10


def test_a_preview_borrows_too(viewer, dock, qtbot):
    image, mask = stack((12,)), np.zeros((12, 32, 40), np.uint8)
    mask[6, 8:18, 10:24] = 1
    viewer.add_image(image, name="stack")
    dock.mask.layer.value, dock.along.value = viewer.add_labels(mask, name="holes"), 0
    viewer.dims.set_point(0, 6)
    dock.preview.native.click()
    qtbot.waitUntil(lambda: "preview of stack" in viewer.layers, timeout=20_000)
    shown = viewer.layers["preview of stack"]
    assert (shown.data.shape[0], shown.translate[0]) == (2 * REACH + 1, 6 - REACH)
    whole = infill(image, mask, model=dock.model.value, device="cpu", along=0)
    np.testing.assert_allclose(shown.data[REACH].astype(int), whole[6].astype(int), atol=1)
