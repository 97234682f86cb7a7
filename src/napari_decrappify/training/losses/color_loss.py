"""The loss of nets that choose among classes of colours."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...nets.chroma import chroma_of, in_classes


def color_loss(classes: Tensor, target: Tensor, vivid: float) -> Tensor:
    """Return the mean cross-entropy of classes of colours, in which vivid colours weigh more.

    Parameters
    ----------
    classes : Tensor
        (N, CLASSES, y, x) logits.
    target : Tensor
        (N, 3, Y, X) clean images in [0, 1], at least as large.
    vivid : float
        A colour at distance d from grey in Cb and Cr weighs 1 + vivid * d: most of every photo is nearly grey, and a
        net that is to be right on average colours nothing (Zhang et al., 2016, weigh by rarity).
    """
    y, x = classes.shape[-2:]
    chroma = F.adaptive_avg_pool2d(chroma_of(target), (y, x))
    numbers, shares = in_classes(chroma)
    surprise = -(classes.float().log_softmax(1).gather(1, numbers) * shares).sum(1)
    weight = 1 + vivid * chroma.square().sum(1).sqrt()
    return (surprise * weight).sum() / weight.sum()
