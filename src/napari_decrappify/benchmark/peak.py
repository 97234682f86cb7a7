"""A large removal in this process, for `memory` to measure from outside: ``python -m`` with this module's name."""

from __future__ import annotations

import json
import resource  # not on Windows
import sys
from pathlib import Path

import numpy as np
import skimage.data

from ..apply.precision import Precision
from ..apply.tasks import remove_watermark
from .photos import Picture


def peak(model: str, shape: tuple[int, ...], device: str, precision: Precision) -> dict[str, int]:
    """Return the bytes of input and output, and the largest resident size before and after the task."""
    picture = large_photo(shape)
    before = largest_resident()
    result = remove_watermark(picture, model=model, device=device, precision=precision)
    return {"arrays": picture.nbytes + result.nbytes, "before": before, "after": largest_resident()}


def large_photo(shape: tuple[int, ...]) -> Picture:
    """Fill a large array with copies of a photo, without a second large array."""
    photo = skimage.data.chelsea()  # type: ignore[no-untyped-call]
    picture = np.empty(shape, np.uint8)
    for y in range(0, shape[0], photo.shape[0]):
        for x in range(0, shape[1], photo.shape[1]):
            place = picture[y : y + photo.shape[0], x : x + photo.shape[1]]
            place[...] = photo[: place.shape[0], : place.shape[1]]
    return picture


def largest_resident() -> int:
    """Return the bytes of this process's largest resident size so far.

    Linux hands `ru_maxrss` of the process that started this one on to it, so there the kernel's own mark is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        marks = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(marks[0]) * 1024
    reported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return reported * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(peak(**json.loads(sys.argv[1]))))
