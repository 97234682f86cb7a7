"""A loaded model on arrays: it chooses tiles, runs planes tile by tile, and gets by with the memory there is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import torch

from ..errors import DecrappifyError, InvalidParameterError, ModelFileError
from ..jobs import Job, Progress
from ..models import Model, load_model, repeats
from ..nets import Generator as Net
from .blending import Blender, Pixels, Write
from .chain import Chain
from .device import choose_precision, free_memory, out_of_memory, release
from .footprint import bytes_per_pixel
from .precision import Precision
from .runner import Runner
from .tiling import Box, Tile, Tiling, best_tile, round_up

Wanted: TypeAlias = Callable[[Box], bool]

CACHED = 4
MAX_HALO = 192
BLEND = 32
SHARE_OF_FREE = 0.4
# On a processor, tensors above some 32 MiB come from the system anew each time, page by page: that takes longer than
# the halos of smaller tiles.
QUICK_BYTES = {"cpu": 320 * 2**20, "mps": 2 * 2**30, "cuda": 6 * 2**30}
SLOWNESS = 1.4
MOST_BYTES = {"cpu": 640 * 2**20, "mps": 2 * 2**30, "cuda": 6 * 2**30}


@dataclass(frozen=True)
class Plan:
    """What was chosen for a run: for provenance, benchmarks and the curious.

    Attributes
    ----------
    model, sha256 : str
        The model and the hash of its file.
    device, precision : str
        Where it runs, and "fp32" or "bf16".
    scale, times : int
        Output pixels for each input pixel along both axes, and how often the model is applied to reach it.
    tiling : Tiling
        Tile size, halo and cross-fade in input pixels.
    """

    model: str
    sha256: str
    device: str
    precision: str
    scale: int
    times: int
    tiling: Tiling


@dataclass(frozen=True)
class Setting:
    """What a call asks for; plain values, so that it crosses process borders with lazy work.

    Attributes
    ----------
    path, sha256 : str
        The model file and its hash.
    device : str
        As `choose_device` returned it.
    precision : {"auto", "fp32", "bf16"}
        See `choose_precision`.
    tile : int or None
        Side of a tile in input pixels; from the free memory if None.
    strength : float
        0 for the net's starting point, 1 for its output.
    factor : int
        Enlargement; a power of the model's scale.
    replaces : bool
        Whether the output replaces damage; see `Runner`.
    """

    path: str
    sha256: str
    device: str
    precision: Precision = "auto"
    tile: int | None = None
    strength: float = 1.0
    factor: int = 1
    replaces: bool = False


@functools.lru_cache(maxsize=CACHED)
def engine_of(setting: Setting) -> Engine:
    """Return the engine for a setting; those used last are kept.

    Raises
    ------
    ModelFileError
        If the model file has changed since the setting was made.
    """
    model = load_model(Path(setting.path), setting.device)
    if model.sha256 != setting.sha256:
        raise ModelFileError(f"{setting.path} as it was", "another file", "Run the operation anew.")
    return Engine(model, setting)


class Engine:
    """A model on a device, set up for a call.

    Raises
    ------
    InvalidParameterError
        If the model can't reach the factor, or may not run in the precision.
    DeviceError
        If the device doesn't have the precision.
    """

    def __init__(self, model: Model, setting: Setting) -> None:
        card, device = model.card, torch.device(setting.device)
        self.times = repeats(card.scale, setting.factor)
        if not self.times:
            raise InvalidParameterError(
                f"a factor that model {card.name} reaches: {card.scale} or a power of it", str(setting.factor)
            )
        self.model, self.device, self._tile = model, device, setting.tile
        net: Net = model.net if self.times == 1 else Chain([model.net] * self.times).eval()
        precision = choose_precision(setting.precision, device, card.bf16)
        self.runner = Runner(net, device, precision, setting.strength, setting.replaces)

    @property
    def net(self) -> Net:
        """The generator that runs: the model's, or a chain of it."""
        return self.runner.net

    @property
    def context(self) -> int:
        """Input pixels around what is kept that its output depends on, rounded up to where tiles may start."""
        return round_up(min(self.net.halo, MAX_HALO) + self._blend, self.net.multiple)

    @functools.cached_property
    def _bytes_per_pixel(self) -> float:
        return bytes_per_pixel(self.runner)

    @property
    def _blend(self) -> int:
        return BLEND if self.net.halo > MAX_HALO else 0

    def tiling(self, yx: tuple[int, int]) -> Tiling:
        """Choose the tiles for planes of this size."""
        net, blend = self.net, self._blend
        if self._tile is not None:
            side = round_up(max(self._tile, 2 * blend), net.multiple)
            size = side, side
        else:
            size = self._automatic(yx)
        return Tiling(size, min(net.halo, MAX_HALO), blend, net.multiple)

    def _automatic(self, yx: tuple[int, int]) -> tuple[int, int]:
        """Choose between tiles that run quickly and larger ones that waste less on halos."""
        free = SHARE_OF_FREE * free_memory(self.device)
        most = min(free, MOST_BYTES[self.device.type])
        quick = min(free, QUICK_BYTES[self.device.type])
        options = []
        for size, slowness in ((quick, 1.0), (most, SLOWNESS)):
            cost, tile = best_tile(yx, self.context, self.net.multiple, int(size / self._bytes_per_pixel))
            options.append((cost * slowness, tile))
        return min(options)[1]

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
            The part of each plane whose output is wanted.
        work : list of PlaneWork
            What to read, where to write, what to leave out.
        """
        tiling = self.tiling(yx)
        for number, plane in enumerate(work):
            tiling = yield from self._plane(tiling, yx, region, plane, number, len(work))
            plane.finish()

    def _plane(
        self, tiling: Tiling, yx: tuple[int, int], region: Box, plane: PlaneWork, number: int, planes: int
    ) -> Job[Tiling]:
        """Run a plane, with smaller tiles each time that memory runs out; return the tiling that worked."""
        while True:
            rows = list(tiling.rows(yx, region))
            tiles = sum(map(len, rows))
            yield Progress(number * tiles, planes * tiles, f"plane {number + 1} of {planes}")
            try:
                for done in self._tiles(rows, tiling, region, plane):
                    note = f"plane {number + 1} of {planes}, tile {done} of {tiles}"
                    yield Progress(number * tiles + done, planes * tiles, note)
                return tiling
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, DecrappifyError) or not out_of_memory(error):
                    raise
            release(self.device)
            tiling = tiling.halved()

    def _tiles(
        self, rows: list[list[Tile]], tiling: Tiling, region: Box, plane: PlaneWork
    ) -> Generator[int, None, None]:
        """Run the tiles of a plane; yield how many are done after each."""
        blender = Blender(plane.write, region, tiling.blend, self.net.scale) if tiling.blend else None
        done = 0
        for number, row in enumerate(rows):
            for tile in row:
                if plane.wanted(tile.keep):
                    image, mask = self._kept(tile, plane)
                    if blender is None:
                        plane.write(tile.keep, image, mask)
                    else:
                        blender.add(tile, image, mask)
                done += 1
                yield done
            if blender is not None:
                blender.finish(rows[number + 1][0].keep.y0 if number + 1 < len(rows) else region.y1)

    def _kept(self, tile: Tile, plane: PlaneWork) -> tuple[Pixels, Pixels | None]:
        image, mask = self.runner(plane.read(tile.read))
        keep = tile.keep.seen_from(tile.read)
        return image[keep.scaled(self.net.scale).slices], None if mask is None else mask[keep.slices]


@dataclass(frozen=True)
class PlaneWork:
    """One plane's work.

    Attributes
    ----------
    read : callable
        Returns the float32 pixels of a box.
    write : callable
        Takes a box, the image in it and its damage probability; the same box may come again.
    wanted : callable
        Whether anything of a box's output is wanted.
    finish : callable
        Called when all tiles are written.
    """

    read: Callable[[Box], Pixels]
    write: Write
    wanted: Wanted = lambda _: True
    finish: Callable[[], object] = lambda: None
