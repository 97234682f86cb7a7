"""A loaded model on arrays: it chooses tiles, runs planes tile by tile, and gets by with the memory there is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch

from ..errors import DecrappifyError, InvalidParameterError
from ..jobs import Job, Progress
from ..models import Model, repeats
from ..nets import Generator as Net
from .blending import Blender, Pixels, Write
from .chain import Chain
from .device import choose_precision, free_memory, out_of_memory, release
from .footprint import bytes_per_pixel
from .runner import Runner
from .tiling import Box, Tile, Tiling, largest_tile, round_up

Precision: TypeAlias = Literal["auto", "fp32", "bf16"]
Wanted: TypeAlias = Callable[[Box], bool]

MAX_HALO = 192
BLEND = 32
SHARE_OF_FREE = 0.4
MOST_BYTES = {"cpu": 800 * 2**20, "mps": 2 * 2**30, "cuda": 6 * 2**30}


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


class Engine:
    """A model on a device.

    Parameters
    ----------
    model : Model
        Loaded onto `device`.
    device : torch.device
        Where it runs.
    precision : {"auto", "fp32", "bf16"}
        See `choose_precision`.
    tile : int, optional
        Side of a tile in input pixels; from the free memory if None.
    strength : float
        0 for the net's starting point, 1 for its output.
    factor : int
        Enlargement; a power of the model's scale.
    replaces : bool
        Whether the output replaces damage; see `Runner`.
    """

    def __init__(
        self,
        model: Model,
        device: torch.device,
        precision: Precision = "auto",
        tile: int | None = None,
        strength: float = 1.0,
        factor: int = 1,
        replaces: bool = False,
    ) -> None:
        times = repeats(model.card.scale, factor)
        if not times:
            raise InvalidParameterError(
                f"a factor that model {model.card.name} reaches: {model.card.scale} or a power of it", str(factor)
            )
        self.model, self.device, self._times, self._tile = model, device, times, tile
        net: Net = model.net if times == 1 else Chain([model.net] * times)
        self.runner = Runner(
            net.eval(), device, choose_precision(precision, device, model.card.bf16), strength, replaces
        )

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
            side = max(round_up(self._tile, net.multiple), round_up(2 * blend, net.multiple))
            size = side, side
        else:
            most = min(SHARE_OF_FREE * free_memory(self.device), MOST_BYTES[self.device.type])
            size = largest_tile(yx, self.context, net.multiple, int(most / self._bytes_per_pixel))
        return Tiling(size, min(net.halo, MAX_HALO), blend, net.multiple)

    def plan(self, yx: tuple[int, int]) -> Plan:
        """Describe how planes of this size are run."""
        card = self.model.card
        precision = "bf16" if self.runner.precision == torch.bfloat16 else "fp32"
        return Plan(
            card.name, self.model.sha256, str(self.device), precision, self.net.scale, self._times, self.tiling(yx)
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
