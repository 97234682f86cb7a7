"""Where the print lies in a scan: without the borders that the scanner's lid or the album leave around it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..engine.tiling import Box

MOST = 0.35
"""Share of a side that a border may take."""
EVEN = 0.04
"""How far, of the range, nearly all pixels of a line of a border lie from its middle."""
NEARLY_ALL = 0.96
BLACK, WHITE = 0.1, 0.9
DRIFT = 0.06
"""How far a line's middle may lie from that of the outermost one."""


def print_box(luma: npt.NDArray[np.float32]) -> Box:
    """Return the part of a (Y, X) plane of luma, in [0, 1], that isn't a border of nearly even white or black.

    Lines are taken away from each side as long as they are even, and as white or black as the outermost one.
    """
    y, x = luma.shape
    top, bottom = (_border(luma[::way][: round(MOST * y)]) for way in (1, -1))
    inner = luma[top : y - bottom]
    left, right = (_border(inner.T[::way][: round(MOST * x)]) for way in (1, -1))
    return Box(top, y - bottom, left, x - right)


def _border(lines: npt.NDArray[np.float32]) -> int:
    """Return how many of the first lines are border."""
    if not len(lines):
        return 0
    middle = np.median(lines, axis=1)
    even = (np.abs(lines - middle[:, None]) < EVEN).mean(1) >= NEARLY_ALL
    bordering = even & (np.abs(middle - middle[0]) < DRIFT) & ((middle < BLACK) | (middle > WHITE))
    return int(np.argmin(bordering)) if not bordering.all() else len(lines)
