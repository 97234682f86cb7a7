"""What the docks with a model say before they run, and the preview."""

from __future__ import annotations

import dataclasses
import threading

import dask.array as da
import numpy as np
import pytest
from napari.utils import progress

from napari_decrappify import restore
from napari_decrappify.apply.engine.estimate import Estimate, EstimateRequest
from napari_decrappify.widgets.base import estimate_label as _estimate_label
from napari_decrappify.widgets.base.estimate_label import duration, in_words, size
from napari_decrappify.widgets.base.preferences import preferences
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.jobs import activity as _activity
from napari_decrappify.widgets.jobs.activity import LoadingBar
from napari_decrappify.widgets.jobs.job_queue import JOB_QUEUE
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


def photo(shape=(40, 48)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


@pytest.fixture
def restore_dock(open_with):
    return open_with(RestoreDock, "tiny_restorer")


@pytest.fixture
def preview(qtbot):
    """Press Preview and wait until the job has ended."""

    def run(dock):
        dock.preview.native.click()
        qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)

    return run


def looking_at(viewer, center, zoom):
    viewer.scene.camera.center, viewer.scene.camera.zoom = center, zoom


def test_the_preview_shows_the_middle_of_what_is_visible(viewer, restore_dock, preview):
    source = viewer.add_image(photo((1000, 1200)), name="cat", scale=(2, 2))
    looking_at(viewer, (0, 800, 1000), 0.5)
    preview(restore_dock)
    shown = viewer.layers["preview of cat"]
    (top, bottom), (left, right) = shown.metadata["decrappify"]["source"]["region"]
    assert shown.data.shape == (bottom - top, right - left)
    assert max(shown.data.shape) <= 512
    assert abs((top + bottom) / 2 - 400) < 2
    assert abs((left + right) / 2 - 500) < 2
    np.testing.assert_allclose(shown.data_to_world((0, 0)), source.data_to_world((top, left)))
    expected = restore(photo((1000, 1200))[top:bottom, left:right], model=restore_dock.model.value, device="cpu")
    np.testing.assert_array_equal(shown.data, expected)


def test_there_is_one_preview_and_a_run_removes_it(viewer, open_with, restore_dock, preview, finish):
    viewer.add_image(photo(), name="cat")
    preview(restore_dock)
    restore_dock.fields["strength"].value = 0.5
    preview(restore_dock)
    assert [layer.name for layer in viewer.layers] == ["cat", "preview of cat"]
    assert viewer.layers[1].metadata["decrappify"]["parameters"]["strength"] == 0.5
    other = open_with(UpscaleDock, "tiny_upscaler")
    preview(other)
    assert [layer.name for layer in viewer.layers] == ["cat", "preview of cat"]
    assert viewer.layers[1].data.shape == (80, 96)
    finish(restore_dock)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat restored"]
    assert viewer.layers[1].metadata["decrappify"]["parameters"]["strength"] == 0.5


def test_a_preview_is_no_image_to_work_on_and_takes_no_selection(viewer, restore_dock, open_dock, preview):
    other = open_dock(CrappifyDock)
    viewer.add_image(photo(), name="cat")
    preview(restore_dock)
    for dock in (restore_dock, other):
        assert [layer.name for layer in dock.image.choices] == ["cat"]
        assert dock.image.value.name == "cat"
    assert viewer.layers.selection.active.name == "cat"
    assert not restore_dock.copy_button.enabled


def test_the_preview_of_a_stack_is_of_the_plane_at_the_sliders(viewer, restore_dock, preview):
    viewer.add_image(photo((4, 40, 48)), name="stack", scale=(3, 1, 1))
    viewer.dims.set_point(0, 6)
    preview(restore_dock)
    shown = viewer.layers["preview of stack"]
    assert shown.metadata["decrappify"]["source"]["region"][0] == [2, 3]
    assert shown.data.shape[0] == 1
    np.testing.assert_allclose(shown.data_to_world((0, 0, 0))[0], 6)


def test_the_preview_of_a_pyramid_is_of_its_finest_level(viewer, restore_dock, preview):
    computed = []

    def counted(block, block_info=None):
        computed.append(block_info[0]["chunk-location"])
        return block

    fine = da.from_array(photo((2048, 2048)), chunks=256).map_blocks(counted, dtype=np.uint8)
    viewer.add_image([fine, photo((512, 512))], multiscale=True, name="pyramid", contrast_limits=(0, 255))
    computed.clear()
    preview(restore_dock)
    assert max(viewer.layers["preview of pyramid"].data.shape) == 512
    assert 0 < len(set(computed)) <= 9


