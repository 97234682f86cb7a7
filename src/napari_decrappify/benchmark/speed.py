"""How fast models are, and what tiling costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

from ..apply.precision import Precision
from ..jobs import Job, Progress
from .cases import Case
from .contestant import Contestant
from .models import Measured
from .peak import large_case
from .tables import Table

SIDE = 1024  # of the output: one megapixel in powers of two
TILED_SIDE = 2048  # of the input: more than one automatic tile for most models
TILED_LARGEST = 4096  # of the output
TILE = 256
ROUNDS = 3


def speed(models: Sequence[Measured], settings: dict[str, Any]) -> Job[Table]:
    """Measure seconds per output megapixel in each precision that is native: the median of some rounds."""
    import torch

    from ..apply.device import choose_device, has_bf16

    device = choose_device(settings["device"])
    note = (
        f"{SIDE} x {SIDE} pixels out, on {device} with {torch.get_num_threads()} threads; seconds a megapixel of "
        f"output, median of {ROUNDS} rounds after one to warm up."
    )
    table = Table("Speed", note, ["", "fp32", "bf16"])
    for number, model in enumerate(models):
        yield Progress(number, len(models), f"{model.card.name}: speed")
        case = large_case((SIDE, SIDE), model.card.scale, model.grey)
        native: tuple[Precision, ...] = ("fp32", "bf16") if has_bf16(device) and model.card.bf16 else ("fp32",)
        runs = [model.contestant({**settings, "precision": precision}) for precision in native]
        paces = [seconds / (SIDE * SIDE / 1e6) for seconds in _alternating(runs, case)]
        table.rows.append([f"**{model.card.name}**", *paces, *[None] * (2 - len(paces))])
    return table


def tiling(models: Sequence[Measured], settings: dict[str, Any]) -> Job[Table]:
    """Measure what tiles cost over one pass on the same picture, both in one run, alternating."""
    note = (
        f"{TILED_SIDE} x {TILED_SIDE} pixels in, or what gives {TILED_LARGEST} x {TILED_LARGEST}; seconds, median of "
        f"{ROUNDS} rounds, alternating."
    )
    header = ["", "one pass", "automatic tiles", f"tiles of {TILE}", "automatic over one pass"]
    table = Table("What tiling costs", note, header)
    for number, model in enumerate(models):
        yield Progress(number, len(models), f"{model.card.name}: tiling")
        side = min(TILED_SIDE * model.card.scale, TILED_LARGEST)
        case = large_case((side, side), model.card.scale, model.grey)
        runs = [model.contestant({**settings, "tile": tile}) for tile in (TILED_SIDE, None, TILE)]
        seconds = _alternating(runs, case)
        table.rows.append([f"**{model.card.name}**", *seconds, f"{seconds[1] / seconds[0] - 1:+.0%}"])
    return table


def _alternating(runs: Sequence[Contestant], case: Case) -> list[float]:
    """Return the median seconds of each, taken in turn so that a busy moment meets them all."""
    seconds: list[list[float]] = [[] for _ in runs]
    for round_number in range(ROUNDS + 1):
        for run, taken in zip(runs, seconds, strict=True):
            started = time.perf_counter()
            run.repair(case)
            if round_number:
                taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in seconds]
