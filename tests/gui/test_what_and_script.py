"""What all docks offer: a part of the layer, an uncertainty map, the last run as a script."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_decrappify import (
    colorize,
    infill,
    restore,
    upscale,
)
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

pytestmark = pytest.mark.usefixtures("bare_viewer")

MODEL_DOCKS = {
    upscale: (UpscaleDock, "tiny_upscaler"),
    restore: (RestoreDock, "tiny_restorer"),
    infill: (InfillDock, "tiny_infill"),
    colorize: (ColorizeDock, "tiny_colorizer"),
}


def photo(shape=(40, 48)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


@pytest.fixture
def marked(viewer):
    """A picture, and labels over a part of it, which are selected."""
    marks = np.zeros((40, 48), np.uint8)
    marks[10:20, 6:30] = 1
    viewer.add_image(photo(), name="cat")
    viewer.add_labels(marks, name="here")
    return marks


@pytest.fixture
def stack(viewer):
    return viewer.add_image(photo((4, 40, 48)), name="stack", scale=(3, 0.5, 0.5))


@pytest.fixture
def restore_dock(open_with):
    return open_with(RestoreDock, "tiny_restorer")


def test_the_current_plane_alone_is_done(viewer, stack, restore_dock, finish):
    viewer.dims.set_point(0, 6)
    restore_dock.what.value = "current plane"
    finish(restore_dock)
    result = viewer.layers["stack restored (plane 2)"]
    assert result.data.shape == (1, 40, 48)
    np.testing.assert_allclose(result.data_to_world((0, 3, 4)), stack.data_to_world((2, 3, 4)))
    expected = restore(photo((4, 40, 48))[2:3], model=restore_dock.model.value, device="cpu", rgb=False)
    np.testing.assert_array_equal(result.data, expected)
    assert result.metadata["decrappify"]["source"]["region"] == [[2, 3], [0, 40], [0, 48]]


def test_what_is_visible_alone_is_done(viewer, open_dock, finish):
    image = photo((400, 600))
    source = viewer.add_image(image, name="large")
    viewer.scene.camera.center, viewer.scene.camera.zoom = (0, 200, 300), 8.0
    dock = open_dock(CrappifyDock)
    dock.what.value = "what is visible"
    finish(dock)
    result = viewer.layers["large lesson7 (part)"]
    (top, bottom), (left, right) = result.metadata["decrappify"]["source"]["region"]
    assert 0 < top < 200 < bottom < 400
    assert 0 < left < 300 < right < 600
    assert result.data.shape == (bottom - top, right - left)
    np.testing.assert_allclose(result.data_to_world((0, 0)), source.data_to_world((top, left)))


def test_all_of_a_layer_is_no_region(viewer, restore_dock, finish):
    viewer.add_image(photo(), name="cat")
    restore_dock.what.value = "current plane"
    finish(restore_dock)
    assert viewer.layers["cat restored"].metadata["decrappify"]["source"]["region"] is None


def test_a_plane_beside_the_layer_gives_a_notice(viewer, stack, restore_dock, finish, notices):
    viewer.add_image(photo((9, 40, 48)), name="longer", scale=(3, 0.5, 0.5))
    viewer.dims.set_point(0, 24)
    restore_dock.image.value = viewer.layers["stack"]
    restore_dock.what.value = "current plane"
    finish(restore_dock)
    assert len(viewer.layers) == 2
    assert "Move the sliders to where the layer shows" in notices[0]


@pytest.mark.parametrize("call", MODEL_DOCKS, ids=lambda call: call.__name__)
def test_the_uncertainty_becomes_a_second_layer(viewer, marked, open_with, finish, call):
    dock = open_with(*MODEL_DOCKS[call])
    dock.fields["return_uncertainty"].value = True
    finish(dock)
    result, uncertainty = viewer.layers[1:3]
    given = {"mask": marked} if call is infill else {}
    image, spread = call(photo(), **given, return_uncertainty=True, model=dock.model.value, device="cpu")
    np.testing.assert_array_equal(result.data, image)
    np.testing.assert_array_equal(uncertainty.data, spread)
    assert uncertainty.name == f"{result.name} uncertainty"
    assert uncertainty.data.any()
    assert uncertainty.metadata["decrappify"]["output"] == "uncertainty"
    np.testing.assert_allclose(uncertainty.data_to_world((3, 4)), result.data_to_world((3, 4)))


def test_the_script_of_the_last_run_on_what_is_no_file_waits_for_one(viewer, marked, open_with, finish, done_again):
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    assert not dock.copy_button.enabled
    finish(dock)
    dock.copy_button.native.click()
    assert "waits for the path" in dock.run_button.note.value
    (result,) = [layer for layer in viewer.layers if isinstance(layer, Image) and layer.name != "cat"]
    np.testing.assert_array_equal(done_again(photo()), result.data)
