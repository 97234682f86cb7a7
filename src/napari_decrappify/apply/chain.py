"""Upscalers one after the other, as one generator: x4 from two times x2."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from ..nets import Generator, Repaired


def within_range(net: Generator, x: Tensor) -> Repaired:
    """Run a net on what of an image lies in [0, 1]; what lies outside is carried around it, by its linear base.

    So a hot pixel a thousand times as bright as the rest is neither lost nor shown to a net that never saw such.
    """
    inside = x.clamp(0, 1)
    found = net(inside)
    image = found.image
    beyond = x - inside
    if beyond.any():
        image = image.float() + net.base(beyond)
    return Repaired(image.float(), found.mask)


class Chain(Generator):
    """Generators in a row, with no rounding to integers and no whole image between them.

    Parameters
    ----------
    nets : sequence of Generator
        The first one sees the image.
    """

    def __init__(self, nets: Sequence[Generator]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)
        self.scale = self.multiple = 1
        self.halo = 0
        for net in nets:
            self.multiple = math.lcm(self.multiple, net.multiple // math.gcd(net.multiple, self.scale))
            self.halo += -(-net.halo // self.scale)
            self.scale *= net.scale

    def base(self, x: Tensor) -> Tensor:
        """Apply the base of one after the other."""
        for net in self._generators():
            x = net.base(x)
        return x

    def forward(self, x: Tensor) -> Repaired:
        """Apply one after the other."""
        for net in self._generators():
            x = within_range(net, x).image
        return Repaired(x)

    def _generators(self) -> list[Generator]:
        return [net for net in self.nets if isinstance(net, Generator)]