@pytest.mark.parametrize("what", ["whole stack", "current plane"])
def test_the_preview_of_16_bits_looks_as_the_run_does(viewer, restore_dock, preview, finish, what):
    stack = photo((3, 600, 640)).astype(np.uint16) * 4
    stack[2] *= 20
    stack[:, :40] *= 3
    viewer.add_image(stack, name="cells")
    viewer.dims.set_point(0, 1)
    restore_dock.what.value = what
    restore_dock.fields["precision"].value = "fp32"
    preview(restore_dock)
    shown = viewer.layers["preview of cells"]
    region = tuple(slice(*ends) for ends in shown.metadata["decrappify"]["source"]["region"])
    seen = np.asarray(shown.data)[0, 64:-64, 64:-64]
    finish(restore_dock)
    result = viewer.layers["cells restored" if what == "whole stack" else "cells restored (plane 1)"].data
    run = result[region] if what == "whole stack" else result[:, *region[1:]]
    np.testing.assert_allclose(seen, run[0, 64:-64, 64:-64], atol=1)


def test_a_preview_can_be_cancelled_and_leaves_nothing(viewer, restore_dock, midway, may_go, qtbot):
    viewer.add_image(photo((64, 64)), name="cat")
    restore_dock.fields["tile"].value = 16
    midway(restore_dock, restore_dock.preview)
    restore_dock.run_button.cancel.native.click()
    may_go.set()
    qtbot.waitUntil(lambda: not restore_dock.run_button.running, timeout=30_000)
    assert [layer.name for layer in viewer.layers] == ["cat"]


def test_a_view_in_3d_has_no_preview_and_says_so(viewer, restore_dock, preview, notices):
    viewer.add_image(photo((4, 40, 48)), name="stack")
    viewer.dims.ndisplay = 3
    preview(restore_dock)
    assert len(viewer.layers) == 1
    assert "a 2-D view of the last two axes" in notices[0]


def test_the_dock_says_what_a_run_takes_before_it_runs(viewer, restore_dock, qtbot):
    viewer.add_image(photo(), name="cat")
    qtbot.waitUntil(lambda: "memory" in restore_dock.estimate_label.value, timeout=30_000)
    assert restore_dock.estimate_label.value.startswith(f"{restore_dock.model.value} on cpu in ")
    assert len(viewer.layers) == 1


def test_what_a_run_takes_follows_the_fields(viewer, restore_dock, qtbot, monkeypatch):
    monkeypatch.setattr("napari_decrappify.apply.engine.estimate.seconds_per_pixel", lambda *_: 1e-2)
    viewer.add_image(photo((3, 40, 48)), name="stack")
    qtbot.waitUntil(lambda: "about 58 s" in restore_dock.estimate_label.value, timeout=30_000)
    restore_dock.fields["ensemble"].value = True
    qtbot.waitUntil(lambda: "about 7.7 min" in restore_dock.estimate_label.value, timeout=30_000)
    restore_dock.what.value = "current plane"
    qtbot.waitUntil(lambda: "about 2.6 min" in restore_dock.estimate_label.value, timeout=30_000)
    restore_dock.fields["device"].choices = ("auto", "cuda:77")  # one that is gone since the list was made
    restore_dock.fields["device"].value = "cuda:77"
    qtbot.waitUntil(lambda: "Expected device 'cuda:77'" in restore_dock.estimate_label.value, timeout=30_000)
    viewer.layers.clear()
    assert restore_dock.estimate_label.value == ""


def test_a_long_run_waits_until_it_is_confirmed(viewer, restore_dock, qtbot, notices, monkeypatch):
    monkeypatch.setattr("napari_decrappify.apply.engine.estimate.seconds_per_pixel", lambda *_: 1.0)
    viewer.add_image(photo(), name="cat")
    button = restore_dock.run_button
    button.start.native.click()
    qtbot.waitUntil(lambda: button.pause.text == "Resume", timeout=30_000)
    assert "takes about 32 min" in button.note.value
    assert notices == [button.note.value]
    assert len(viewer.layers) == 1
    button.pause.native.click()
    qtbot.waitUntil(lambda: not button.running, timeout=30_000)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat restored"]


def test_how_long_is_long_is_the_user_s_choice(viewer, restore_dock, finish, notices, monkeypatch):
    monkeypatch.setattr("napari_decrappify.apply.engine.estimate.seconds_per_pixel", lambda *_: 1.0)
    monkeypatch.setattr(preferences(), "ask_before_minutes", 60)
    viewer.add_image(photo(), name="cat")
    finish(restore_dock)
    assert notices == []
    assert len(viewer.layers) == 2


