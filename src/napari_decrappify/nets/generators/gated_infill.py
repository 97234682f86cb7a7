"""The infiller: a gated U-Net with a wide view that adds structure to a smooth fill, inside the mask only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InvalidParameterError
from ..push_pull import push_pull, push_pull_reach
from .generator import Repaired
from .unet import UNSHUFFLE, Norm, ShuffledUNet

FURTHEST = 4
"""Dilations of the blocks in the middle double up to the fourth, and begin anew."""


class GatedInfill(ShuffledUNet):
    """An infiller of gated convolutions (Yu et al., 2019) on half-resolution pixels.

    It starts from a push-pull fill of the hole and learns what is missing in it. Outside the mask its output is the
    input, bit by bit; what the input has inside the mask doesn't matter.

    Parameters
    ----------
    widths : sequence of int
        Channels at half, quarter, eighth ... resolution.
    middle : int
        Blocks at the coarsest level, with dilations 1, 2, 4, 8 in turn: they are what sees across a hole.
    norm : {"batch", "none"}
        Batch normalisation for training; `fold_batch_norm` turns a trained net into an equal one without.

    Raises
    ------
    InvalidParameterError
        For another norm.
    """

    channels = 4
    foldable = True

    def __init__(self, widths: Sequence[int] = (32, 64, 128, 192), middle: int = 4, norm: Norm = "batch") -> None:
        super().__init__()
        if norm not in get_args(Norm):
            raise InvalidParameterError(f"norm to be one of {', '.join(get_args(Norm))}", repr(norm))
        dilations = [2 ** (number % FURTHEST) for number in range(middle)]
        self.levels = len(widths)
        self.multiple = UNSHUFFLE * 2 ** (self.levels - 1)
        self.halo = _halo(self.multiple, self.levels, dilations)
        self.head = GatedConv(4 * UNSHUFFLE**2, widths[0], norm)
        self.encoder = nn.ModuleList(GatedBlock(width, norm) for width in widths[:-1])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.middle = nn.Sequential(*(GatedBlock(widths[-1], norm, dilation) for dilation in dilations))
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in reversed(list(pairwise(widths))))
        self.merge = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for width in reversed(widths[:-1]))
        self.decoder = nn.ModuleList(GatedBlock(width, norm) for width in reversed(widths[:-1]))
        self.to_image = nn.Conv2d(widths[0], 3 * UNSHUFFLE**2, 3, padding=1)
        nn.init.zeros_(self.to_image.weight)
        nn.init.zeros_(self.to_image.bias)  # type: ignore[arg-type]

    def base(self, x: Tensor) -> Tensor:
        """Fill the holes of (N, 4, Y, X) by a push-pull pyramid; (N, 3, Y, X)."""
        with torch.autocast(x.device.type, enabled=False):
            return push_pull(x[:, :3].float(), x[:, 3:] > 0.5, self.levels)

    def forward(self, x: Tensor) -> Repaired:
        """Fill the holes of (N, 4, Y, X) images, sides multiples of `multiple`."""
        self.check_sides(x)
        base, hole = self.base(x), x[:, 3:] > 0.5
        features = self.body(self.head(F.pixel_unshuffle(torch.cat([base - 0.5, hole.to(base.dtype)], 1), UNSHUFFLE)))
        learned = F.pixel_shuffle(self.to_image(features), UNSHUFFLE).float()
        return Repaired(torch.where(hole, base + learned, x[:, :3]))


class GatedConv(nn.Module):
    """A 3x3 convolution that says of each of its outputs how much it counts there.

    Parameters
    ----------
    before, after : int
        Channels.
    norm : {"batch", "none"}
        Of both halves, before they meet.
    dilation : int
        Distance of the kernel's taps.
    """

    def __init__(self, before: int, after: int, norm: Norm, dilation: int = 1) -> None:
        super().__init__()
        self.both = convolution(before, 2 * after, norm, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, Y, X) to (N, after, Y, X)."""
        value, gate = self.both(x).chunk(2, 1)
        return F.silu(value) * torch.sigmoid(gate)


class GatedBlock(nn.Module):
    """A gated and a plain convolution, added to their input."""

    def __init__(self, width: int, norm: Norm, dilation: int = 1) -> None:
        super().__init__()
        self.gated = GatedConv(width, width, norm, dilation)
        self.plain = convolution(width, width, norm)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, Y, X) to the same shape."""
        changed: Tensor = self.plain(self.gated(x))
        return changed.add_(x)


def convolution(before: int, after: int, norm: Norm, dilation: int = 1) -> nn.Module:
    """Return a 3x3 convolution, followed by batch normalisation if asked for."""
    layer = nn.Conv2d(before, after, 3, padding=dilation, dilation=dilation, bias=norm == "none")
    return layer if norm == "none" else nn.Sequential(layer, nn.BatchNorm2d(after))


def _halo(cell: int, levels: int, dilations: Sequence[int]) -> int:
    """Add up what the blocks of both ways, the middle and the fill see; rounded up to whole cells."""
    ways = 4 * (cell - UNSHUFFLE)
    middle = sum(dilation + 1 for dilation in dilations) * cell
    reach = ways + middle + 2 * UNSHUFFLE + (cell - 1) + push_pull_reach(levels)
    return -(-reach // cell) * cell
