"""Training pairs: each a pure function of (seed, step, index), so that resume and workers need no shared state."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ..degrade import PRESETS, Crappifier
from ..errors import RecipeError
from .pictures import Pictures, Plane
from .recipe import DataConfig

AHEAD = 3
Masks: TypeAlias = npt.NDArray[np.bool_]


class Batch(NamedTuple):
    """Pairs: inputs (N, y, x, 3), targets (N, Y, X, 3) and damage masks (N, y, x)."""

    inputs: Plane
    targets: Plane
    masks: Masks


@dataclass(frozen=True)
class Pairs:
    """Crappy and clean patches, made on the fly.

    Parameters
    ----------
    pictures : Pictures
        Clean pictures.
    crappifier : Crappifier
        Makes the inputs.
    config : DataConfig
        Patch, batch and augmentation.
    seed : int
        Draws everything, together with the step and the index.
    """

    pictures: Pictures
    crappifier: Crappifier
    config: DataConfig
    seed: int

    def batch(self, step: int) -> Batch:
        """Return the batch of a step."""
        pairs = [self.pair(step, index) for index in range(self.config.batch)]
        inputs, targets, masks = zip(*pairs, strict=True)
        return Batch(np.stack(inputs), np.stack(targets), np.stack(masks))

    def pair(self, step: int, index: int) -> tuple[Plane, Plane, Masks]:
        """Return one pair: the same for the same (seed, step, index), on any machine and in any order."""
        rng = np.random.default_rng((self.seed, step, index))
        picture = self.pictures[int(rng.integers(len(self.pictures)))]
        side = self.config.patch + 2 * self.config.context
        patch = random_patch(picture, side, rng)
        if self.config.flips:
            patch = turned(patch, int(rng.integers(8)))
        return degraded_pair(patch, self.crappifier, rng, self.config.context)


def degraded_pair(
    patch: Plane, crappifier: Crappifier, rng: np.random.Generator, context: int = 0
) -> tuple[Plane, Plane, Masks]:
    """Crappify a clean patch and cut `context` clean pixels from each edge of both sides."""
    crappy = crappifier.apply(patch, rng)
    shrink = patch.shape[0] // crappy.image.shape[0]
    if context % shrink:
        raise RecipeError(f"data.context to be a multiple of {shrink}, the preset's reduction", str(context))
    return (
        _without(crappy.image, context // shrink),
        _without(patch, context),
        _without(crappy.mask, context // shrink),
    )


def random_patch(picture: Plane, side: int, rng: np.random.Generator) -> Plane:
    """Cut a random square; a picture that is too small is continued by reflection."""
    short = [max(0, side - n) for n in picture.shape[:2]]
    if any(short):
        picture = np.pad(picture, ((0, short[0]), (0, short[1]), (0, 0)), mode="symmetric")
    y, x = (int(rng.integers(n - side + 1)) for n in picture.shape[:2])
    return picture[y : y + side, x : x + side]


def turned(patch: Plane, way: int) -> Plane:
    """Return one of the eight flips and quarter turns."""
    patch = np.rot90(patch, way % 4)
    return np.ascontiguousarray(patch[:, ::-1] if way >= 4 else patch)


def find_crappifier(preset: str, fonts: Sequence[str] = ()) -> Crappifier:
    """Return a preset by name, drawing with the given font files."""
    if preset not in PRESETS:
        raise RecipeError(f"a preset among {', '.join(PRESETS)}", repr(preset))
    return PRESETS[preset].with_fonts(fonts) if fonts else PRESETS[preset]


def batches(pairs: Pairs, first_step: int) -> Generator[Batch, None, None]:
    """Yield the batches of `first_step` and on, made ahead by worker processes if the configuration has any."""
    if pairs.config.workers == 0:
        yield from (pairs.batch(step) for step in count(first_step))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(pairs.config.workers, context, _remember, (pairs,)) as pool:
        waiting: deque[Future[Batch]] = deque()
        try:
            for step in count(first_step):
                waiting.append(pool.submit(_make, step))
                if len(waiting) > AHEAD * pairs.config.workers:
                    yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_worker: dict[str, Pairs] = {}


def _remember(pairs: Pairs) -> None:
    _worker["pairs"] = pairs


def _make(step: int) -> Batch:
    return _worker["pairs"].batch(step)


def _without(array: npt.NDArray[Any], border: int) -> npt.NDArray[Any]:
    return array[border : array.shape[0] - border, border : array.shape[1] - border]
