"""How long a task would take and how much memory, from the tiles that it would run and a short timing of its net."""

from __future__ import annotations

import inspect
import math
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InvalidMaskError
from ...planes import Layout, is_photo
from ...tasks import Task, task_named
from ..masks import Mask, fitted
from ..tasks.request import seen_yx, set_up
from .run_context import levels_for
from .tiling import Box, round_up

if TYPE_CHECKING:
    from .engine import Engine

SIDES = (16, 32, 64, 128, 256, 512, 1024)  # of the pictures that are timed, each only if the one before was quick
QUICK = 0.1  # seconds
_PACES: dict[tuple[Hashable, ...], float] = {}


@dataclass(frozen=True)
class Estimate:
    """What a run would take.

    Attributes
    ----------
    model, device, precision : str
        What would run where; the precision is "fp32" or "bf16".
    seconds : float
        For all planes.
    memory : int
        Bytes beside the image itself: the largest tile under way, and the result.
    at_most : bool
        Whether a mask leaves work out that is counted here.
    textured : bool
        Whether holes get texture after the model has run that isn't counted: none are marked yet, or the mask is lazy.
    """

    model: str
    device: str
    precision: str
    seconds: float
    memory: int
    at_most: bool = False
    textured: bool = False


@dataclass(frozen=True)
class EstimateRequest:
    """A task that is about to run on an image; a job's `Progress` can carry it, so that who asks can know.

    Parameters
    ----------
    task : str
        What the model is for.
    layout : Layout
        The image's axes.
    itemsize : int
        Bytes of one of its values.
    keywords : mapping
        Of the call, the model among them.
    mask : callable, optional
        Returns the mask that is given; called where what the task takes follows the mask.
    """

    task: Task
    layout: Layout
    itemsize: int
    keywords: Mapping[str, Any]
    mask: Callable[[], Any] | None = None

    def estimate(self) -> Estimate:
        """Set the model up, time it if that hasn't been done in this process, and count the tiles.

        The first call for a model, device and precision runs the net on small pictures, for some tenths of a second at
        most, and for less than a run would take.

        Raises
        ------
        InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
            As the task itself would.
        """
        taken = {name: self.keywords[name] for name in inspect.signature(set_up).parameters if name in self.keywords}
        share = taken.pop("texture", 0.0) if task_named(self.task).replaces else 0.0  # which isn't the model's
        textured = bool(share * self.keywords.get("strength", 1.0))
        holes = self._holes() if textured else None
        uncertain = bool(self.keywords.get("return_uncertainty"))
        levels = levels_for(self.itemsize, self.layout.rgb, self.keywords.get("normalize", "auto"))
        photo = is_photo(self.itemsize, self.layout)
        engine = set_up(self.task, **taken, uncertainty=uncertain, levels=levels, photo=photo)
        plan = engine.plan(self._yx)
        tiles = [tile.read for row in plan.tiling.rows(self._yx, Box(0, self._yx[0], 0, self._yx[1])) for tile in row]
        areas = [math.prod(round_up(side, engine.net.multiple) for side in tile.shape) for tile in tiles]
        runs = math.prod(self.layout.leading) * len(engine.runner.views)
        tile = int(max(areas) * engine.pixel_bytes)
        seconds = runs * sum(areas) * seconds_per_pixel(engine, runs * sum(areas)) * engine.slowness(tile)
        memory = self._result_bytes(engine.run_context.factor, uncertain)
        if holes is not None:
            from ..texture.forecast import forecast

            texture = forecast(holes, str(engine.device))
            seconds, tile = seconds + texture.seconds, max(tile, texture.memory)
        uncounted, at_most = textured and holes is None, self.mask is not None
        return Estimate(plan.model, plan.device, plan.precision, seconds, tile + memory, at_most, uncounted)

    def _holes(self) -> Mask | None:
        """Return the mask as the task takes it; None if it is lazy or not painted yet."""
        try:
            mask = None if self.mask is None else fitted(self.mask(), self.layout, self.keywords.get("dilate", 0))
        except InvalidMaskError:
            return None
        return mask if isinstance(mask, np.ndarray) else None

    @property
    def _yx(self) -> tuple[int, int]:
        """The size of the planes that the net sees."""
        return seen_yx(self.task, self.layout.yx)

    def _result_bytes(self, factor: int, uncertain: bool) -> int:
        pixels = math.prod((*self.layout.leading, *self.layout.yx)) * factor**2
        colored = task_named(self.task).colors and not self.layout.rgb
        colors = 3 if colored else self.layout.colors + self.layout.alpha
        return pixels * (colors * self.itemsize + (np.dtype(np.float32).itemsize if uncertain else 0))


def seconds_per_pixel(engine: Engine, work: int) -> float:
    """Return how long a net takes for each pixel that it reads, in one view, when there are so many.

    It is measured on pictures that together are smaller, once for each of their sizes in this process.
    """
    first, *others = SIDES
    sides = (first, *(side for side in others if 4 * side**2 <= work))
    key = (*engine.kind, sides[-1])
    if key not in _PACES:
        _PACES[key] = _measured(engine, sides)
    return _PACES[key]


def _measured(engine: Engine, sides: Sequence[int]) -> float:
    _timed(engine, round_up(sides[0], engine.net.multiple))  # prepares what later runs use
    for side in sides:
        side = round_up(side, engine.net.multiple)
        seconds = _timed(engine, side)
        if seconds > QUICK:
            break
    return seconds / side**2 / len(engine.runner.views)


def _timed(engine: Engine, side: int) -> float:
    from .runner import WITH_HOLE

    hole = np.zeros((side, side), bool) if engine.net.channels == WITH_HOLE else None
    started = time.perf_counter()
    deque(engine.runner.run(np.full((side, side, 3), 0.5, np.float32), hole), maxlen=0)
    return time.perf_counter() - started
