"""A volume larger than memory: how fast tasks go through it, and what they hold of it."""

from __future__ import annotations

import functools
import math
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import psutil

from ...jobs import Job, Progress, run_to_end
from ...tasks import call_named
from ...volumes import apply_to_zarr, open_volume
from ...volumes.apply_to_zarr import REGION
from ...volumes.reading import region_shape
from ...volumes.requirement import zarr
from ...volumes.workers import THREADS
from ..tables import Table

SIDE, CHUNK = 2048, 512
SPECK, EVERY, OF_PLANES = 6, 2048, 16
"""A hole of so many pixels a side in each square of so many, in one of so many planes."""
COMPARED = 16
"""Regions that the plain loop goes through, if there is time."""
LIMIT, LEAST = 600.0, 4
"""Seconds after which a walk is stopped, but not before so many regions; the plain loop has a tenth of that time."""
EVERY_SECONDS = 0.02
MEBIBYTE = 2**20
HEADER = [
    "", "megapixels", "of all", "seconds", "MP/s", "plain loop, MP/s", "of it", "of it, in processor time",
    "in flight, MiB", "beyond, MiB", "coarser levels or cancelling, s",
]  # fmt: skip


Spent: TypeAlias = tuple[float, float]
"""By the wall, and of the processor."""


@dataclass(frozen=True)
class Walk:
    """A task on a volume."""

    task: str
    source: Path
    options: dict[str, Any] = field(default_factory=dict)
    mask: Path | None = None
    factor: int = 1


def volume(gigabytes: float, settings: dict[str, Any], side: int = SIDE, limit: float = LIMIT) -> Job[Table]:
    """Measure infilling, restoring and enlarging a 16-bit volume that is made as it is written, on disk.

    Parameters
    ----------
    gigabytes : float
        Its size, in 10^9 bytes.
    settings : dict
        Further keywords for the tasks.
    side : int
        Height and width of its planes.
    limit : float
        Seconds after which a task is cancelled: what was done by then counts.
    """
    planes = max(1, round(gigabytes * 1e9 / (2 * side * side)))
    note = (
        f"{planes} planes of {side} x {side} 16-bit pixels, {planes * side * side * 2 / 1e9:.3g} GB; a task is "
        f"cancelled after {limit:.0f} s. One plane of {OF_PLANES} has holes. The plain loop reads, repairs and writes "
        f"up to {COMPARED} regions without their surroundings. In flight: input and result in all threads; beyond: "
        "largest resident size over that before, less what is in flight."
    )
    table = Table("A volume larger than memory", note, HEADER)
    with tempfile.TemporaryDirectory(prefix="decrappify-volume-") as folder:
        whole, mask = (Path(folder, f"{name}.zarr") for name in ("whole", "mask"))
        yield from _made(whole, planes, side, noisy_plane, np.uint16)
        yield from _made(mask, planes, side, specks, np.uint8)
        for walk in (
            Walk("infill", whole, {"texture": 0.0, **settings}, mask),
            Walk("restore", whole, settings),
            Walk("upscale", whole, settings, factor=2),
        ):
            target = Path(folder, f"{walk.task}.zarr")
            table.rows.append((yield from _measured(walk, target, limit)))
            shutil.rmtree(target)
    return table


def noisy_plane(number: int, side: int) -> npt.NDArray[np.uint16]:
    """Return bright blobs on dark ground, another plane for each number, with the noise of few photons."""
    y, x = (line.astype(np.float32) for line in np.ogrid[:side, :side])
    waves = np.sin(y / 23 + number / 3) * np.sin(x / 31 - number / 5) + np.sin(y / 47) * np.cos(x / 41 + number)
    photons = 40 * (2.1 + waves)
    photons += np.sqrt(photons) * np.roll(_noise(side), 37 * number, axis=0)
    plane: npt.NDArray[np.uint16] = np.maximum(photons, 0).astype(np.uint16) * np.uint16(100)
    return plane


