"""Upscalers one after the other, as one generator: x4 from two times x2."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch import Tensor, nn

from ...nets import Generator, Repaired


def within_range(
    net: Callable[[Tensor], Repaired], base: Callable[[Tensor], Tensor], x: Tensor, headroom: float = 0.0
) -> Repaired:
    """Run a net on what of an image lies in [-headroom, 1 + headroom]; the rest is carried around it, by its base.

    So a hot pixel a thousand times as bright as the rest is neither lost nor shown to a net that never saw such.
    """
    inside = x.clamp(-headroom, 1 + headroom)
    found = net(inside)
    beyond = x - inside
    if not beyond.any():
        return found
    return found._replace(image=found.image.float() + base(beyond))


class Chain(Generator):
    """Generators in a row, with no rounding to integers and no whole image between them.

    Parameters
    ----------
    nets : sequence of Generator
        The first one sees the image.
    headroom : float
        See `within_range`.
    """

    def __init__(self, nets: Sequence[Generator], headroom: float = 0.0) -> None:
        super().__init__()
        self.headroom = headroom
        self.nets = nn.ModuleList(nets)
        self.scale = self.multiple = 1
        self.halo = 0
        self.any_size, self.minimum = all(net.any_size for net in nets), nets[0].minimum
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
            x = within_range(net, net.base, x, self.headroom).image.float()
        return Repaired(x)

    def _generators(self) -> list[Generator]:
        return [net for net in self.nets if isinstance(net, Generator)]
