"""The resolutions at which a hole is filled, and how busy the picture is at each pixel."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...nets.push_pull import push_pull

COARSEST = 40
"""The shorter side of the coarsest level, at least; below it, the guide knows more than patches do."""
BUSYNESS = 4.0
"""How much more than a colour the busyness counts that a patch should have."""
BUSY_SCALE = 2.0
"""In pixels: the sigma over which busyness is averaged."""
NARROW = 2.0
"""The sigma, in pixels, that a blur is brought near by halving the resolution."""
PUSHED = 6
"""Halvings by which it is carried into holes."""
TINY = 1e-12


class Level(NamedTuple):
    """One resolution: the picture, whose hole has the guide in it, that guide, and where hole and sources are."""

    image: Tensor
    guide: Tensor
    hole: Tensor
    known: Tensor
    scale: int


def pyramid(finest: Level, side: int) -> list[Level]:
    """Halve the resolution while there are enough patches to choose from."""
    levels = [finest]
    while min(finest.hole.shape) >= 2 * levels[-1].scale * COARSEST:
        level = _halved(levels[-1])
        if not centres(level.known, side // 2).any():
            break
        levels.append(level)
    return levels


def _halved(level: Level) -> Level:
    image, guide = (F.avg_pool2d(x[None], 2, ceil_mode=True, count_include_pad=False)[0] for x in level[:2])
    hole, unknown = (F.max_pool2d(x[None].float(), 2, ceil_mode=True)[0] > 0 for x in (level.hole, ~level.known))
    return Level(image, guide, hole, ~unknown, 2 * level.scale)


def with_busyness(level: Level) -> Level:
    """Append how busy the picture is around each pixel as a channel; in the hole, as its surroundings let expect.

    The coarser levels can't tell smooth from textured places, and a smooth guide is most like smooth ones.
    """
    known = level.known.float()
    total, share = torch.zeros_like(known), torch.zeros_like(known)
    for axis in (1, 2):
        length = level.image.shape[axis] - 1
        both = known.narrow(axis - 1, 0, length) * known.narrow(axis - 1, 1, length)
        steps = level.image.diff(dim=axis).abs().mean(0) * both
        for start in (0, 1):
            total.narrow(axis - 1, start, length).add_(steps)
            share.narrow(axis - 1, start, length).add_(both)
    total, share = (blurred(x[None], BUSY_SCALE) for x in (total, share))
    sides = (0, -level.hole.shape[1] % 2**PUSHED, 0, -level.hole.shape[0] % 2**PUSHED)
    there = F.pad(BUSYNESS * total / share.clamp(min=TINY), sides)
    unknown = F.pad(~level.known, sides, value=True)
    expected = push_pull(there[None], unknown[None, None], PUSHED)[0][:, : known.shape[0], : known.shape[1]]
    return level._replace(image=torch.cat([level.image, expected]), guide=torch.cat([level.guide, expected]))


def blurred(image: Tensor, sigma: float) -> Tensor:
    """Blur a (C, H, W) picture by a Gaussian, a wide one at a lower resolution."""
    if sigma >= 2 * NARROW and min(image.shape[1:]) > 1:
        small = F.avg_pool2d(image[None], 2, ceil_mode=True, count_include_pad=False)[0]
        spread = blurred(small, sigma / 2)[None]
        return F.interpolate(spread, scale_factor=2.0, mode="bilinear")[0][:, : image.shape[1], : image.shape[2]]
    radius = max(1, round(3 * sigma))
    taps = torch.arange(-radius, radius + 1, device=image.device)
    kernel = torch.exp(-(taps**2) / (2 * sigma**2))
    row = (kernel / kernel.sum()).expand(image.shape[0], 1, 1, -1)
    wide = F.pad(image[None], (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(wide, row, groups=len(row)), row.transpose(2, 3), groups=len(row))[0]


def grown(mask: Tensor, radius: int) -> Tensor:
    """Return an (H, W) mask grown by so many pixels in all eight directions."""
    return F.max_pool2d(mask[None].float(), 2 * radius + 1, 1, radius)[0] > 0


def centres(known: Tensor, radius: int) -> Tensor:
    """Return where the centres of patches lie of which everything is known."""
    return ~grown(~known, radius) & inner(known, radius)


def inner(mask: Tensor, radius: int) -> Tensor:
    """Return where patches don't stick out of the picture."""
    inner = torch.zeros_like(mask)
    inner[radius : mask.shape[0] - radius, radius : mask.shape[1] - radius] = True
    return inner
