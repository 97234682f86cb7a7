"""Docks on a small screen: two of them fit above each other, and what doesn't fit scrolls."""

from __future__ import annotations

import pytest
from magicgui.widgets import Container, LineEdit, Widget
from qtpy.QtWidgets import QApplication, QLabel

from napari_decrappify.widgets.base.fields import Text
from napari_decrappify.widgets.base.scrolling import ScrollArea, Scrolled

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


@pytest.mark.parametrize(("title", "field"), [("Upscale", "pixel_size"), ("Infill", "mask"), ("Colourise", "hints")])
def test_fields_that_a_dock_adds_scroll_with_the_others_and_have_labels(viewer, title, field):
    native, dock = shown(viewer, title)
    added = getattr(dock, field)
    assert native.findChild(ScrollArea).isAncestorOf(added.native)
    assert added._labeled_widget() is not None
    viewer.window.remove_dock_widget(native)


def test_a_text_has_all_its_lines_where_there_is_room(qtbot):
    text = Text()
    text.value = "a text that is wider than the dock " * 8
    column = Scrolled([LineEdit(label="Size"), text])
    column.native.setStyleSheet("QScrollArea {border: 1px solid}")  # as napari's
    column.show()
    for width in (500, 250, 350):
        column.native.resize(width, 700)
        area = column.native.findChild(ScrollArea)
        qtbot.waitUntil(lambda area=area: area.verticalScrollBar().maximum() == 0, timeout=2000)
        qtbot.waitUntil(lambda area=area: area.height() <= area.widget().heightForWidth(area.width()) + 2, timeout=2000)
    column.close()


def test_run_stays_in_sight_however_long_the_fields_are(viewer):
    native, dock = shown(viewer, "Upscale")
    assert not native.findChild(ScrollArea).isAncestorOf(dock.run_button.native)
    viewer.window.remove_dock_widget(native)


def apart(fields):
    """Return how far fields begin from their labels."""
    return {field.native.x() - field._labeled_widget()._label_widget.native.x() for field in fields}


def test_fields_begin_below_each_other_in_any_font_and_whatever_is_shown(qtbot):
    fields = [LineEdit(label=label) for label in ("Size", "Of what", "Of a long name")]
    column = Scrolled([Container[Widget](widgets=fields[:2]), Container[Widget](widgets=fields[2:])])
    column.native.setStyleSheet("QLabel {font-size: 30pt}")
    column.show()
    for shown, hidden in ((fields, []), (fields[:2], fields[2:])):
        for field in hidden:
            field.visible = False
        gap = fields[0]._labeled_widget().native.layout().spacing()
        widest = gap + max(field._labeled_widget()._label_widget.native.sizeHint().width() for field in shown)
        qtbot.waitUntil(lambda shown=shown, widest=widest: apart(shown) == {widest}, timeout=2000)
    column.close()


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
