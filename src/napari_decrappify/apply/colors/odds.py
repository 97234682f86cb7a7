"""How likely a net takes each colour for, on a whole reduced plane: its doubts, and the likeliest colours of a place."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...nets.chroma import (
    SIDE,
    as_colors,
    chroma_of_classes,
    variance,
)
from ..engine.blending import Pixels
from ..engine.engine import engine_of
from ..engine.run_context import RunContext

KEPT = 4
AROUND = 3  # classes a side that are taken for one colour
APART = 1  # classes around one that is suggested which aren't


class Odds:
    """What a net takes for likely on a reduced plane.

    Parameters
    ----------
    logits : Tensor
        (CLASSES, y, x) of the classes of colours, for cells of the plane.
    yx : tuple of int
        Size of the plane, of which the cells may cover a little more.
    cell : int
        Side of a cell.
    """

    def __init__(self, logits: Tensor, yx: tuple[int, int], cell: int) -> None:
        self._logits, self._yx, self._cell = logits, yx, cell

    def variance(self) -> Pixels:
        """Return the (y, x) variance of chroma among all that is likely: small where the net is sure."""
        y, x = self._yx
        found = variance(self._logits[None])
        whole = F.interpolate(found, scale_factor=self._cell, mode="bilinear", align_corners=False)
        return whole[0, 0, :y, :x].numpy()

    def likeliest(self, place: tuple[int, int], count: int) -> Pixels:
        """Return the (count, 3) chroma of the likeliest colours at a pixel of the plane that can be told apart."""
        y, x = (at // self._cell for at in place)
        odds = self._logits[:, y, x].softmax(0)
        likely = torch.cat([odds[:, None] * chroma_of_classes(odds.device), odds[:, None]], 1)
        near = F.avg_pool2d(likely.T.reshape(1, 3, SIDE, SIDE), AROUND, 1, AROUND // 2)[0].numpy()
        chroma = np.stack([near[:2, row, column] / near[2, row, column] for row, column in _apart(near[2], count)], 1)
        return as_colors(torch.from_numpy(chroma)[None, :, None])[0, :, 0].T.numpy()


def _apart(odds: npt.NDArray[np.float32], count: int) -> list[tuple[int, int]]:
    """Return the places of the greatest values, one after the other, none of them near one before it."""
    left, found = odds.copy(), []
    for _ in range(count):
        row, column = (int(at) for at in np.unravel_index(left.argmax(), left.shape))
        found.append((row, column))
        left[max(0, row - APART) : row + APART + 1, max(0, column - APART) : column + APART + 1] = -1
    return found


def odds_on(run_context: RunContext, luma: Pixels) -> Odds | None:
    """Return what a model takes for likely on the (y, x) luma of a reduced plane; None if it doesn't choose colours.

    The last few answers are kept: each stroke asks anew about the same picture.
    """
    return _odds(run_context, luma.tobytes(), luma.shape)


@functools.lru_cache(maxsize=KEPT)
def _odds(run_context: RunContext, luma: bytes, yx: tuple[int, int]) -> Odds | None:
    pixels = np.frombuffer(luma, np.float32).reshape(yx).copy()  # which torch may write into
    runner = engine_of(run_context).runner
    logits = runner.classes(pixels)
    if logits is None:
        return None
    cell = -(-yx[0] // runner.net.multiple) * runner.net.multiple // logits.shape[1]
    return Odds(logits, yx, cell)
