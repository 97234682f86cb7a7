"""Docks write results of layers that memory may not hold to disk, and show what is there."""

from __future__ import annotations

import itertools
import threading

import dask.array as da
import numpy as np
import pytest
import zarr

from napari_decrappify import remove_watermark, restore, upscale
from napari_decrappify.models import load_model
from napari_decrappify.volumes.workers import Threads
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


@pytest.fixture
def stack():
    return np.random.default_rng(0).integers(0, 255, (4, 40, 48), dtype=np.uint8)


@pytest.fixture
def lazy(viewer, tmp_path, stack):
    """A layer of a zarr array, as napari's readers open it."""
    zarr.save_array(str(tmp_path / "in.zarr"), stack)
    array = da.from_zarr(str(tmp_path / "in.zarr"), chunks=(1, 40, 48))
    return viewer.add_image(array, name="cells", scale=(3, 2, 2), translate=(1, 4, 5), contrast_limits=(0, 255))


@pytest.mark.parametrize(
    ("kind", "fixture", "call"), [(RestoreDock, "tiny_restorer", restore), (UpscaleDock, "tiny_upscaler", upscale)]
)
def test_the_result_of_a_lazy_layer_goes_to_disk(viewer, open_with, finish, tmp_path, lazy, stack, kind, fixture, call):
    dock = open_with(kind, fixture)
    dock.to_disk.value = tmp_path / "out"
    finish(dock)
    assert dock.run_button.note.value == "Done."
    result = viewer.layers[-1]
    assert isinstance(result.data, da.Array)
    np.testing.assert_array_equal(result.data, call(stack, model=load_model(dock.model.value), rgb=False))
    assert (tmp_path / "out.ome.zarr" / "zarr.json").is_file()
    np.testing.assert_allclose(result.extent.world, viewer.layers["cells"].extent.world, atol=1)
    assert dock.copy_button.enabled


def test_the_field_shows_only_for_layers_that_memory_may_not_hold(viewer, open_with, lazy, tmp_path):
    dock = open_with(RestoreDock, "tiny_restorer")
    assert not dock.to_disk.native.isHidden()
    dock.to_disk.value = tmp_path / "out"
    viewer.add_image(np.zeros((20, 20), np.uint8), name="small")
    dock.image.value = viewer.layers["small"]
    assert dock.to_disk.native.isHidden()
    assert dock.to_disk.value is None


def test_a_cancelled_run_goes_on_with_the_same_file(viewer, open_with, finish, lazy, tmp_path, monkeypatch):
    dock = open_with(RestoreDock, "tiny_restorer")
    dock.to_disk.value = tmp_path / "out"
    yielded, first_done = dock.run_button._on_yielded, Threads.first_done
    calls, cancelled = itertools.count(), threading.Event()

    def held_after_the_first(workers, pending):
        if next(calls):
            assert cancelled.wait(30)
        return first_done(workers, pending)

    def cancel_midway(step):
        if step.note.startswith("level 1 of 1, region") and step.done:
            dock.run_button.stop()
            cancelled.set()
        yielded(step)

    monkeypatch.setattr(Threads, "first_done", held_after_the_first)
    dock.run_button._on_yielded = cancel_midway
    finish(dock)
    assert dock.run_button.note.value == "Cancelled."
    assert len(viewer.layers) == 1
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "out.ome.zarr" / "0" / "c").rglob("0/0")}
    assert written
    dock.run_button._on_yielded = yielded
    finish(dock)
    assert viewer.layers[-1].name == "cells restored"
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_a_preview_and_what_is_found_stay_off_the_disk(viewer, open_with, finish, qtbot, lazy, stack, tmp_path):
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    dock.to_disk.value = tmp_path / "out"
    assert not dock.fields["return_mask"].enabled
    dock.run_preview()
    qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)
    assert not (tmp_path / "out.ome.zarr").exists()
    finish(dock)
    assert [layer.name for layer in viewer.layers] == ["cells", "cells cleaned"]
    np.testing.assert_array_equal(
        viewer.layers[-1].data, remove_watermark(stack, model=load_model(dock.model.value), rgb=False)
    )
    dock.to_disk.value = None
    assert dock.fields["return_mask"].enabled
