"""One method alone in this process, for `memory` to measure from outside: ``python -m`` with this module's name."""

from __future__ import annotations

import json
import resource  # not on Windows
import sys
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data

from ...models import read_card
from ...processes import end_without_a_last_look
from ..cases import Case
from ..method import Method
from ..models import Measured
from ..peers import everyone
from ..photos import Picture

LINE, EVERY = 8, 64
SIGMA = 25.0


def peak(who: dict[str, Any], case: dict[str, Any]) -> dict[str, int]:
    """Return the bytes of input and output, and of the largest resident size.

    Parameters
    ----------
    who : dict
        "peer": a peer's name; or "model": a model's file, and "settings": further keywords for its task.
    case : dict
        Keywords of `large_case`.
    """
    given = large_case(**case)
    result = _method(**who).repair(given)
    return {"arrays": given.given.nbytes + result.nbytes, "resident": largest_resident()}


def large_case(shape: tuple[int, int], scale: int, grey: bool) -> Case:
    """Fill a case whose result is of that height and width with copies of a photo, without a second large array.

    There is no target, only what was given; the mask is of thin lines, and the noise is as told.
    """
    y, x = (n // scale for n in shape)
    photo = skimage.data.camera() if grey else skimage.data.chelsea()  # type: ignore[no-untyped-call]
    picture: Picture = np.empty((y, x, *photo.shape[2:]), np.uint8)
    for top in range(0, y, photo.shape[0]):
        for left in range(0, x, photo.shape[1]):
            place = picture[top : top + photo.shape[0], left : left + photo.shape[1]]
            place[...] = photo[: place.shape[0], : place.shape[1]]
    mask = np.zeros((y, x), bool)
    for line in range(LINE):
        mask[EVERY // 2 + line :: EVERY] = True
    return Case(picture, picture, mask, SIGMA, scale)


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


def _method(peer: str = "", model: str = "", settings: dict[str, Any] | None = None) -> Method:
    return everyone()[peer] if peer else Measured(read_card(model), Path(model)).method(settings or {})


if __name__ == "__main__":
    end_without_a_last_look()
    sys.stdout.write(json.dumps(peak(**json.loads(sys.argv[1]))))
