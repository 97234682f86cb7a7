"""How fast models are, and what tiling costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ...apply.engine.precision import Precision
from ...jobs import Job, Progress
from ..cases import Case
from ..method import Method
from ..models import Measured
from ..tables import Table
from .peak import large_case

SIDE = 1024  # of the output: one megapixel in powers of two
TILED_SIDE = 2048  # of the output: more than one automatic tile
TILE = 256
WARM_SIDE = 256  # of the output that each run begins with
ROUNDS = 2


def speed(models: Sequence[Measured], settings: dict[str, Any]) -> Job[Table]:
    """Measure seconds per output megapixel in each precision that is native: the quicker of two rounds."""
    import torch

    from ...apply.engine.device import choose_device, has_bf16

    device = choose_device(settings["device"])
    note = (
        f"{SIDE} x {SIDE} pixels out, on {device} with {torch.get_num_threads()} threads; seconds a megapixel of "
        f"output, the quicker of {ROUNDS} rounds after a small picture to warm up."
    )
    table = Table("Speed", note, ["", "fp32", "bf16"])
    for number, model in enumerate(models):
        yield Progress(number, len(models), f"{model.card.name}: speed")
        native: tuple[Precision, ...] = ("fp32", "bf16") if has_bf16(device) and model.card.bf16 else ("fp32",)
        runs = [model.method({**settings, "precision": precision}) for precision in native]
        paces = [seconds / (SIDE * SIDE / 1e6) for seconds in _alternating(runs, model, SIDE)]
        table.rows.append([f"**{model.card.name}**", *paces, *[None] * (2 - len(paces))])
    return table


def tiling(models: Sequence[Measured], settings: dict[str, Any]) -> Job[Table]:
    """Measure what tiles cost over one pass on the same picture, both in one run, alternating."""
    note = (
        f"{TILED_SIDE} x {TILED_SIDE} pixels out; seconds, the quicker of {ROUNDS} rounds after a small picture to "
        "warm up, alternating."
    )
    header = ["", "one pass", "automatic tiles", f"tiles of {TILE}", "automatic over one pass"]
    table = Table("What tiling costs", note, header)
    for number, model in enumerate(models):
        yield Progress(number, len(models), f"{model.card.name}: tiling")
        runs = [model.method({**settings, "tile": tile}) for tile in (TILED_SIDE, None, TILE)]
        seconds = _alternating(runs, model, TILED_SIDE)
        table.rows.append([f"**{model.card.name}**", *seconds, f"{seconds[1] / seconds[0] - 1:+.0%}"])
    return table


def _alternating(runs: Sequence[Method], model: Measured, side: int) -> list[float]:
    """Return the fewest seconds of each for that side of the output, in turn so that a busy moment meets them all."""
    small, case = (large_case((length, length), model.card.scale, model.grey) for length in (WARM_SIDE, side))
    for run in runs:
        run.repair(small)
    rounds = [[_seconds(run, case) for run in runs] for _ in range(ROUNDS)]
    return [min(taken) for taken in zip(*rounds, strict=True)]


def _seconds(run: Method, case: Case) -> float:
    started = time.perf_counter()
    run.repair(case)
    return time.perf_counter() - started
