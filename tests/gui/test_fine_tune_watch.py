"""A place that the user wants to watch, as the dock takes it; a training that shows it is in `test_fine_tune_dock`."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from napari_decrappify.widgets.fine_tune.watch_choice import NOTHING, VISIBLE

pytestmark = pytest.mark.usefixtures("bare_viewer")

BOX = np.array([[10, 20], [10, 68], [42, 68], [42, 20]], float)


@pytest.fixture
def cells(viewer):
    """A picture is enough where nothing is learned."""
    return viewer.add_image(np.random.default_rng(0).integers(0, 255, (96, 96)).astype(np.uint8), name="cells 0")


@pytest.fixture
def marked(viewer, fine_tune_dock):
    """A dock that watches what is marked by a rectangle."""
    shapes = viewer.add_shapes([BOX], name="look here")
    assert shapes in fine_tune_dock.pictures.watch.choices
    fine_tune_dock.pictures.watch.value = shapes
    return fine_tune_dock


def test_what_the_window_shows_is_what_it_shows_at_the_start(viewer, fine_tune_dock):
    choice = fine_tune_dock.pictures.watch
    choice.value = VISIBLE
    viewer.reset_view()
    clean = fine_tune_dock.pictures.layers.clean
    ((picture, y, x, height, width),) = choice.places(clean)
    assert (picture, y, x, height, width) == (0, 0, 0, 96, 96)
    viewer.scene.camera.zoom *= 4
    ((_, y, x, height, width),) = choice.places(clean)
    assert min(y, x) > 0
    assert max(height, width) < 96


def test_a_view_beside_all_images_is_said(viewer, fine_tune_dock, notices):
    fine_tune_dock.pictures.watch.value = VISIBLE
    viewer.scene.camera.center = (0, 9000, 9000)
    fine_tune_dock.start.native.click()
    assert not fine_tune_dock.trainings
    assert "a view beside it" in fine_tune_dock.note.value


def test_the_script_watches_what_is_marked_until_the_marker_is_deleted(viewer, marked):
    script = marked.script()
    ast.parse(script)
    assert "watched=((0, 10, 20, 32, 48),)" in script
    viewer.layers.remove("look here")
    assert marked.pictures.watch.value == NOTHING
    assert marked.values()["watched"] == ()
