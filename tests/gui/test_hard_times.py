"""What may happen while a job runs: windows closed, layers and files deleted, and the same job twenty times."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import QEvent, QThreadPool
from qtpy.QtWidgets import QApplication
from superqt.utils._qthreading import WorkerBase

from napari_decrappify import restore
from napari_decrappify.models import user_model_path
from napari_decrappify.on_layers import crappify_layer
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.compare.comparison import NAME as SHOWN
from napari_decrappify.widgets.compare.dock import SPLIT, CompareDock
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.old_photo import OldPhotoDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

LONG = (4, 64, 64)
SHORT = (40, 48)
DOCKS = {
    "Crappify": (CrappifyDock, None),
    "Upscale": (UpscaleDock, "tiny_upscaler"),
    "Restore": (RestoreDock, "tiny_restorer"),
    "Remove watermark": (RemoveWatermarkDock, "tiny_watermark"),
    "Infill": (InfillDock, "tiny_infill"),
    "Colourise": (ColorizeDock, "tiny_colorizer"),
    "Old photo": (OldPhotoDock, "tiny_photo"),
}
RUNS, WARM_UP = 20, 5
NAPARIS_OWN = 10_000  # bytes for each run: it keeps every task and every bar


def stack(shape=LONG):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


@pytest.fixture
def close(own_viewer):
    """Close the viewer."""
    return own_viewer.close


@pytest.fixture
def opened(open_dock, open_with):
    """Open the dock of a title."""

    def open_it(title):
        kind, model = DOCKS[title]
        return open_dock(kind) if model is None else open_with(kind, model)

    return open_it


@pytest.fixture
def start(viewer, opened, midway):
    """Open a dock on a stack, with marks that are selected, and press its button; return it midway, where it waits."""

    def start_it(title, wrap=np.asarray):
        array = stack()
        viewer.add_image(wrap(array), name="stack")
        viewer.add_labels((array[0] > 128).astype(np.uint8), name="marks")
        dock = opened(title)
        if title != "Crappify":
            dock.fields["tile"].value = 16
        midway(dock)
        return dock

    return start_it


def press(dock):
    assert dock.run_button.start.enabled, dock.run_button.note.value
    dock.run_button.start.native.click()


@pytest.fixture
def ended(qtbot, may_go):
    """Let jobs go on, and wait until a dock's has ended."""

    def wait(dock):
        may_go.set()
        qtbot.waitUntil(lambda: not dock.run_button.running, timeout=60_000)

    return wait


def at_rest():
    """Tell whether no worker is left, and no thread is about to let one go."""
    return not WorkerBase._worker_set and not QThreadPool.globalInstance().activeThreadCount()


def names(viewer):
    return [layer.name for layer in viewer.layers]


@pytest.mark.parametrize("title", DOCKS)
def test_cancelling_midway_leaves_no_layer(viewer, start, ended, qtbot, title):
    dock = start(title)
    dock.run_button.cancel.native.click()
    ended(dock)
    qtbot.waitUntil(at_rest, timeout=20_000)
    assert names(viewer) == ["stack", "marks"]
    assert dock.run_button.note.value == "Cancelled."
    assert dock.run_button.start.enabled
    assert not dock.copy_button.enabled


@pytest.mark.parametrize("title", ["Crappify", "Infill"])
def test_closing_the_viewer_midway_ends_the_job_and_those_that_wait(start, opened, close, qtbot, may_go, title):
    start(title)
    for other in DOCKS.keys() - {title}:
        press(opened(other))
    close()
    may_go.set()
    qtbot.waitUntil(at_rest, timeout=20_000)  # an exception in a late slot fails the test


def test_closing_the_viewer_while_a_split_is_shown_is_no_trouble(viewer, close, open_dock):
    source = viewer.add_image(stack(SHORT), name="small")
    viewer.layers.append(crappify_layer(source, "lesson7", 1, name="worse"))
    open_dock(CompareDock).view.value = SPLIT
    assert SHOWN in viewer.layers
    close()  # an exception in a late slot fails the test


@pytest.fixture
def second_viewer(own_viewer, shared_viewer, tiny_restorer):
    """Another viewer than the test's own, with a grey picture, and its restore dock."""
    shared_viewer.add_image(stack(SHORT), name="small")
    dock = RestoreDock(shared_viewer)
    shared_viewer.window.add_dock_widget(dock, name="Restore")
    dock.model.value, dock.fields["device"].value = tiny_restorer, "cpu"
    return shared_viewer, dock


def test_two_viewers_at_once_each_get_their_own_result(viewer, start, ended, second_viewer, tiny_restorer):
    first = start("Restore")
    other, second = second_viewer
    press(second)
    assert first.run_button.running
    for dock in (second, first):
        ended(dock)
    assert names(viewer) == ["stack", "stack restored", "marks"]
    assert names(other) == ["small", "small restored"]
    for layer, array in ((viewer.layers[1], stack()), (other.layers[-1], stack(SHORT))):
        np.testing.assert_array_equal(layer.data, restore(array, model=tiny_restorer, device="cpu"))


