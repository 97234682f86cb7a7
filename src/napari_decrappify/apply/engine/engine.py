"""A loaded model on arrays: it chooses tiles, runs planes tile by tile, and gets by with the memory there is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import torch

from ...errors import DecrappifyError, InvalidParameterError, ModelFileError
from ...jobs import Job, Progress
from ...models import (
    Model,
    interpolated,
    load_model,
    repeats,
)
from ...nets import Generator as Net
from ...nets.generators.generator import EVERYWHERE
from ..levels import LevelKeeping
from ..masks import Mask
from .blending import (
    Blender,
    Output,
    Pixels,
    Write,
)
from .chain import Chain
from .device import (
    choose_precision,
    free_memory,
    out_of_memory,
    release,
)
from .ensemble import ONE, at_scales, views_for
from .footprint import bytes_per_pixel
from .run_context import Plan, RunContext
from .runner import WITH_HOLE, Runner
from .tiling import (
    Box,
    Tile,
    Tiling,
    best_tile,
    round_up,
)

Wanted: TypeAlias = Callable[[Box], bool]

CACHED = 4
MAX_HALO = 192
MAX_HALO_OF_HOLES = 256  # what the middle of a hole is made of lies further away
BLEND = 32
SHARE_OF_FREE = 0.4
SMALL = 128**2  # pixels of a plane that fit anywhere, and take less time than to measure how many would
# On a processor, tensors above some 32 MiB come from the system anew each time, page by page: that takes longer than
# the halos of smaller tiles.
QUICK_BYTES = {"cpu": 192 * 2**20, "mps": 2 * 2**30, "cuda": 6 * 2**30}
SLOWNESS = 1.4
MOST_BYTES = {"cpu": 640 * 2**20, "mps": 2 * 2**30, "cuda": 6 * 2**30}
_FOOTPRINTS: dict[tuple[Hashable, ...], float] = {}


@functools.lru_cache(maxsize=CACHED)
def engine_of(run_context: RunContext) -> Engine:
    """Return the engine for a setting; those used last are kept.

    Raises
    ------
    ModelFileError
        If a model file has changed since the setting was made.
    InvalidParameterError
        If the model can't do what the setting asks for.
    """
    model = _unchanged(run_context.path, run_context.sha256, run_context.device)
    if run_context.texture is not None:
        textured = _unchanged(run_context.texture.path, run_context.texture.sha256, run_context.device)
        model = interpolated(model, textured, run_context.texture.share)
    return Engine(model, run_context)


class Engine:
    """A model on a device, set up for a call.

    Raises
    ------
    InvalidParameterError
        If the model can't reach the factor, may not run in the precision, or doesn't take what the task gives.
    DeviceError
        If the device doesn't have the precision.
    """

    def __init__(self, model: Model, run_context: RunContext) -> None:
        card, device = model.card, torch.device(run_context.device)
        self.times = repeats(card.scale, run_context.factor)
        if not self.times:
            raise InvalidParameterError(
                f"a factor that model {card.name} reaches: {card.scale} or a power of it", str(run_context.factor)
            )
        _check_channels(model, run_context.spec.fills)
        self.model, self.device, self.run_context = model, device, run_context
        precision = choose_precision(run_context.precision, device, card.bf16)
        net = model.net if self.times == 1 else Chain([model.net] * self.times, card.headroom).eval()
        if run_context.levels != "off":
            net = LevelKeeping(net, run_context.levels == "uncut").eval()
        views = views_for(net.multiple, run_context.spec.upright) if run_context.ensemble else ONE
        views = at_scales(views, card.mask_scales)
        self.runner = Runner(
            net, device, precision, run_context.strength, run_context.spec.replaces, views, card.headroom
        )

    @property
    def net(self) -> Net:
        """The generator that runs: the model's, or a chain of it."""
        return self.runner.net

    @property
    def context(self) -> int:
        """Input pixels around what is kept that its output depends on, rounded up to where tiles may start."""
        return round_up(self._halo + self._blend, self.net.multiple)

    @property
    def kind(self) -> tuple[Hashable, ...]:
        """What time and memory for each pixel depend on."""
        run_context = self.run_context
        return (
            run_context.sha256,
            run_context.device,
            self.runner.precision,
            self.times,
            run_context.task,
            run_context.strength == 1,
        )

    @property
    def pixel_bytes(self) -> float:
        """Bytes that a tile takes for each pixel that it reads; measured once for each kind in this process."""
        key = (*self.kind, len(self.runner.views))
        if key not in _FOOTPRINTS:
            _FOOTPRINTS[key] = bytes_per_pixel(self.runner)
        return _FOOTPRINTS[key]

    @property
    def _halo(self) -> int:
        return min(self.net.halo, MAX_HALO_OF_HOLES if self.run_context.spec.fills else MAX_HALO)

    @property
    def _blend(self) -> int:
        return BLEND if self.net.halo > self._halo else 0

    def tiling(self, yx: tuple[int, int]) -> Tiling:
        """Choose the tiles for planes of this size."""
        net, blend = self.net, self._blend
        if self.run_context.tile is not None:
            side = round_up(max(self.run_context.tile, 2 * blend), net.multiple)
            size = side, side
        else:
            size = self._automatic(yx)
        return Tiling(size, self._halo, blend, net.multiple)

    def _automatic(self, yx: tuple[int, int]) -> tuple[int, int]:
        """Choose between tiles that run quickly and larger ones that waste less on halos; small planes run whole."""
        whole = round_up(yx[0], self.net.multiple), round_up(yx[1], self.net.multiple)
        if whole[0] * whole[1] <= SMALL:
            return whole
        free = SHARE_OF_FREE * free_memory(self.device)
        if self.net.halo >= EVERYWHERE and whole[0] * whole[1] * self.pixel_bytes <= free:
            return whole  # no tile can equal it
        most = min(free, MOST_BYTES[self.device.type])
        quick = min(free, QUICK_BYTES[self.device.type])
        options = []
        for size, slowness in ((quick, 1.0), (most, SLOWNESS)):
            cost, tile = best_tile(yx, self.context, self.net.multiple, int(size / self.pixel_bytes))
            options.append((cost * slowness, tile))
        return min(options)[1]

    def slowness(self, tile_bytes: int) -> float:
        """Return how much longer a pixel takes in a tile of so many bytes than in a small one."""
        return SLOWNESS if tile_bytes > QUICK_BYTES[self.device.type] else 1.0

    def plan(self, yx: tuple[int, int]) -> Plan:
        """Describe how planes of this size are run."""
        card = self.model.card
        precision = "bf16" if self.runner.precision == torch.bfloat16 else "fp32"
        return Plan(
            card.name, self.model.sha256, str(self.device), precision, self.net.scale, self.times, self.tiling(yx)
        )

    def planes(self, yx: tuple[int, int], region: Box, work: list[PlaneWork]) -> Job[None]:
        """Run planes one after the other.

        Parameters
        ----------
        yx : tuple of int
            Size of the planes.
        region : Box
            The part of each plane whose output is wanted; if it is empty, no net runs.
        work : list of PlaneWork
            What to read, where to write, what to leave out.
        """
        tiling = self.tiling(region.grown(self.context, yx).shape) if region.area else None
        for number, plane in enumerate(work):
            plane.begin()
            if tiling is not None:
                tiling = yield from self._plane(tiling, yx, region, plane, number, len(work))
            plane.finish()

    def _plane(
        self, tiling: Tiling, yx: tuple[int, int], region: Box, plane: PlaneWork, number: int, planes: int
    ) -> Job[Tiling]:
        """Run a plane, with smaller tiles each time that memory runs out; return the tiling that worked."""
        views = len(self.runner.views)
        while True:
            rows = list(tiling.rows(yx, region))
            tiles = sum(map(len, rows))
            before, total = number * tiles * views, planes * tiles * views
            yield Progress(before, total, f"plane {number + 1} of {planes}")
            try:
                for done, _ in enumerate(self._views(rows, tiling, region, plane), 1):
                    note = f"plane {number + 1} of {planes}, tile {-(-done // views)} of {tiles}"
                    yield Progress(before + done, total, note)
                return tiling
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, DecrappifyError) or not out_of_memory(error):
                    raise
            release(self.device)
            tiling = tiling.halved()

    def _views(
        self, rows: list[list[Tile]], tiling: Tiling, region: Box, plane: PlaneWork
    ) -> Generator[None, None, None]:
        """Run the tiles of a plane; yield after each view of each."""
        blender = Blender(plane.write, region, tiling.blend, self.net.scale) if tiling.blend else None
        for number, row in enumerate(rows):
            for tile in row:
                if not plane.wanted(tile.keep):
                    yield from [None] * len(self.runner.views)
                    continue
                output = yield from self._kept(tile, plane)
                if blender is None:
                    plane.write(tile.keep, output)
                else:
                    blender.add(tile, output)
                yield
            if blender is not None:
                blender.finish(rows[number + 1][0].keep.y0 if number + 1 < len(rows) else region.y1)

    def _kept(self, tile: Tile, plane: PlaneWork) -> Generator[None, None, Output]:
        asks = self.net.channels == WITH_HOLE or self.net.guided
        hole = plane.hole[tile.read.slices] if plane.hole is not None and asks else None
        image, mask, spread = yield from self.runner.run(plane.read(tile.read), hole)
        keep = tile.keep.seen_from(tile.read)
        fine = keep.scaled(self.net.scale).slices
        return Output(
            image[fine], None if mask is None else mask[keep.slices], None if spread is None else spread[fine]
        )


