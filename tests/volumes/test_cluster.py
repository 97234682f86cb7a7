"""On a cluster the result is the same, bit by bit, also where a worker is lost."""

from __future__ import annotations

import dask
import numpy as np
import pytest
import zarr

from napari_decrappify import apply_to_zarr
from napari_decrappify.errors import DeviceError, WorkerError
from napari_decrappify.volumes.workers import connected

distributed = pytest.importorskip("distributed")


@pytest.fixture
def source(tmp_path, rng):
    np.save(tmp_path / "in.npy", rng.integers(0, 5000, (4, 128, 192), dtype=np.uint16))
    return tmp_path / "in.npy"


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0", memory_limit="2GiB"
    ) as cluster:
        yield cluster


def pixels_of(path):
    return zarr.open_group(str(path), mode="r")["0"][...]


def test_a_cluster_gives_the_same_bits_as_threads(tmp_path, source, cluster, tiny_restorer):
    options = {"model": tiny_restorer, "region": 4096}
    threads = apply_to_zarr("restore", source, tmp_path / "threads.zarr", **options)
    with connected(cluster.scheduler_address):
        there = apply_to_zarr("restore", source, tmp_path / "cluster.zarr", **options)
    np.testing.assert_array_equal(pixels_of(there), pixels_of(threads))


def test_the_regions_of_a_lost_worker_are_made_by_another(tmp_path, source, cluster, tiny_restorer):
    lost = []

    def lose(step):
        if step.done >= 2 and not lost:
            lost.append(next(iter(cluster.workers.values())))
            cluster.sync(lost[0].close)

    options = {"model": tiny_restorer, "region": 4096}
    with distributed.Client(cluster) as client:
        there = apply_to_zarr("restore", source, tmp_path / "cluster.zarr", **options, progress=lose)
        assert lost
        assert len(client.scheduler_info()["workers"]) == 1
    threads = apply_to_zarr("restore", source, tmp_path / "threads.zarr", **options)
    np.testing.assert_array_equal(pixels_of(there), pixels_of(threads))


def test_a_region_larger_than_its_workers_memory_is_refused(tmp_path, source, tiny_restorer):
    small = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": ":0"}
    watched = ("distributed.worker.memory." + what for what in ("target", "spill", "pause", "terminate"))
    with (
        dask.config.set(dict.fromkeys(watched, False)),  # the worker would soon pause, which isn't what is tested
        distributed.LocalCluster(**small, memory_limit="1MiB") as cluster,
        distributed.Client(cluster),
        pytest.raises(DeviceError, match="smaller region"),
    ):
        apply_to_zarr("restore", source, tmp_path / "out.zarr", model=tiny_restorer)


def test_a_scheduler_that_is_not_there_is_a_typed_error():
    with pytest.raises(WorkerError, match="a dask scheduler at"), connected("nonsense://1"):
        pass
