"""Peak memory of a large removal, measured in a process of its own: ``python -m`` with this module's name."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

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
    command = [sys.executable, "-m", __name__, request]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise DeviceError("memory for the benchmark's large picture", last[0])
    return Peak(**json.loads(done.stdout))


def _measure(model: str, shape: tuple[int, ...], device: str, precision: str) -> Peak:
    from ..apply.tasks import remove_watermark

    picture = _large_photo(shape)
    before = _largest_resident()
    result = remove_watermark(picture, model=model, device=device, precision=precision)
    return Peak(picture.nbytes + result.nbytes, before, _largest_resident())


def _large_photo(shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Fill a large array with copies of a photo, without a second large array."""
    import skimage.data

    photo = skimage.data.chelsea()
    picture = np.empty(shape, np.uint8)
    for y in range(0, shape[0], photo.shape[0]):
        for x in range(0, shape[1], photo.shape[1]):
            place = picture[y : y + photo.shape[0], x : x + photo.shape[1]]
            place[...] = photo[: place.shape[0], : place.shape[1]]
    return picture


def _largest_resident() -> int:
    import resource  # not on Windows

    kilobytes_or_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes_or_bytes * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_measure(**json.loads(sys.argv[1])))))
