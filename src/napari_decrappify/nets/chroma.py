"""Colours in classes: a grid over Cb and Cr, into which chroma is sorted and of which it is mixed.

Chroma is (N, 2, Y, X): Cb and Cr of ITU-R BT.601, each in [-0.5, 0.5]. After Zhang et al., "Colorful image
colorization" (2016), who have a grid over a and b.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..degrade.operations.tone import LUMA

CELL = 0.05  # between neighbours of the grid
SIDE = 17  # of the grid: Cb and Cr from -0.4 to 0.4, beyond which photos have next to nothing
CLASSES = SIDE**2
RED, GREEN, BLUE = (float(weight) for weight in LUMA)
CB_BLUE, CR_RED = 2 * (1 - BLUE), 2 * (1 - RED)


def luma_of(images: Tensor) -> Tensor:
    """Return the (N, 1, Y, X) luma of (N, 3, Y, X) images."""
    weights = images.new_tensor(LUMA).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True)


def chroma_of(images: Tensor) -> Tensor:
    """Return the chroma of (N, 3, Y, X) images in [0, 1]."""
    luma = luma_of(images)
    return torch.cat([(images[:, 2:] - luma) / CB_BLUE, (images[:, :1] - luma) / CR_RED], 1)


def as_colors(chroma: Tensor) -> Tensor:
    """Return what (N, 3, Y, X) chroma adds to a grey image; its luma is 0."""
    blue, red = chroma[:, :1] * CB_BLUE, chroma[:, 1:] * CR_RED
    return torch.cat([red, -(RED * red + BLUE * blue) / GREEN, blue], 1)


def in_classes(chroma: Tensor) -> tuple[Tensor, Tensor]:
    """Sort chroma into the four classes around it.

    Returns
    -------
    tuple of Tensor
        (N, 4, Y, X) numbers of classes, and their shares, which sum to 1: those of bilinear interpolation.
    """
    place = (chroma / CELL + SIDE // 2).clamp(0, SIDE - 1)
    low = place.floor().clamp(max=SIDE - 2)
    across, down = ((place - low)[:, axis : axis + 1] for axis in (0, 1))
    first = low[:, :1].long() + SIDE * low[:, 1:].long()
    numbers = torch.cat([first, first + 1, first + SIDE, first + SIDE + 1], 1)
    shares = [(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across]
    return numbers, torch.cat(shares, 1)


def mixed(logits: Tensor, temperature: float) -> Tensor:
    """Return the chroma that (N, CLASSES, Y, X) logits mean.

    Parameters
    ----------
    logits : Tensor
        Of the classes.
    temperature : float
        1 gives the mean of all that is likely, which is pale; near 0 the likeliest alone, which is spotted. Published
        is 0.38.
    """
    classes = chroma_of_classes(logits.device)
    return torch.einsum("nkyx,kc->ncyx", (logits.float() / temperature).softmax(1), classes)


def variance(logits: Tensor) -> Tensor:
    """Return the (N, 1, Y, X) variance of chroma, Cb's and Cr's together, among all that the logits take for likely."""
    odds, classes = logits.float().softmax(1), chroma_of_classes(logits.device)
    mean = torch.einsum("nkyx,kc->ncyx", odds, classes)
    squares = torch.einsum("nkyx,k->nyx", odds, classes.square().sum(1))
    return (squares - mean.square().sum(1))[:, None]


def chroma_of_classes(device: torch.device) -> Tensor:
    """Return the (CLASSES, 2) Cb and Cr of each class."""
    steps = torch.arange(SIDE, device=device, dtype=torch.float32).sub(SIDE // 2) * CELL
    return torch.cartesian_prod(steps, steps).flip(1)  # Cb runs first