def _unchanged(path: str, sha256: str, device: str) -> Model:
    model = load_model(Path(path), device)
    if model.sha256 != sha256:
        raise ModelFileError(f"{path} as it was", "another file", "Run the operation anew.")
    return model


def _check_channels(model: Model, fills: bool) -> None:
    """Refuse a net that takes a hole for a task that has none, and the reverse."""
    if (model.net.channels == WITH_HOLE) != fills:
        wanted = "the image and its holes (4 channels)" if fills else "an image alone (3 channels)"
        raise InvalidParameterError(f"a model that takes {wanted}", f"{model.card.name}, of {model.net.channels}")


@dataclass(frozen=True)
class PlaneWork:
    """One plane's work.

    Attributes
    ----------
    read : callable
        Returns the float32 pixels of a box.
    write : callable
        Takes a box and the output there; the same box may come again.
    wanted : callable
        Whether anything of a box's output is wanted.
    begin : callable
        Called before anything is read.
    finish : callable
        Called when all tiles are written.
    hole : ndarray of bool, optional
        (Y, X) of the whole plane: what is to be replaced, for nets that want to know.
    """

    read: Callable[[Box], Pixels]
    write: Write
    wanted: Wanted = lambda _: True
    begin: Callable[[], object] = lambda: None
    finish: Callable[[], object] = lambda: None
    hole: Mask | None = None
