"""Local means kept: what a net adds to or takes from the intensities of a neighbourhood is put right."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..nets import Generator, Repaired

RADIUS = 16
"""Pixels of the image; two means over 2 x 16 + 1 pixels a side leave 2% of independent noise."""
HARMLESS, HARMFUL = 0.04, 0.1
"""Shares of pixels at an end of the range. Where so many values of normal noise are cut off there, the mean moves by
.02 and by .05 of the noise's standard deviation."""


class LevelKeeping(Generator):
    """A net whose result has the local means of the image that it was made from.

    Noise that isn't cut off at the ends of a range has no mean: what the result lacks of the image's mean around a
    pixel is the net's own error, and is added (back-projection: Irani and Peleg, 1991, at the scale of the window
    alone). In 8-bit images noise is cut off at black and white, and their means hold only where few pixels are either.

    Parameters
    ----------
    net : Generator
        Of three channels.
    uncut : bool
        Whether means are kept only where few pixels lie at 0 or 1.
    """

    def __init__(self, net: Generator, uncut: bool = False) -> None:
        super().__init__()
        self.net, self.uncut = net, uncut
        self.scale, self.multiple, self.halo = net.scale, net.multiple, net.halo + 2 * RADIUS + 1

    def base(self, x: Tensor) -> Tensor:
        """Return the net's."""
        return self.net.base(x)

    def forward(self, x: Tensor) -> Repaired:
        """Run the net, and add what its result lacks of the local means."""
        repaired: Repaired = self.net(x)
        with torch.autocast(x.device.type, enabled=False):
            image = repaired.image.float()
            lacking = _smooth(_smooth(x.float() - F.avg_pool2d(image, self.scale)))
            if self.uncut:
                lacking = lacking * _trusted(x)
            if self.scale > 1:
                lacking = F.interpolate(lacking, scale_factor=self.scale, mode="bilinear", align_corners=False)
            return repaired._replace(image=image + lacking)


def _trusted(x: Tensor) -> Tensor:
    """Return 1 where few pixels around are black or white, 0 where many are."""
    share = _smooth(_smooth(((x <= 0) | (x >= 1)).any(1, keepdim=True).float()))
    return ((HARMFUL - share) / (HARMFUL - HARMLESS)).clamp(0, 1)


def _smooth(x: Tensor) -> Tensor:
    """Return the mean around each pixel, of those that there are."""
    for window, margin in (((2 * RADIUS + 1, 1), (RADIUS, 0)), ((1, 2 * RADIUS + 1), (0, RADIUS))):
        x = F.avg_pool2d(x, window, 1, margin, count_include_pad=False)
    return x
