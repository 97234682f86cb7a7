"""Peak memory of a large removal, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from ..errors import DeviceError
from ..jobs import Job, Progress
from ..models import ModelCard
from .tables import Table

MEBIBYTE = 2**20
SHAPE = (6250, 8000, 3)  # 50 megapixels


@dataclass(frozen=True)
class Peak:
    """Bytes: of the input and the output, and the process's largest resident size before and after the task."""

    arrays: int
    before: int
    after: int


def memory(card: ModelCard, settings: dict[str, Any]) -> Job[Table]:
    """Measure the peak memory of `remove_watermark` on 50 megapixels, beyond input and output."""
    y, x = SHAPE[:2]
    yield Progress(0, 1, f"{card.name}: memory, {x} x {y} pixels")
    peak = measured(card.name, SHAPE, settings["device"], settings["precision"])
    table = Table(
        f"{card.name}: peak memory",
        f"{x} x {y} pixels of 8-bit RGB; the process's largest resident size, without input and output.",
        ["what", "MiB"],
    )
    table.rows.append(["input and output", round(peak.arrays / MEBIBYTE)])
    table.rows.append(["beyond them, Python and torch included", round((peak.after - peak.arrays) / MEBIBYTE)])
    table.rows.append(["of that, before the task began", round((peak.before - peak.arrays // 2) / MEBIBYTE)])
    return table


def measured(model: str, shape: tuple[int, ...], device: str, precision: str) -> Peak:
    """Run the task in a process of its own and return what it took.

    Raises
    ------
    DeviceError
        If that process fails, as it does where the memory runs out.
    """
    request = json.dumps({"model": model, "shape": shape, "device": device, "precision": precision})
    command = [sys.executable, "-m", f"{__package__}.peak", request]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise DeviceError("memory for the benchmark's large picture", last[0])
    return Peak(**json.loads(done.stdout))