def test_closing_one_viewer_midway_leaves_the_other_at_work(start, close, ended, second_viewer):
    start("Restore")
    other, second = second_viewer
    press(second)
    close()
    ended(second)
    assert names(other) == ["small", "small restored"]


@pytest.mark.parametrize(
    ("title", "wrap"), [("Restore", da.from_array), ("Infill", np.asarray), ("Crappify", da.from_array)]
)
def test_a_layer_that_is_deleted_midway_still_gives_its_result(viewer, start, ended, title, wrap):
    dock = start(title, wrap)
    viewer.layers.clear()
    ended(dock)
    assert isinstance(viewer.layers[0], Image)
    assert viewer.layers[0].data.shape == LONG
    assert dock.copy_button.enabled


def test_a_layer_that_is_deleted_before_it_is_read_still_gives_its_result(viewer, open_with, ended, tiny_restorer):
    viewer.add_image(da.from_array(stack(SHORT)), name="small")
    dock = open_with(RestoreDock, "tiny_restorer")
    press(dock)
    viewer.layers.clear()
    ended(dock)
    np.testing.assert_array_equal(viewer.layers[0].data, restore(stack(SHORT), model=tiny_restorer, device="cpu"))


def test_a_model_whose_file_is_deleted_midway_does_its_work_and_is_missed_after_it(
    viewer, start, ended, notices, tiny_restorer
):
    dock = start("Restore")
    user_model_path(tiny_restorer).unlink()
    ended(dock)
    assert names(viewer) == ["stack", "stack restored", "marks"]
    dock.run_button.run()
    ended(dock)
    assert names(viewer) == ["stack", "stack restored", "marks"]
    assert "model" in dock.run_button.note.value
    assert not [notice for notice in notices if "Traceback" in notice]


def test_twenty_runs_leave_nothing_behind(viewer, open_with, finish, qtbot):
    picture = stack((128, 128))
    viewer.add_image(picture, name="small")
    dock = open_with(RestoreDock, "tiny_restorer")

    def run(times):
        for _ in range(times):
            finish(dock)
            viewer.layers.remove("small restored")
        qtbot.waitUntil(at_rest, timeout=20_000)
        clear_away()
        return census(viewer, dock)

    before = run(WARM_UP)
    tracemalloc.start()
    try:
        run(WARM_UP)
        traced = tracemalloc.get_traced_memory()[0]
        after = run(RUNS - 2 * WARM_UP)
        growth = tracemalloc.get_traced_memory()[0] - traced
    finally:
        tracemalloc.stop()
    assert before.pop("threads") + QThreadPool.globalInstance().maxThreadCount() >= after.pop("threads")
    assert after == before
    assert growth < NAPARIS_OWN * (RUNS - 2 * WARM_UP) < picture.nbytes * (RUNS - 2 * WARM_UP)


@pytest.mark.parametrize("ran", [False, True], ids=["unused", "used"])
def test_docks_that_are_closed_are_gone(viewer, opened, finish, qtbot, ran):
    viewer.add_image(stack(SHORT), name="small")
    clear_away()
    before = connections(viewer)

    def opened_and_closed(title):
        dock = opened(title)
        assert connections(viewer) > before
        if ran:
            viewer.add_labels((stack(SHORT) > 128).astype(np.uint8), name="marks")
            finish(dock)
            assert len(viewer.layers) > 2
        viewer.window.remove_dock_widget(dock.native)
        del viewer.layers[1:]
        return weakref.ref(dock)

    there = {title: opened_and_closed(title) for title in DOCKS}

    def gone():
        clear_away()
        return not [title for title, dock in there.items() if dock() is not None]

    qtbot.waitUntil(gone, timeout=20_000)
    assert connections(viewer) == before


def clear_away():
    """Let go of all that nobody holds any more."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def census(viewer, dock):
    """Count what a run may leave behind."""
    kinds = [type(one) for one in gc.get_objects()]
    status = Path("/proc/self/status")
    return {
        "threads": threads_in(status.read_text()) if status.exists() else 0,
        "threads at work": QThreadPool.globalInstance().activeThreadCount(),
        "workers": len(WorkerBase._worker_set),
        "layers": sum(issubclass(kind, Image) for kind in kinds),
        "connections": connections(viewer),
        "connections of fields": sum(len(field.changed) for field in (dock.image, dock.model, *dock.fields.values())),
    }


def threads_in(status):
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:"))


def connections(viewer):
    """Count who listens to a viewer and is alive."""
    groups = (viewer.layers.events, viewer.layers.selection.events, viewer.dims.events, viewer.scene.camera.events)
    listeners = [one for group in groups for emitter in group.emitters.values() for one in emitter.callbacks]
    return sum(not isinstance(one, tuple) or one[0]() is not None for one in listeners)
