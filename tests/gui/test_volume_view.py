"""What the docks say, and do, where the viewer shows a volume."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.widgets.base.dock import NO_IMAGE, NOTHING_VISIBLE
from napari_decrappify.widgets.restore import RestoreDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


@pytest.fixture
def dock(viewer, open_with):
    dock = open_with(RestoreDock, "tiny_restorer")
    assert dock.run_button.note.value == NO_IMAGE
    viewer.add_image(np.random.default_rng(0).integers(0, 255, (4, 40, 48)).astype(np.uint8), name="stack")
    viewer.dims.set_point(0, 2)
    return dock


def test_a_run_on_a_volume_is_foretold_and_comes_so(viewer, dock, finish):
    assert dock.run_button.note.value == ""
    viewer.dims.ndisplay = 3
    assert "'stack' will be hidden" in dock.run_button.note.value
    assert dock.run_button.start.enabled
    viewer.dims.ndisplay = 2
    assert dock.run_button.note.value == ""
    viewer.dims.ndisplay = 3
    finish(dock)
    assert [layer.visible for layer in viewer.layers] == [False, True]
    assert dock.run_button.note.value == "Done. 'stack', which would shine through, is hidden."


def test_a_plane_in_a_volume_is_named(viewer, dock, finish):
    dock.what.value = "current plane"
    viewer.dims.ndisplay = 3
    assert "plane 2 alone" in dock.run_button.note.value
    finish(dock)
    assert "stack restored (plane 2)" in viewer.layers
    assert viewer.layers["stack"].visible
    assert "hide 'stack'" in dock.run_button.note.value


def test_what_is_visible_waits_for_a_view_of_planes(viewer, dock):
    dock.what.value = "what is visible"
    for view in ({"ndisplay": 3}, {"ndisplay": 2, "order": (1, 0, 2)}):
        viewer.dims.update(view)
        assert dock.run_button.note.value == NOTHING_VISIBLE
        assert not dock.run_button.start.enabled
    viewer.dims.order = (0, 1, 2)
    assert dock.run_button.note.value == ""
    assert dock.run_button.start.enabled


def test_a_time_that_the_slider_leaves_is_named_anew(viewer, open_with):
    dock = open_with(RestoreDock, "tiny_restorer")
    viewer.add_image(np.zeros((3, 4, 20, 20), np.uint8), name="film", axis_labels=("t", "z", "y", "x"))
    dock.what.value = "current plane"
    viewer.dims.ndisplay = 3
    assert "t=1, z=" in dock.run_button.note.value
    viewer.dims.set_current_step(0, 2)
    assert "t=2, z=" in dock.run_button.note.value


def test_two_layers_at_once_in_a_volume_are_said_to_mix(viewer, dock, finish, open_dock):
    from napari_decrappify.widgets.compare.dock import IN_3D, SPLIT, CompareDock

    finish(dock)
    compare = open_dock(CompareDock)
    compare.view.value = SPLIT
    assert compare.note.value != IN_3D
    viewer.dims.ndisplay = 3
    assert compare.note.value == IN_3D
