"""How likely a net takes each colour for, on a reduced plane: its doubts, and the likeliest colours of a place."""

from __future__ import annotations

import functools

import numpy as np
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
TOGETHER = 3  # classes a side that are taken for one colour


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
        left = torch.cat([odds[:, None] * chroma_of_classes(odds.device), odds[:, None]], 1).T.reshape(3, SIDE, SIDE)
        chroma = torch.stack([_taken(left) for _ in range(count)], 1)
        return as_colors(chroma[None, :, None])[0, :, 0].T.numpy()


def _taken(left: Tensor) -> Tensor:
    """Return the mean chroma of the likeliest classes that lie together, and take these out.

    Parameters
    ----------
    left : Tensor
        (3, SIDE, SIDE): Cb and Cr times their odds, and these; changed in place.
    """
    together: Tensor = F.avg_pool2d(left[2:], TOGETHER, 1, TOGETHER // 2)[0]
    row, column = divmod(int(together.argmax()), SIDE)
    reach = TOGETHER // 2
    block = left[:, max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    cb, cr, odds = block.sum((1, 2))
    block.zero_()
    mean: Tensor = torch.stack([cb, cr]) / odds.clamp_min(torch.finfo(torch.float32).tiny)
    return mean


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
