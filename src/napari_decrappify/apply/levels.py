"""Local means kept: what a net adds to or takes from the intensities of a neighbourhood is put right."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..nets import Generator, Repaired

RADIUS, NEAR = 16, 4
"""Pixels of the image; two means over 2 x 16 + 1 pixels a side leave 2% of independent noise. The noise itself is
measured on 2 x 4 + 1."""
CUT_OFF, FREE = 1.25, 1.75
"""How many standard deviations of the noise a pixel lies within the range. Where it is so few, cutting normal noise off
at black raises means by 4% and by 1%."""
FEW = 0.02
"""Share of the pixels around that must be free of the ends for what they lack to be believed."""


class LevelKeeping(Generator):
    """A net whose result has the local means of the image that it was made from.

    Noise that isn't cut off at the ends of a range has no mean: what the result lacks of the image's mean around a
    pixel is the net's own error, and is added (back-projection: Irani and Peleg, 1991, at the scale of the window
    alone). In 8-bit images noise is cut off at black and white: there only pixels count, and change, that the noise
    doesn't carry to either.

    Parameters
    ----------
    net : Generator
        Of three channels.
    uncut : bool
        Whether means are kept only where noise isn't cut off at 0 and 1.
    """

    def __init__(self, net: Generator, uncut: bool = False) -> None:
        super().__init__()
        self.net, self.uncut = net, uncut
        self.scale, self.multiple, self.halo = net.scale, net.multiple, net.halo + 2 * RADIUS + NEAR + 1
        self.any_size, self.minimum = net.any_size, net.minimum

    def base(self, x: Tensor) -> Tensor:
        """Return the net's."""
        return self.net.base(x)

    def forward(self, x: Tensor) -> Repaired:
        """Run the net, and add what its result lacks of the local means."""
        repaired: Repaired = self.net(x)
        with torch.autocast(x.device.type, enabled=False):
            image = repaired.image.float()
            coarse = F.avg_pool2d(image, self.scale)
            lacking = x.float() - coarse
            lacking = _of_free_pixels(lacking, coarse) if self.uncut else _smooth(_smooth(lacking))
            if self.scale > 1:
                lacking = F.interpolate(lacking, scale_factor=self.scale, mode="bilinear", align_corners=False)
            return repaired._replace(image=image + lacking)


def _of_free_pixels(lacking: Tensor, image: Tensor) -> Tensor:
    """Return what pixels lack around each that is free of the range's ends, of those that are free themselves."""
    noise = _smooth(lacking.square().mean(1, keepdim=True), NEAR).sqrt()
    room = torch.minimum(image, 1 - image).amin(1, keepdim=True)
    free = ((room / noise.clamp_min(1e-6) - CUT_OFF) / (FREE - CUT_OFF)).clamp(0, 1)
    return free * _smooth(_smooth(free * lacking)) / _smooth(_smooth(free)).clamp_min(FEW)


def _smooth(x: Tensor, radius: int = RADIUS) -> Tensor:
    """Return the mean around each pixel, of those that there are."""
    side = 2 * radius + 1
    for window, margin in (((side, 1), (radius, 0)), ((1, side), (0, radius))):
        x = F.avg_pool2d(x, window, 1, margin, count_include_pad=False)
    return x
