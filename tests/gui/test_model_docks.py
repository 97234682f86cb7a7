"""The docks that upscale and that remove watermarks; what all docks with a model have in common."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from napari_decrappify import (
    colorize,
    infill,
    remove_watermark,
    repair_photo,
    replay,
    restore,
    upscale,
)
from napari_decrappify.models import load_model, user_model_path
from napari_decrappify.parameters import parameters_of
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.old_photo import OldPhotoDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


def photo(shape=(40, 48, 3)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


@pytest.fixture
def upscale_dock(open_with):
    return open_with(UpscaleDock, "tiny_upscaler")


@pytest.fixture
def watermark_dock(open_with):
    return open_with(RemoveWatermarkDock, "tiny_watermark")


def test_upscaling_adds_the_api_s_result_over_the_same_area(viewer, upscale_dock, finish, tiny_upscaler):
    source = viewer.add_image(photo(), name="cat", scale=(2, 3), translate=(4, 5), rotate=20, units="um")
    finish(upscale_dock)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat x2 sharp"]
    fine = viewer.layers["cat x2 sharp"]
    np.testing.assert_array_equal(fine.data, upscale(photo(), 2, model=tiny_upscaler, device="cpu"))
    np.testing.assert_allclose(fine.scale, (1, 1.5))
    np.testing.assert_allclose(fine.data_to_world((-0.5, -0.5)), source.data_to_world((-0.5, -0.5)))
    np.testing.assert_allclose(fine.data_to_world((79.5, 95.5)), source.data_to_world((39.5, 47.5)))
    assert fine.units == source.units
    done = fine.metadata["decrappify"]
    assert done["model"] == {"name": tiny_upscaler, "sha256": load_model(tiny_upscaler).sha256}
    np.testing.assert_array_equal(replay(done, photo()), fine.data)
    np.testing.assert_array_equal(source.data, photo())


def test_a_stack_of_three_is_not_taken_for_colour(viewer, upscale_dock, finish):
    viewer.add_image(photo((16, 24, 3)), name="narrow stack", rgb=False)
    finish(upscale_dock)
    assert viewer.layers[-1].data.shape == (16, 48, 6)


def test_every_field_reaches_the_call(viewer, upscale_dock, finish, tiny_upscaler):
    viewer.add_image(photo((16, 24)), name="cells")
    fields = upscale_dock.fields
    fields["factor"].value = 4
    fields["strength"].value = 0.5
    fields["normalize"].value = "percentile"
    fields["tile"].value = 16
    finish(upscale_dock)
    settings = {"strength": 0.5, "normalize": "percentile", "tile": 16, "device": "cpu"}
    result = viewer.layers["cells x4 sharp"]
    np.testing.assert_array_equal(result.data, upscale(photo((16, 24)), 4, model=tiny_upscaler, **settings))
    assert settings.items() <= result.metadata["decrappify"]["parameters"].items()


def test_texture_is_offered_where_the_model_has_a_partner(viewer, open_with, finish, tiny_pair):
    viewer.add_image(photo((16, 24)), name="cells")
    dock = open_with(UpscaleDock, "tiny_upscaler")
    texture = dock.fields["texture"]
    assert texture.enabled
    texture.value = 0.5
    finish(dock)
    result = viewer.layers["cells x2 sharp"]
    np.testing.assert_array_equal(result.data, upscale(photo((16, 24)), texture=0.5, device="cpu"))
    dock.copy_button.native.click()
    assert "texture=0.5" in QApplication.clipboard().text()
    dock.model.value = tiny_pair[1]
    assert not texture.enabled
    assert texture.value == 0
    finish(dock)
    np.testing.assert_array_equal(viewer.layers[-1].data, upscale(photo((16, 24)), model=tiny_pair[1], device="cpu"))


DOCKS = {
    upscale: UpscaleDock,
    restore: RestoreDock,
    remove_watermark: RemoveWatermarkDock,
    infill: InfillDock,
    colorize: ColorizeDock,
    repair_photo: OldPhotoDock,
}


@pytest.mark.parametrize(("call", "kind"), DOCKS.items(), ids=lambda value: value.__name__)
def test_the_fields_are_those_of_the_call(home, open_dock, call, kind):
    dock, parameters = open_dock(kind), parameters_of(call)
    assert {*dock.fields, "model", "rgb"} == set(parameters) - {"mark"}  # which has fields of its own
    for name, field in dock.fields.items():
        assert field.value == (True if name == "return_mask" else parameters[name].default)
        assert field.tooltip == parameters[name].doc.help


def test_the_limits_of_the_model_show(upscale_dock):
    assert "Random weights: for tests only." in upscale_dock.model.limits.value


def test_without_a_model_it_says_so(viewer, open_dock, home):
    viewer.add_image(photo())
    dock = open_dock(UpscaleDock)
    assert not dock.run_button.start.enabled
    assert "There is no model for upscale that enlarges 2 times." in dock.run_button.note.value


def test_automatic_takes_the_model_that_reaches_the_factor(viewer, open_dock, tiny_upscaler):
    viewer.add_image(photo())
    dock = open_dock(UpscaleDock)
    assert dock.model.card().name == tiny_upscaler
    dock.fields["factor"].value = 3
    assert "that enlarges 3 times" in dock.run_button.note.value
    assert not dock.run_button.start.enabled
    dock.fields["factor"].value = 4
    assert dock.run_button.start.enabled


def test_a_model_that_is_damaged_gives_a_notice_and_no_layer(viewer, upscale_dock, finish, notices, tiny_upscaler):
    viewer.add_image(photo())
    path = user_model_path(tiny_upscaler)
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    finish(upscale_dock)
    assert len(viewer.layers) == 1
    assert len(notices) == 1
    assert upscale_dock.run_button.start.enabled


def test_lazy_layers_are_read_when_they_fit(viewer, upscale_dock, finish, tiny_upscaler):
    viewer.add_image(da.from_array(photo((2, 16, 24)), chunks=(1, 16, 24)), name="lazy")
    finish(upscale_dock)
    result = viewer.layers[-1].data
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result, upscale(photo((2, 16, 24)), 2, model=tiny_upscaler, device="cpu"))


def test_layers_larger_than_memory_stay_lazy(viewer, watermark_dock, finish, monkeypatch):
    monkeypatch.setattr("napari_decrappify.apply.engine.device.free_memory", lambda device: 1000)
    viewer.add_image(da.from_array(photo((2, 16, 24)), chunks=(1, 16, 24)), name="huge")
    finish(watermark_dock)
    image, labels = viewer.layers[1], viewer.layers[2]
    assert isinstance(image.data, da.Array)
    assert isinstance(labels.data, da.Array)
    assert labels.data.shape == (2, 16, 24)


def test_the_watermark_that_the_model_finds_becomes_labels(viewer, watermark_dock, finish, tiny_watermark):
    source = viewer.add_image(photo(), name="cat", scale=(2, 2), translate=(3, 3))
    finish(watermark_dock)
    image, mask = remove_watermark(photo(), model=tiny_watermark, return_mask=True, device="cpu")
    assert 0 < mask.sum() < mask.size
    assert [layer.name for layer in viewer.layers] == ["cat", "cat cleaned", "cat cleaned mask"]
    np.testing.assert_array_equal(viewer.layers["cat cleaned"].data, image)
    np.testing.assert_array_equal(viewer.layers["cat cleaned mask"].data != 0, mask)
    for layer in viewer.layers:
        np.testing.assert_allclose(layer.data_to_world((3, 4)), source.data_to_world((3, 4)))


def test_only_what_is_drawn_changes(viewer, watermark_dock, finish):
    viewer.add_image(photo(), name="cat", scale=(2, 2))
    viewer.add_shapes([[[9, 9], [9, 41], [29, 41], [29, 9]]], shape_type="rectangle", name="here")
    watermark_dock.mask.layer.value = viewer.layers["here"]
    assert watermark_dock.fields["dilate"].native.isHidden()
    finish(watermark_dock)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat cleaned", "here"]
    result = viewer.layers["cat cleaned"]
    changed = (result.data != photo()).any(axis=-1)
    inside = np.zeros((40, 48), bool)
    inside[5:15, 5:21] = True
    assert changed.any()
    assert not changed[~inside].any()
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], photo()), result.data)


def test_an_empty_mask_gives_a_notice(viewer, watermark_dock, finish, notices):
    viewer.add_image(photo(), name="cat")
    viewer.add_labels(np.zeros((40, 48), np.uint8), name="nothing")
    watermark_dock.mask.layer.value = viewer.layers["nothing"]
    finish(watermark_dock)
    assert len(viewer.layers) == 2
    assert "'nothing', which marks none of it" in notices[0]


def test_the_found_mask_can_be_edited_and_used_again(viewer, watermark_dock, finish, qtbot, tiny_watermark):
    viewer.add_image(photo(), name="cat", scale=(2, 2))
    assert not watermark_dock.again.enabled
    finish(watermark_dock)
    assert watermark_dock.again.enabled
    labels = viewer.layers["cat cleaned mask"]
    labels.data[:20] = 0
    labels.data[30:34, 5:20] = 3
    viewer.layers.selection.active = viewer.layers["cat cleaned"]
    watermark_dock.again.native.click()
    qtbot.waitUntil(lambda: not watermark_dock.run_button.running, timeout=30_000)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat cleaned", "cat cleaned mask", "cat cleaned 2"]
    expected = remove_watermark(photo(), labels.data, model=tiny_watermark, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat cleaned 2"].data, expected)
    assert watermark_dock.image.current_choice == "cat"
    viewer.layers.remove("cat cleaned mask")
    assert not watermark_dock.again.enabled


def test_a_pixel_size_instead_of_a_factor(viewer, upscale_dock, finish, tiny_upscaler):
    source = viewer.add_image(photo((20, 30)), name="cells", scale=(0.5, 0.5), translate=(3, 4), units="um")
    factor = upscale_dock.fields["factor"]
    assert upscale_dock.pixel_size.native.placeholderText() == "now 0.5 µm"
    upscale_dock.pixel_size.value = "0.2"
    assert (factor.value, factor.enabled) == (4, False)
    finish(upscale_dock)
    result = viewer.layers["cells sharp at 0.2 µm"]
    np.testing.assert_allclose(result.scale, (0.2, 0.2))
    np.testing.assert_allclose(result.data_to_world((-0.5, -0.5)), source.data_to_world((-0.5, -0.5)))
    expected = upscale(photo((20, 30)), 4, exact=(2.5, 2.5), model=tiny_upscaler, device="cpu")
    np.testing.assert_array_equal(result.data, expected)
    upscale_dock.pixel_size.value = ""
    assert factor.enabled


@pytest.mark.parametrize(
    ("text", "reason"),
    [("small", "a pixel size such as 0.25"), ("0.7", "below the layer's own, 0.5"), ("1e-3", "that the models reach")],
)
def test_a_pixel_size_that_cannot_be_reached_is_told(viewer, upscale_dock, text, reason):
    viewer.add_image(photo((20, 30)), scale=(0.5, 0.5))
    upscale_dock.pixel_size.value = text
    assert not upscale_dock.run_button.start.enabled
    assert reason in upscale_dock.run_button.note.value
    upscale_dock.pixel_size.value = "0.25"
    assert upscale_dock.run_button.start.enabled


def test_a_pixel_size_may_have_a_unit(viewer, upscale_dock):
    viewer.add_image(photo((20, 30)), scale=(0.5, 0.5), units="um")
    upscale_dock.pixel_size.value = "250 nm"
    assert upscale_dock.fields["factor"].value == 2
    assert upscale_dock.run_button.start.enabled


def test_a_model_brings_its_factor(viewer, upscale_dock, tiny_upscaler):
    viewer.add_image(photo((20, 30)))
    upscale_dock.model.value = None
    upscale_dock.fields["factor"].value = 3
    upscale_dock.model.value = tiny_upscaler
    assert upscale_dock.fields["factor"].value == 2
    assert upscale_dock.run_button.start.enabled


AT_ZERO = {
    "upscale": (UpscaleDock, "tiny_upscaler", lambda image, name: upscale(image, 2, strength=0, model=name)),
    "restore": (RestoreDock, "tiny_restorer", lambda image, name: image),
    "remove watermark": (RemoveWatermarkDock, "tiny_watermark", lambda image, name: image),
    "colourise": (ColorizeDock, "tiny_colorizer", lambda image, name: np.stack([image] * 3, axis=-1)),
}


@pytest.mark.parametrize("dock", AT_ZERO)
def test_strength_0_gives_what_is_there_without_the_model(viewer, open_with, finish, dock):
    kind, fixture, expected = AT_ZERO[dock]
    viewer.add_image(photo((20, 30)), name="cat")
    opened = open_with(kind, fixture)
    opened.fields["strength"].value = 0
    finish(opened)
    result = next(layer for layer in viewer.layers if "decrappify" in layer.metadata)
    np.testing.assert_array_equal(result.data, expected(photo((20, 30)), opened.model.value))


def test_a_chosen_model_whose_file_is_gone_is_not_replaced_by_another(viewer, upscale_dock, tiny_upscaler):
    viewer.add_image(photo(), name="cat")
    user_model_path(tiny_upscaler).unlink()
    upscale_dock.run_button.run()
    assert f"Expected a model {tiny_upscaler} any more" in upscale_dock.run_button.note.value
    assert [layer.name for layer in viewer.layers] == ["cat"]