def test_a_preview_is_never_asked_about(viewer, restore_dock, preview, notices, monkeypatch):
    monkeypatch.setattr("napari_decrappify.apply.engine.estimate.seconds_per_pixel", lambda *_: 1.0)
    viewer.add_image(photo(), name="cat")
    preview(restore_dock)
    assert notices == []
    assert "preview of cat" in viewer.layers


def test_a_forecast_that_is_under_way_does_not_outlive_its_dock(viewer, open_with, qtbot, finish, monkeypatch):
    may_go, measure = threading.Semaphore(0), EstimateRequest.estimate

    def slowly(prospect):
        assert may_go.acquire(timeout=20)
        return measure(prospect)

    monkeypatch.setattr(EstimateRequest, "estimate", slowly)
    viewer.add_image(photo(), name="cat")
    dock = open_with(RestoreDock, "tiny_restorer")
    qtbot.waitUntil(lambda: JOB_QUEUE.busy, timeout=20_000)
    with qtbot.waitSignal(dock.native.destroyed, timeout=20_000):
        dock.native.deleteLater()
    may_go.release(10)
    finish(open_with(RestoreDock, "tiny_restorer"))
    assert "cat restored" in viewer.layers


def bars():
    return [bar.desc for bar in progress._all_instances]


@pytest.mark.usefixtures("shared_viewer")
def test_napari_shows_that_a_dock_gets_ready_until_it_is(viewer, open_with, qtbot, monkeypatch):
    monkeypatch.setattr(_estimate_label, "loaded", lambda: False)
    viewer.add_image(photo(), name="cat")
    dock = open_with(RestoreDock, "tiny_restorer")
    qtbot.waitUntil(lambda: bars() == ["Decrappify: getting ready"], timeout=20_000)
    qtbot.waitUntil(lambda: dock.estimate_label.value.endswith("of memory.") and not bars(), timeout=20_000)


def test_a_dock_that_has_nothing_to_load_shows_no_bar(viewer, open_with, qtbot, monkeypatch):
    monkeypatch.setattr(_estimate_label, "loaded", lambda: True)
    monkeypatch.setattr(_activity, "progress", None)
    viewer.add_image(photo(), name="cat")
    dock = open_with(RestoreDock, "tiny_restorer")
    qtbot.waitUntil(lambda: dock.estimate_label.value.endswith("of memory."), timeout=20_000)


@pytest.mark.usefixtures("shared_viewer")
@pytest.mark.parametrize("when", ["before it shows", "as it shows", "later", "with the dock"])
def test_the_bar_goes_whenever_it_is_to_go(viewer, open_with, qtbot, monkeypatch, when):
    readying = LoadingBar()
    if when == "with the dock":
        monkeypatch.setattr(_estimate_label, "loaded", lambda: False)
        monkeypatch.setattr(_estimate_label, "PATIENCE", 60_000)
        viewer.add_image(photo(), name="cat")
        dock = open_with(RestoreDock, "tiny_restorer")
        qtbot.waitUntil(lambda: len(bars()) == 1, timeout=20_000)
        with qtbot.waitSignal(dock.native.destroyed, timeout=20_000):
            dock.native.deleteLater()
    elif when == "as it shows":
        monkeypatch.setattr(_activity, "progress", lambda **words: (readying.end(), progress(**words))[1])
        readying.begin()
    else:
        readying.begin()
        readying.begin()
        if when == "later":
            qtbot.waitUntil(lambda: len(bars()) == 1, timeout=20_000)
        readying.end()
    qtbot.wait(50)
    assert not bars()


def test_estimates_are_said_with_few_digits():
    found = Estimate("restore", "cuda", "bf16", 43.2, 1_234_567_890)
    assert in_words(found) == "restore on cuda in bf16: about 43 s, 1.2 GB of memory."
    masked = Estimate("infill", "cpu", "fp32", 3.6e4, 45_600_000, at_most=True)
    assert in_words(masked) == "infill on cpu in fp32: at most 10 h, 46 MB of memory."
    textured = dataclasses.replace(masked, textured=True)
    assert in_words(textured) == "infill on cpu in fp32: at most 10 h, more for texture, 46 MB of memory."
    assert [duration(seconds) for seconds in (0.01, 9.87, 119, 130, 3599)] == [
        "a second", "9.9 s", "120 s", "2.2 min", "60 min",
    ]  # fmt: skip
    assert size(999) == "1 kB of memory"
