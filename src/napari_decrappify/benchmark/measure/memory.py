"""Peak memory, measured in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import DeviceError
from ...jobs import Job, Progress
from ..models import Measured
from ..tables import Table

MEBIBYTE = 2**20
COMMON = (1024, 1024)
LARGE = (4000, 6000)


@dataclass(frozen=True)
class Peak:
    """Bytes: of the input and the output, and of the process's largest resident size."""

    arrays: int
    resident: int


def memory(models: Sequence[Measured], settings: dict[str, Any]) -> Job[Table]:
    """Measure the peak memory of every model's task on 24 megapixels, a camera's picture."""
    y, x = LARGE
    table = Table(
        "Memory of large pictures",
        f"{x} x {y} pixels of 8-bit output; MiB. Beyond input and output it is bounded by the tiles.",
        ["", "input and output", "largest resident size", "beyond input and output"],
    )
    for number, model in enumerate(models):
        yield Progress(number, len(models), f"{model.card.name}: memory, {x} x {y} pixels")
        peak = measured(model, LARGE, settings)
        figures = (peak.arrays, peak.resident, peak.resident - peak.arrays)
        table.rows.append([f"**{model.card.name}**", *(round(figure / MEBIBYTE) for figure in figures)])
    return table


def on_one_megapixel(models: Sequence[Measured], peers: Sequence[str], settings: dict[str, Any]) -> Job[dict[str, int]]:
    """Measure models of one kind, and the peers of these names as they do the same; return MiB by name.

    A peer whose process fails, such as for want of memory, is left out.
    """
    found = {}
    for number, model in enumerate(models):
        yield Progress(number, len(models), f"{model.card.name}: memory")
        found[model.card.name] = measured(model, COMMON, settings).resident
    for number, peer in enumerate(peers):
        yield Progress(number, len(peers), f"{peer}: memory")
        with contextlib.suppress(DeviceError):
            found[peer] = _alone({"peer": peer}, COMMON, models[0]).resident
    return {name: round(resident / MEBIBYTE) for name, resident in found.items()}


def measured(model: Measured, shape: tuple[int, int], settings: dict[str, Any]) -> Peak:
    """Run a model's task in a process of its own and return what it took.

    Parameters
    ----------
    model : Measured
        The model.
    shape : tuple of int
        Height and width of the result.
    settings : dict
        Further keywords for its task.

    Raises
    ------
    DeviceError
        If that process fails, as it does where the memory runs out.
    """
    return _alone({"model": str(model.path), "settings": settings}, shape, model)


def _alone(who: dict[str, Any], shape: tuple[int, int], like: Measured) -> Peak:
    case = {"shape": shape, "scale": like.card.scale, "grey": like.grey}
    request = json.dumps({"who": who, "case": case})
    command = [sys.executable, "-m", f"{__package__}.peak", request]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise DeviceError("memory for the benchmark's large picture", last[0])
    return Peak(**json.loads(done.stdout))
