"""What matches say of a hole: votes on its pixels, brought nearer to the guide, and differences between neighbours."""

from __future__ import annotations

from typing import NamedTuple

import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from .gradient_blend import blend
from .patch_match import PatchField
from .pyramid import TINY, Level, blurred

GUIDED_SCALE = 4.0
"""In pixels: the sigma above which the levels follow the guide, by `GUIDED` of the way at the rim of a hole."""
GUIDED, GUIDED_DEPTH = 0.9, 16.0
"""Over so many pixels inwards that falls to a third: deep in a hole, the guide is fog."""
CONTRAST, CONTRAST_DEPTH = 0.75, 16.0
"""Deep in a hole, of the matches' differences; the rest is the guide's: the deeper, the more they are a guess.

Over so many pixels inwards that rest grows to two thirds of its full size; across the rim there is none."""
PULL = 0.003
"""Of the guide on the last blend, which follows it above 1 / sqrt(PULL) pixels."""
INWARDS = 1.3
"""How much more a patch counts than one a pixel deeper in the hole."""
DEEPEST = 64
SELECTIVE = 0.4
"""A patch as unlike its match as three quarters are not counts exp(-1 / SELECTIVE) of one that is just like it."""


class Votes(NamedTuple):
    """What the patches over each pixel of the hole say.

    Attributes
    ----------
    pixels : Tensor
        (M,) int64: the pixels of the hole over which there is a patch.
    colours : Tensor
        (M, C): the weighted mean.
    offsets : Tensor
        (M,) int64: how far away, as a flat index, the patch that counts most has its match; of those that reach to the
        pixel's neighbours.
    """

    pixels: Tensor
    colours: Tensor
    offsets: Tensor


def weights_of(distances: Tensor) -> Tensor:
    """Return how much patches count that are so unlike their matches."""
    usual = torch.quantile(distances[:: -(-len(distances) // 2**16)], 0.75).clamp(min=TINY)
    return torch.exp(-distances / (SELECTIVE * usual))


def depth_of(hole: Tensor) -> Tensor:
    """Return how many pixels each pixel of an (H, W) hole is from what isn't, (H, W) float32."""
    depth = ndimage.distance_transform_cdt(hole.cpu().numpy(), "chessboard")
    return torch.from_numpy(depth).to(hole.device, torch.float32)


def nearness(depth: Tensor) -> Tensor:
    """Return by how much patches count less towards the middle of a hole, (H * W,); for `depth` see `depth_of`."""
    return torch.pow(INWARDS, -depth.clamp(max=DEEPEST)).flatten()


def vote(level: Level, field: PatchField, weights: Tensor, radius: int) -> Votes:
    """Ask every patch over each pixel of the hole what its match has there."""
    height, width = level.hole.shape
    pixels = torch.nonzero(level.hole.flatten())[:, 0]
    y, x = pixels // width, pixels % width
    colours, offsets, weight_of = level.image.flatten(1).T.contiguous(), field.offsets, field.spread(weights)
    total = colours.new_zeros(len(pixels), colours.shape[1])
    weight, most = total.new_zeros(len(pixels)), total.new_zeros(len(pixels))
    best = torch.zeros_like(pixels)
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            inside = (y >= down) & (y < height + down) & (x >= right) & (x < width + right)
            patch = torch.where(inside, pixels - down * width - right, 0)
            counts, offset = torch.where(inside, weight_of.index_select(0, patch), 0.0), offsets.index_select(0, patch)
            total += colours.index_select(0, (pixels + offset).clamp_(0, height * width - 1)) * counts[:, None]
            weight += counts
            if max(abs(down), abs(right)) < radius:  # beyond what a match was chosen for, differences are off
                central = counts * (1 - 1e-3 * (down**2 + right**2))  # of equal ones, that with its centre nearest
                best, most = torch.where(central > most, offset, best), torch.maximum(most, central)
    heard = weight > 0
    return Votes(pixels[heard], total[heard] / weight[heard, None], best[heard])


def guided(level: Level, votes: Votes, depth: Tensor) -> Tensor:
    """Return the picture with the votes in its hole, whose low frequencies are brought nearer to the guide's.

    Less so the deeper in the hole: for `depth` see `depth_of`.
    """
    filled = level.image.flatten(1).index_copy(1, votes.pixels, votes.colours.T).reshape(level.image.shape)
    error = blurred(torch.where(level.hole, level.guide - filled, 0.0), GUIDED_SCALE / level.scale)
    share = GUIDED * torch.exp(-depth * level.scale / GUIDED_DEPTH)
    return torch.where(level.hole, filled + share * error, filled)


def blended(level: Level, votes: Votes) -> Tensor:
    """Lay the differences between neighbours that the matches have into the hole."""
    offsets = torch.zeros(level.hole.numel(), dtype=torch.int64, device=level.hole.device)
    offsets[votes.pixels] = votes.offsets
    depth = depth_of(level.hole)
    contrast = torch.lerp(torch.exp(-depth * level.scale / CONTRAST_DEPTH), torch.ones_like(depth), CONTRAST)
    right, down = (_differences(level, offsets, contrast, axis) for axis in (2, 1))
    return blend(guided(level, votes, depth), level.hole, right, down, level.guide, PULL)


def _differences(level: Level, offsets: Tensor, contrast: Tensor, axis: int) -> Tensor:
    """Return the differences to the next pixel, each the mean of what both pixels' matches have where it is known."""
    last = (0, 1) if axis == 2 else (0, 0, 0, 1)
    own, smooth, length = level.image.diff(dim=axis), level.guide.diff(dim=axis), level.hole.shape[axis - 1] - 1
    both = level.known.narrow(axis - 1, 0, length) & level.known.narrow(axis - 1, 1, length)
    there, is_known = F.pad(own, last).flatten(1), F.pad(both, last).flatten()
    pixels = torch.arange(level.hole.numel(), device=level.hole.device).reshape(level.hole.shape)
    first = pixels.narrow(axis - 1, 0, length)
    total, share = torch.zeros_like(own), torch.zeros_like(own[0])
    for asked in (first, pixels.narrow(axis - 1, 1, length)):
        source = (first + offsets[asked]).clamp(0, level.hole.numel() - 1)
        counts = (level.hole.flatten()[asked] & is_known[source]).float()
        total += there[:, source] * counts
        share += counts
    found = torch.where(share > 0, total / share.clamp(min=1), own)
    return torch.where(share > 1, torch.lerp(smooth, found, contrast.narrow(axis - 1, 0, length)), found)
