"""Docks on a small screen: two of them fit above each other, and what doesn't fit scrolls."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QApplication, QLabel

from napari_decrappify.widgets.base.scrolling import ScrollArea

TITLE_BAR = 25  # pixels, of a dock
BARS = 100  # of the window: menu, status and room for the system's own
SCREEN = 800
HALF = (SCREEN - BARS) // 2 - TITLE_BAR
DOCKS = (
    "Crappify",
    "Upscale",
    "Restore",
    "Denoise",
    "Remove watermark",
    "Infill",
    "Colourise",
    "Old photo",
    "Fine-tune",
    "Compare",
    "Models",
    "Batch",
)


@pytest.fixture
def viewer(shared_viewer):
    return shared_viewer


def shown(viewer, title):
    native, dock = viewer.window.add_plugin_dock_widget("napari-decrappify", title)
    QApplication.processEvents()
    return native, dock


@pytest.mark.parametrize("title", DOCKS)
def test_two_docks_of_any_kind_fit_above_each_other_on_a_small_screen(viewer, title):
    native, _ = shown(viewer, title)
    assert native.minimumSizeHint().height() <= HALF
    viewer.window.remove_dock_widget(native)


def test_contents_have_the_height_they_need_where_there_is_room_and_scroll_where_there_is_none(qapp):
    field, more = QLabel("a field"), QLabel("more")
    more.setMinimumHeight(400)
    more.hide()
    area = ScrollArea([field, more])
    area.show()
    low = area.sizeHint().height()
    more.show()
    qapp.processEvents()
    assert area.sizeHint().height() >= low + 400
    assert area.minimumSizeHint().height() < 100
    area.resize(300, 100)
    qapp.processEvents()
    assert area.verticalScrollBar().maximum() > 0
    area.close()


def test_run_stays_in_sight_however_long_the_fields_are(viewer):
    native, dock = shown(viewer, "Upscale")
    assert not native.findChild(ScrollArea).isAncestorOf(dock.run_button.native)
    viewer.window.remove_dock_widget(native)


def test_a_frame_that_a_style_sheet_draws_takes_no_room_from_the_contents(qapp):
    field = QLabel("a field")
    field.setMinimumHeight(200)
    area = ScrollArea([field])
    area.setStyleSheet("QScrollArea { border: 4px solid gray; }")
    area.show()
    area.resize(300, area.sizeHint().height())
    qapp.processEvents()
    area.resize(300, area.sizeHint().height())
    qapp.processEvents()
    assert area.verticalScrollBar().maximum() == 0
