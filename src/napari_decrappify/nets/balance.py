"""Kernels of residual blocks brought to one size: the same function, and easier to train further."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import unet, upscaler

LEAST = 1e-12


@torch.no_grad()
def balance_blocks(net: nn.Module) -> None:
    """Give both kernels of every hidden channel the same norm, in place; what the net computes stays the same.

    A net whose normalisation was folded away has kernels of sizes that differ by hundreds, as normalisation undid
    that. An optimiser that takes steps of one size would wipe out the small ones. A ReLU lets a factor through, so
    what one convolution is multiplied by, the next can be divided by.

    Parameters
    ----------
    net : Module
        Its residual blocks without normalisation are changed; all else stays as it is.
    """
    for block in net.modules():
        if isinstance(block, unet.ResidualBlock | upscaler.ResidualBlock):
            first, second = block.first, block.second
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.Conv2d):
                _balance(first, second)


def _balance(first: nn.Conv2d, second: nn.Conv2d) -> None:
    before, after = first.weight.flatten(1).norm(dim=1), second.weight.transpose(0, 1).flatten(1).norm(dim=1)
    alive = (before > LEAST) & (after > LEAST)
    factor: Tensor = torch.where(alive, (after / before.clamp_min(LEAST)).sqrt(), torch.ones_like(before))
    first.weight.mul_(factor[:, None, None, None])
    second.weight.div_(factor[:, None, None])
    if first.bias is not None:
        first.bias.mul_(factor)
