"""Who computes regions: threads of this process, or the workers of a cluster."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_threads
from contextlib import contextmanager
from typing import Any, Protocol

from ..errors import DeviceError, WorkerError
from ..jobs import Job, Progress
from .regions import Graph, Regions
from .requirement import distributed

THREADS = 2
"""In this process one region is in the net, and another being read or written."""
AHEAD = 2
"""Regions a thread of a cluster's workers has: one it works on, and one that it doesn't wait for."""


class Workers(Protocol):
    """Who computes regions."""

    in_flight: int

    def start(self, graph: Graph, key: Any) -> Any:
        """Begin a region; return its future."""

    def first_done(self, pending: set[Any]) -> set[Any]:
        """Wait until one of the futures is done; return those that are."""

    def stop(self, pending: set[Any]) -> None:
        """Leave what hasn't been begun; wait for what has, as far as that can be."""


class Threads:
    """Threads of this process."""

    in_flight = THREADS

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, graph: Graph, key: Any) -> Any:
        """Begin a region; return its future."""
        from dask.local import get_sync

        return self._pool.submit(get_sync, graph, key)

    def first_done(self, pending: set[Any]) -> set[Any]:
        """Wait until one of the futures is done; return those that are."""
        return wait_for_threads(pending, return_when=FIRST_COMPLETED).done

    def stop(self, pending: set[Any]) -> None:
        """Leave what hasn't been begun; wait for what has."""
        wait_for_threads({future for future in pending if not future.cancel()})


class Cluster:
    """The workers of a dask.distributed client; a region of one that died is made by another."""

    def __init__(self, client: Any, needed: int) -> None:
        self._client = client
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if not workers:
            raise WorkerError("a cluster with workers", "none", "Start some, or wait for them.")
        for worker in workers:
            _check_fits(needed, worker)
        self.in_flight = AHEAD * sum(worker["nthreads"] for worker in workers)

    def start(self, graph: Graph, key: Any) -> Any:
        """Begin a region; return its future."""
        return self._client.get(graph, key, sync=False)

    def first_done(self, pending: set[Any]) -> set[Any]:
        """Wait until one of the futures is done; return those that are.

        Raises
        ------
        WorkerError
            If a region has killed several workers.
        """
        from distributed.scheduler import KilledWorker

        done: set[Any] = distributed().wait(list(pending), return_when="FIRST_COMPLETED").done
        for future in done:
            error = future.exception() if future.status == "error" else None
            if isinstance(error, KilledWorker):
                advice = "Give workers more memory, or pass a smaller region."
                raise WorkerError("workers that live", f"several that died of one region: {error}", advice) from error
        return done

    def stop(self, pending: set[Any]) -> None:
        """Leave what hasn't been begun."""
        self._client.cancel(list(pending))


@contextmanager
def workers_for(needed: int) -> Iterator[Workers]:
    """Yield the active cluster's workers, else threads; `needed` is the bytes that a region takes.

    Raises
    ------
    DeviceError
        If a worker hasn't memory enough.
    """
    client = active_client()
    if client is not None:
        yield Cluster(client, needed)
        return
    with ThreadPoolExecutor(THREADS, "regions") as pool:
        yield Threads(pool)


def computed(regions: Regions, workers: Workers, what: str) -> Job[None]:
    """Compute and write the missing regions of a level, a few at a time."""
    missing = regions.missing()
    tasks, pending = regions.tasks(missing), set[Any]()
    total = math.prod(regions.array.numblocks)
    done = total - len(missing)
    try:
        while True:
            for _, (graph, key) in zip(range(workers.in_flight - len(pending)), tasks, strict=False):
                pending.add(workers.start(graph, key))
            yield Progress(done, total, f"{what}, region {done} of {total}")
            if not pending:
                return
            finished = workers.first_done(pending)
            for future in finished:
                future.result()
            pending -= finished
            done += len(finished)
    finally:
        workers.stop(pending)


def active_client() -> Any | None:
    """Return the dask.distributed client that is active here, if any."""
    if "distributed" not in sys.modules:
        return None
    try:
        return distributed().get_client()
    except ValueError:
        return None


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Work on the cluster whose scheduler has this address; without one, as it comes.

    Raises
    ------
    WorkerError
        If nobody answers there.
    PluginError
        If distributed isn't installed.
    """
    if address is None:
        yield
        return
    package = distributed()
    try:
        client = package.Client(address)
    except (OSError, ValueError) as error:
        raise WorkerError(f"a dask scheduler at {address}", str(error), "Start one with dask scheduler.") from error
    with client:
        yield


def _check_fits(needed: int, worker: dict[str, Any]) -> None:
    limit = worker.get("memory_limit") or 0
    if 0 < limit < needed * worker["nthreads"]:
        raise DeviceError(
            f"workers with {needed * worker['nthreads'] / 2**20:.0f} MiB, for a region in each of "
            f"{worker['nthreads']} threads",
            f"one with {limit / 2**20:.0f} MiB",
            "Pass a smaller region, or start workers with fewer threads or more memory.",
        )
