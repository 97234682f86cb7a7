"""What denoises can be found, and what restores fits the layer, and says so."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import restore
from napari_decrappify.widgets.fine_tune.dock import FineTuneDock
from napari_decrappify.widgets.restore import DenoiseDock, RestoreDock

pytestmark = pytest.mark.usefixtures("bare_viewer")

STACK = np.random.default_rng(0).integers(300, 4096, (2, 16, 24), dtype=np.uint16)
PHOTO = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)


def test_denoise_takes_its_model_whatever_the_image_is(viewer, open_dock, finish, both_restorers):
    for image, rgb in ((STACK, False), (PHOTO, True)):
        viewer.add_image(image, name="cells", rgb=rgb)
        dock = open_dock(DenoiseDock)
        dock.fields["device"].value = "cpu"
        assert dock.run_button.start.text == "Denoise"
        finish(dock)
        result = viewer.layers["cells denoised"]
        np.testing.assert_array_equal(result.data, restore(image, model="denoise", device="cpu"))
        viewer.layers.clear()


def test_restore_takes_the_model_that_suits_the_layer_and_says_which_and_why(viewer, open_dock, finish, both_restorers):
    stack = viewer.add_image(STACK, name="stack")
    photo = viewer.add_image(PHOTO, name="photo", rgb=True)
    dock = open_dock(RestoreDock)
    dock.fields["device"].value = "cpu"
    for layer, model, reason in ((stack, "denoise", "all but 8-bit photos"), (photo, "restore", "for 8-bit photos")):
        dock.image.value = layer
        assert dock.model.limits.value.startswith(f"{model}, ")
        assert reason in dock.model.limits.value
        finish(dock)
        made = viewer.layers[f"{layer.name} {'denoised' if model == 'denoise' else 'restored'}"]
        np.testing.assert_array_equal(made.data, restore(layer.data, model=model, device="cpu"))
        assert reason in made.metadata["decrappify"]["chosen"]


def test_models_are_listed_by_what_they_undo(viewer, open_dock, both_restorers):
    shown = {kind: [dock.model.native.itemText(n) for n in range(dock.model.native.count())]
             for kind in (RestoreDock, DenoiseDock) if (dock := open_dock(kind))}  # fmt: skip
    assert "restore (low resolution, JPEG, numbers)" in shown[RestoreDock]
    assert "denoise (camera and photon noise)" in shown[RestoreDock]
    assert shown[DenoiseDock] == ["automatic", "denoise (camera and photon noise)"]


def test_fine_tuning_begins_with_the_model_that_suits_the_layers(viewer, open_dock, both_restorers):
    stack, photo = viewer.add_image(STACK, name="stack"), viewer.add_image(PHOTO, name="photo", rgb=True)
    dock = open_dock(FineTuneDock)
    dock.task.value = "restore"
    for layer in (stack, photo):
        dock.pictures.layers.check(layer, on=layer is photo)
    assert dock.form.base.card().name == "restore"
    dock.form.recipe.value = "neighbor2neighbor"
    assert dock.form.base.card().name == "denoise"
    dock.form.recipe.value = "quick"
    dock.pictures.layers.check(photo, on=False)
    dock.pictures.layers.check(stack)
    assert dock.form.base.card().name == "denoise"


def test_only_noisy_images_are_asked_for_nothing_else(viewer, open_dock, both_restorers):
    viewer.add_image(STACK, name="stack")
    dock = open_dock(FineTuneDock)
    dock.task.value = "restore"
    dock.pictures.side.value = "as chosen below"
    assert dock.values()["crappifier"] is not None
    names = [dock.form.recipe.native.itemText(n) for n in range(dock.form.recipe.native.count())]
    assert "I have only noisy images (neighbor2neighbor)" in names
    dock.form.recipe.value = "neighbor2neighbor"
    assert dock.values()["crappifier"] is None
    assert dock.pictures.side.native.isHidden()
    assert dock.pictures.composition.native.isHidden()
    dock.form.recipe.value = "quick"
    assert not dock.pictures.side.native.isHidden()
