"""Local means kept: what a net adds to or takes from the intensities of a neighbourhood is put right."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..nets import Generator, Repaired

RADIUS = 16
"""Pixels of the image; two means over 2 x 16 + 1 pixels a side leave 2% of independent noise."""


class LevelKeeping(Generator):
    """A net whose result has the local means of the image that it was made from.

    Noise that isn't cut off at the ends of a range has no mean: what the result lacks of the image's mean around a
    pixel is the net's own error, and is added (back-projection: Irani and Peleg, 1991, at the scale of the window
    alone). In 8-bit images, whose noise is cut off, that would be wrong.

    Parameters
    ----------
    net : Generator
        Of three channels.
    """

    def __init__(self, net: Generator) -> None:
        super().__init__()
        self.net = net
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
            if self.scale > 1:
                lacking = F.interpolate(lacking, scale_factor=self.scale, mode="bilinear", align_corners=False)
            return repaired._replace(image=image + lacking)


def _smooth(x: Tensor) -> Tensor:
    """Return the mean around each pixel, of those that there are."""
    for window, margin in (((2 * RADIUS + 1, 1), (RADIUS, 0)), ((1, 2 * RADIUS + 1), (0, RADIUS))):
        x = F.avg_pool2d(x, window, 1, margin, count_include_pad=False)
    return x
