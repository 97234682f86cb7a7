"""A loss for noisy pictures alone: half of the neighbours are to be foretold from the other half."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from .generator_loss import Parts
from .pixel_losses import PSNR_EPSILON

CELL = 2
PAIRS = ((0, 1), (0, 2), (1, 3), (2, 3), (1, 0), (2, 0), (3, 1), (3, 2))
"""Two pixels beside or above each other among the four of a cell, 0 1 above 2 3, in either order."""
Halves = tuple[Tensor, Tensor]


class Neighbours:
    """Which two neighbours of each cell of 2 x 2 pixels are taken: one for the one half, one for the other.

    Parameters
    ----------
    shape : tuple of int
        (N, C, Y, X) of the pictures, Y and X even.
    rng : torch.Generator
        Draws them.
    """

    def __init__(self, shape: tuple[int, ...], rng: torch.Generator) -> None:
        count, _, y, x = shape
        drawn = torch.randint(len(PAIRS), (count, y // CELL, x // CELL), generator=rng)
        self._chosen = torch.tensor(PAIRS)[drawn]

    def of(self, pictures: Tensor) -> Halves:
        """Return the two halves of (N, C, Y, X) pictures, each (N, C, Y / 2, X / 2)."""
        cells = F.pixel_unshuffle(pictures, CELL)
        count, channels = pictures.shape[:2]
        cells = cells.view(count, channels, CELL**2, *cells.shape[-2:])
        index = self._chosen.to(pictures.device)[:, None, None].expand(-1, channels, 1, -1, -1, -1)
        one, other = (cells.gather(2, index[..., side])[:, :, 0] for side in (0, 1))
        return one, other


def neighbour_loss(
    run: Callable[[Tensor], Tensor], noisy: Tensor, weight: float, rng: torch.Generator
) -> tuple[Tensor, Parts]:
    """Return the loss of Neighbor2Neighbor (Huang et al., 2021) in decibels of each picture, and its parts.

    The net is shown one of two neighbours of each cell, and is to foretell the other: of noise that differs from pixel
    to pixel it can't. Where the picture itself differs between them, it would learn to blur; what it makes of all
    pixels at once says by how much they differ, and that is taken away, as far as `weight` says.

    Parameters
    ----------
    run : callable
        The net: (N, 3, Y, X) to the same.
    noisy : Tensor
        (N, 3, Y, X) noisy pictures, in [0, 1] or beyond.
    weight : float
        Of the second part.
    rng : torch.Generator
        Draws which neighbours are taken.
    """
    neighbours = Neighbours(tuple(noisy.shape), rng)
    seen, wanted = neighbours.of(noisy)
    with torch.no_grad():
        one, other = neighbours.of(run(noisy).float())
    difference = run(seen).float() - wanted
    foretold = difference.square().flatten(1).mean(1)
    kept = (difference - (one - other)).square().flatten(1).mean(1)
    loss = 10 * torch.log10(foretold + weight * kept + PSNR_EPSILON).mean()
    return loss, {"neighbours": foretold.mean(), "detail": kept.mean()}