@functools.cache
def _noise(side: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((side, side), np.float32)


def specks(number: int, side: int) -> npt.NDArray[np.uint8]:
    """Return a few holes, in one plane of many."""
    mask = np.zeros((side, side), np.uint8)
    if number % OF_PLANES == 0:
        every = min(EVERY, side)
        for line in range(SPECK):
            for column in range(SPECK):
                mask[every // 2 + line :: every, every // 2 + column :: every] = 1
    return mask


def _made(path: Path, planes: int, side: int, plane: Any, dtype: npt.DTypeLike) -> Job[None]:
    array = zarr().create_array(
        str(path),
        shape=(planes, side, side),
        chunks=(1, min(CHUNK, side), min(CHUNK, side)),
        dtype=dtype,
        compressors=None,
    )
    for number in range(planes):
        yield Progress(number, planes, f"{path.stem}: plane {number + 1} of {planes}")
        array[number] = plane(number, side)


def _measured(walk: Walk, target: Path, limit: float) -> Job[list[Any]]:
    """Return a row of the table."""
    plain = _plain_pace(walk, target.with_name("plain.zarr"), limit / 10)
    size = math.prod(open_volume(walk.source).stored.shape) * walk.factor**2 / 1e6
    in_flight = THREADS * math.prod(_region(walk)) * 2 * (1 + walk.factor**2)
    with largest_resident() as resident:
        job = apply_to_zarr.job(walk.task, walk.source, target, mask=walk.mask, **walk.options)
        spent, share = yield from _finest_level(job, limit)
        ended = time.perf_counter()
        if share == 1:
            yield from job
        job.close()
    done, beyond = size * share, resident.most - resident.before - in_flight
    by_wall, by_processor = (f"{done / taken / pace:.0%}" for taken, pace in zip(spent, plain, strict=True))
    return [
        walk.task, done, f"{share:.1%}", spent[0], done / spent[0], plain[0], by_wall, by_processor,
        round(in_flight / MEBIBYTE), round(beyond / MEBIBYTE), time.perf_counter() - ended,
    ]  # fmt: skip


def _finest_level(job: Job[Path], limit: float) -> Job[tuple[Spent, float]]:
    """Go through the finest level, as far as time allows; return how long that took, and the share that is done."""
    clock = _Clock()
    while True:
        step = next(job)
        yield step
        if step.done == step.total or (clock.spent[0] > limit and step.done >= LEAST):
            return clock.spent, step.done / step.total


class _Clock:
    """What has been spent since it was made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    @property
    def spent(self) -> Spent:
        """Seconds by the wall, and of the processor in all threads."""
        return time.perf_counter() - self._wall, time.process_time() - self._processor


def _region(walk: Walk) -> tuple[int, ...]:
    opened = open_volume(walk.source)
    return region_shape(opened.stored.shape, opened.chunks, REGION, planes={})


def _plain_pace(walk: Walk, target: Path, limit: float) -> Spent:
    """Return megapixels a second of a loop over some regions, after one to warm up, by both clocks."""
    source, call, region = open_volume(walk.source).stored, call_named(walk.task), _region(walk)
    shape = (*source.shape[:-2], *(n * walk.factor for n in source.shape[-2:]))
    result = zarr().create_array(str(target), shape=shape, chunks=(1, CHUNK, CHUNK), dtype=np.uint16, overwrite=True)
    mask = None if walk.mask is None else open_volume(walk.mask).stored
    places = [(plane, *(slice(0, n) for n in region[1:])) for plane in range(min(COMPARED, source.shape[0]))]
    for number, place in enumerate([places[0], *places]):
        if number <= 1:
            clock = _Clock()
        masked = {} if mask is None else {"mask": mask[place]}
        made = run_to_end(call.job(source[place], **masked, **walk.options))
        result[(place[0], *(slice(0, n) for n in made.shape))] = made
        if number and clock.spent[0] > limit:
            break
    wall, processor = clock.spent
    shutil.rmtree(target)
    done = number * math.prod(region[1:]) * walk.factor**2 / 1e6
    return done / wall, done / processor


@dataclass
class Resident:
    """Bytes of this process's resident size."""

    before: int
    most: int


@contextmanager
def largest_resident() -> Iterator[Resident]:
    """Look at this process's resident size again and again; what is yielded has the largest in the end."""
    process, ended = psutil.Process(), threading.Event()
    seen = Resident(process.memory_info().rss, 0)

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            seen.most = max(seen.most, process.memory_info().rss)

    seen.most = seen.before
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()
