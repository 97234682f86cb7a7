"""A volume larger than memory: how fast tasks go through it, and what they hold of it."""

from __future__ import annotations

import math
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from ...jobs import Job, Progress, run_to_end
from ...tasks import call_named
from ...volumes import apply_to_zarr, open_volume
from ...volumes.reading import region_shape
from ...volumes.requirement import zarr
from ...volumes.workers import THREADS
from ..tables import Table

SIDE, CHUNK = 2048, 512
PART = 8
"""Of the planes, one in so many is enlarged."""
SPECK, EVERY = 6, 128
"""A hole of so many pixels a side, in each square of so many."""
COMPARED = 4
"""Regions that the plain loop goes through."""
EVERY_SECONDS = 0.02
MEBIBYTE = 2**20
HEADER = ["", "megapixels", "seconds", "MP/s", "plain loop, MP/s", "of it", "in flight", "beyond, MiB"]


@dataclass(frozen=True)
class Walk:
    """A task on a volume."""

    task: str
    source: Path
    options: dict[str, Any] = field(default_factory=dict)
    mask: Path | None = None
    factor: int = 1


def volume(gigabytes: float, settings: dict[str, Any], side: int = SIDE) -> Job[Table]:
    """Measure restoring, infilling and enlarging a 16-bit volume that is made as it is written, on disk.

    Parameters
    ----------
    gigabytes : float
        Its size, in 10^9 bytes.
    settings : dict
        Further keywords for the tasks.
    side : int
        Height and width of its planes.
    """
    planes = max(1, round(gigabytes * 1e9 / (2 * side * side)))
    note = (
        f"{planes} planes of {side} x {side} 16-bit pixels, {planes * side * side * 2 / 1e9:.3g} GB, written to "
        f"disk with the coarser levels; enlarged: every {PART}th plane. The plain loop reads, repairs and writes "
        f"{COMPARED} regions without their surroundings. In flight: MiB of input and result in all threads; beyond: "
        "largest resident size over that before, less what is in flight."
    )
    table = Table("A volume larger than memory", note, HEADER)
    with tempfile.TemporaryDirectory(prefix="decrappify-volume-") as folder:
        whole, part, mask = (Path(folder, f"{name}.zarr") for name in ("whole", "part", "mask"))
        yield from _made(whole, planes, side, noisy_plane)
        yield from _made(part, max(1, planes // PART), side, noisy_plane)
        yield from _made(mask, planes, side, specks)
        for walk in (
            Walk("restore", whole, settings),
            Walk("infill", whole, {"texture": 0.0, **settings}, mask),
            Walk("upscale", part, settings, factor=2),
        ):
            table.rows.append((yield from _measured(walk, Path(folder, f"{walk.task}.zarr"))))
    return table


def noisy_plane(number: int, side: int) -> npt.NDArray[np.uint16]:
    """Return bright blobs on dark ground, another plane for each number, in few photons."""
    rng = np.random.default_rng(number)
    y, x = np.ogrid[:side, :side]
    waves = np.sin(y / 23 + number / 3) * np.sin(x / 31 - number / 5) + np.sin((x + y) / 47)
    return rng.poisson(40 * (2 + waves)).astype(np.uint16) * 100


def specks(_: int, side: int) -> npt.NDArray[np.uint16]:
    """Return a few holes in each plane."""
    mask = np.zeros((side, side), np.uint16)
    for line in range(SPECK):
        mask[EVERY // 2 + line :: EVERY, EVERY // 2 :: EVERY] = 1
    return mask


def _made(path: Path, planes: int, side: int, plane: Any) -> Job[None]:
    array = zarr().create_array(
        str(path), shape=(planes, side, side), chunks=(1, min(CHUNK, side), min(CHUNK, side)), dtype=np.uint16
    )
    for number in range(planes):
        yield Progress(number, planes, f"{path.stem}: plane {number + 1} of {planes}")
        array[number] = plane(number, side)


def _measured(walk: Walk, target: Path) -> Job[list[Any]]:
    """Return a row of the table."""
    plain = _plain_pace(walk, target.with_name("plain.zarr"))
    opened = open_volume(walk.source)
    size = math.prod(opened.stored.shape) * walk.factor**2 / 1e6
    region = math.prod(_region(walk)) * 2
    in_flight = THREADS * region * (1 + walk.factor**2)
    started = time.perf_counter()
    with largest_resident() as resident:
        yield from apply_to_zarr.job(walk.task, walk.source, target, mask=walk.mask, **walk.options)
    seconds = time.perf_counter() - started
    pace, beyond = size / seconds, resident.most - resident.before - in_flight
    figures = [round(in_flight / MEBIBYTE), round(beyond / MEBIBYTE)]
    return [walk.task, size, seconds, pace, plain, f"{pace / plain:.0%}", *figures]


def _region(walk: Walk) -> tuple[int, ...]:
    opened = open_volume(walk.source)
    return region_shape(opened.stored.shape, opened.chunks, 2**22, planes={})


def _plain_pace(walk: Walk, target: Path) -> float:
    """Return megapixels a second of a loop over some regions, after one to warm up."""
    source, call, region = open_volume(walk.source).stored, call_named(walk.task), _region(walk)
    shape = (*source.shape[:-2], *(n * walk.factor for n in source.shape[-2:]))
    result = zarr().create_array(str(target), shape=shape, chunks=(1, CHUNK, CHUNK), dtype=np.uint16, overwrite=True)
    mask = None if walk.mask is None else open_volume(walk.mask).stored
    places = [(plane, *(slice(0, n) for n in region[1:])) for plane in range(min(COMPARED, source.shape[0]))]
    started = 0.0
    for number, place in enumerate([places[0], *places]):
        if number == 1:
            started = time.perf_counter()
        masked = {} if mask is None else {"mask": mask[place]}
        made = run_to_end(call.job(source[place], **masked, **walk.options))
        result[(place[0], *(slice(0, n) for n in made.shape))] = made
    return len(places) * math.prod(region[1:]) * walk.factor**2 / 1e6 / (time.perf_counter() - started)


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
