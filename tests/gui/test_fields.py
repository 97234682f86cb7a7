"""Fields: each says what it does, masks count on every plane if they are to, and keys press buttons."""

from __future__ import annotations

import numpy as np
import pytest
from magicgui.widgets import Container
from qtpy.QtGui import QShortcut

from napari_decrappify.widgets.base.fields import Text
from napari_decrappify.widgets.compare.dock import OFF, VIEWS, CompareDock
from napari_decrappify.widgets.infill.dock import InfillDock

DOCKS = (
    "Crappify",
    "Upscale",
    "Restore",
    "Remove watermark",
    "Infill",
    "Colourise",
    "Old photo",
    "Fine-tune",
    "Compare",
)


def parts(container):
    for part in container:
        if isinstance(part, Container):
            yield from parts(part)
        elif not (isinstance(part, Text) and "note" in part.name):
            yield part


@pytest.mark.parametrize("title", DOCKS)
def test_every_field_button_and_forecast_says_what_it_is(viewer, title):
    viewer.add_image(np.zeros((8, 64, 64), np.uint8))
    native, dock = viewer.window.add_plugin_dock_widget("napari-decrappify", title)
    assert [part.name for part in parts(dock) if len(part.tooltip.split()) < 2] == []
    viewer.window.remove_dock_widget(native)


def test_devices_are_a_list_of_those_that_are_there(viewer):
    _, dock = viewer.window.add_plugin_dock_widget("napari-decrappify", "Upscale")
    assert dock.fields["device"].choices[:2] == ("auto", "cpu")


def test_a_mask_drawn_on_one_plane_can_count_on_all(viewer, open_dock):
    viewer.add_image(np.zeros((3, 20, 30), np.uint8), name="stack")
    labels = viewer.add_labels(np.zeros((3, 20, 30), np.uint8))
    labels.data[1, 5:8, 5:8] = 1
    dock = open_dock(InfillDock)
    dock.mask.layer.value = labels
    dock.mask.every_plane.value = True
    assert dock.mask.value.every_plane
    dock.mask.layer.value = viewer.add_labels(np.ones((20, 30), np.uint8), name="flat")
    assert not dock.mask.value.every_plane


def test_a_key_shows_the_next_view(viewer, open_dock):
    viewer.add_image(np.zeros((8, 8), np.uint8), name="before")
    made = {"decrappify": {"source": {"layer": "before"}}}
    viewer.add_image(np.ones((8, 8), np.uint8), name="after", metadata=made)
    dock = open_dock(CompareDock)
    assert dock.view.value == OFF
    (shortcut,) = dock.native.findChildren(QShortcut)
    shown = []
    for _ in VIEWS:
        shortcut.activated.emit()
        shown.append(dock.view.value)
    assert shown == [*VIEWS[1:], OFF]
