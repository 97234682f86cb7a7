"""The same-size generator: a residual U-Net on half-resolution pixels, with an image head and a mask head."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .generator import Generator, Repaired

Norm: TypeAlias = Literal["batch", "none"]
UNSHUFFLE = 2


class ShuffledUNet(Generator):
    """A generator that goes down its levels and up again, joining what it passed on the way (Ronneberger et al., 2015).

    Attributes
    ----------
    encoder, down : ModuleList
        A block and a halving for each level but the coarsest.
    middle : Sequential
        Blocks at the coarsest level.
    up, merge, decoder : ModuleList
        A doubling by pixel shuffle, a convolution that joins the way down, and a block, from coarse to fine.
    """

    encoder: nn.ModuleList
    down: nn.ModuleList
    middle: nn.Sequential
    up: nn.ModuleList
    merge: nn.ModuleList
    decoder: nn.ModuleList

    def body(self, features: Tensor) -> Tensor:
        """Map the features of the finest level to others of the same shape."""
        skips = []
        for block, down in zip(self.encoder, self.down, strict=True):
            features = block(features)
            skips.append(features)
            features = down(features)
        features = self.middle(features)
        for up, merge, block in zip(self.up, self.merge, self.decoder, strict=True):
            features = block(merge(torch.cat([F.pixel_shuffle(up(features), 2), skips.pop()], 1)))
        return features


class RepairUNet(ShuffledUNet):
    """A compact U-Net (Ronneberger et al., 2015) of residual blocks that repairs and says where the damage is.

    It works on 2x2 pixels folded into channels (pixel unshuffle), which makes it four times as cheap, and adds its
    output to the input.

    Parameters
    ----------
    widths : sequence of int
        Channels at half, quarter, eighth ... resolution: more levels see further, wider ones learn more.
    middle : int
        Residual blocks at the coarsest level; each adds four times that level's cell to the halo.
    mask_head : bool
        Whether to predict the damage mask too.
    norm : {"batch", "none"}
        Batch normalisation for training; `fold_batch_norm` turns a trained net into an equal one without.
    """

    foldable = True

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128, 192),
        middle: int = 2,
        mask_head: bool = True,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        cells = [UNSHUFFLE * 2**level for level in range(len(widths))]
        self.multiple = cells[-1]
        reach = sum(4 * cell for cell in cells[:-1]) + 2 * middle * cells[-1] + 2 * UNSHUFFLE
        self.halo = -(-(reach + cells[-1] - 1) // self.multiple) * self.multiple
        self.head = nn.Conv2d(3 * UNSHUFFLE**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(width, norm) for width in widths[:-1])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.middle = nn.Sequential(*(ResidualBlock(widths[-1], norm) for _ in range(middle)))
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in reversed(list(pairwise(widths))))
        self.merge = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for width in reversed(widths[:-1]))
        self.decoder = nn.ModuleList(ResidualBlock(width, norm) for width in reversed(widths[:-1]))
        self.to_image = nn.Conv2d(widths[0], 3 * UNSHUFFLE**2, 3, padding=1)
        self.to_mask = nn.Conv2d(widths[0], UNSHUFFLE**2, 3, padding=1) if mask_head else None
        for layer in (self.to_image, self.to_mask):
            if layer is not None and layer.bias is not None:
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Repaired:
        """Repair (N, 3, Y, X) images; the mask, if there is a head for it, is (N, 1, Y, X) logits."""
        self.check_sides(x)
        features = self.body(self.head(F.pixel_unshuffle(x - 0.5, UNSHUFFLE)))
        image = x + F.pixel_shuffle(self.to_image(features), UNSHUFFLE).float()
        if self.to_mask is None:
            return Repaired(image)
        return Repaired(image, F.pixel_shuffle(self.to_mask(features), UNSHUFFLE).float())


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input (He et al., 2016)."""

    def __init__(self, width: int, norm: Norm) -> None:
        super().__init__()
        self.first = convolution(width, norm)
        self.second = convolution(width, norm)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, Y, X) to the same shape."""
        changed: Tensor = self.second(F.relu(self.first(x), inplace=True))
        return F.relu(changed.add_(x), inplace=True)


def convolution(width: int, norm: Norm) -> nn.Module:
    """Return a 3x3 convolution, followed by batch normalisation if asked for."""
    if norm == "none":
        return nn.Conv2d(width, width, 3, padding=1)
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
