"""How fast models are, and what tiling costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..apply.precision import Precision
from ..apply.tasks import remove_watermark, upscale
from ..jobs import Job, Progress
from ..models import ModelCard
from .photos import Picture
from .tables import Table

SIDE = 1024  # of the output: one megapixel in powers of two
TILED_SIDE = 2048  # of the input: more than one automatic tile for the watermark remover
TILE = 256
ROUNDS = 3


def speed(card: ModelCard, photo: Picture, settings: dict[str, Any]) -> Job[Table]:
    """Measure seconds per output megapixel in each precision that is native: the median of some rounds."""
    import torch

    from ..apply.device import choose_device, has_bf16

    device = choose_device(settings["device"])
    picture = _filled(photo, SIDE // card.scale)
    table = Table(
        f"{card.name}: speed",
        f"{picture.shape[1]} x {picture.shape[0]} pixels in, {SIDE} x {SIDE} out, on {device} with "
        f"{torch.get_num_threads()} threads; median of {ROUNDS} rounds after one to warm up.",
        ["precision", "s per output megapixel"],
    )
    precisions: tuple[Precision, ...] = ("fp32", "bf16") if has_bf16(device) and card.bf16 else ("fp32",)
    for precision in precisions:
        yield Progress(0, 1, f"{card.name}: speed in {precision}")
        times = _alternating([_task(card, picture, precision, device=str(device))])
        table.rows.append([precision, times[0] / (SIDE * SIDE / 1e6)])
    return table


def tiling(card: ModelCard, photo: Picture, settings: dict[str, Any]) -> Job[Table]:
    """Measure what tiles cost over one pass on the same picture, both in one run, alternating."""
    picture = _filled(photo, TILED_SIDE)
    yield Progress(0, 1, f"{card.name}: tiling")
    device = settings["device"]
    one_pass, automatic, small = _alternating(
        [
            _task(card, picture, "auto", device=device, tile=TILED_SIDE),
            _task(card, picture, "auto", device=device, tile=None),
            _task(card, picture, "auto", device=device, tile=TILE),
        ]
    )
    table = Table(
        f"{card.name}: what tiling costs",
        f"{TILED_SIDE} x {TILED_SIDE} pixels in; median of {ROUNDS} rounds, alternating.",
        ["tile", "seconds", "over one pass"],
    )
    for name, seconds in (("one pass", one_pass), ("automatic", automatic), (f"{TILE} pixels", small)):
        table.rows.append([name, seconds, f"{seconds / one_pass - 1:+.0%}"])
    return table


def _task(card: ModelCard, picture: Picture, precision: Precision, **settings: Any) -> Callable[[], object]:
    if card.task == "upscale":
        return lambda: upscale(picture, card.scale, model=card.name, precision=precision, **settings)
    return lambda: remove_watermark(picture, model=card.name, precision=precision, **settings)


def _alternating(tasks: list[Callable[[], object]]) -> list[float]:
    """Return the median seconds of each task, taken in turn so that a busy moment meets them all."""
    seconds: list[list[float]] = [[] for _ in tasks]
    for round_number in range(ROUNDS + 1):
        for task, taken in zip(tasks, seconds, strict=True):
            started = time.perf_counter()
            task()
            if round_number:
                taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in seconds]


def _filled(photo: Picture, side: int) -> Picture:
    """Repeat a photo into a square."""
    times = [-(-side // n) for n in photo.shape[:2]]
    return np.tile(photo, (*times, 1))[:side, :side].copy()
