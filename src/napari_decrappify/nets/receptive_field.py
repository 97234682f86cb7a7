"""How far a net sees and on which grid it works, measured: for nets whose makers didn't say."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

TOLERANCE = 1e-4
"""Of the range: what lies further away than the halo changes no pixel by more."""
ALIKE = 5e-4
"""By how much a picture that begins later may differ beyond the halo, where there is nothing instead of another one."""
LENGTHS = (128, 512, 1024)
"""Pixels along the strips that are looked at, one after the other, until the net doesn't see from end to middle."""
ACROSS = 32
CERTAIN = 0.75
"""Share of the middle's half that may change for the rest to be believed."""
GRIDS = (64, 48, 56)
"""Pixels that windows and halvings of published nets divide: by powers of two, by 12, by 7."""
HOLES = 8
"""Pixels a side of the holes, and between them."""
DARKER = 3
"""Power that makes the other ends darker: nets that go by means over the picture must see the difference."""

Net: TypeAlias = Callable[[Tensor], Tensor]


class ReceptiveField(NamedTuple):
    """What is needed to cut a picture for a net.

    Attributes
    ----------
    halo : int or None
        Pixels around a tile beyond which nothing counts; None where the net sees further than can be measured.
    multiple : int
        Tiles must start at multiples of it.
    """

    halo: int | None
    multiple: int


def texture(shape: tuple[int, int], masked: bool, seed: int = 0) -> Tensor:
    """Return a (1, 3, Y, X) picture in [0, 1] with details of all sizes; (1, 4, Y, X) with square holes if `masked`."""
    random = torch.Generator().manual_seed(seed)
    image = torch.zeros(1, 3, *shape)
    for cell in (1, 4, 16, 64):
        small = torch.rand(1, 3, *(-(-side // cell) for side in shape), generator=random)
        image += F.interpolate(small, scale_factor=cell)[..., : shape[0], : shape[1]] / 4
    if not masked:
        return image
    y, x = (torch.arange(side) // HOLES % 2 == 1 for side in shape)
    return torch.cat([image, (y[:, None] & x)[None, None].float()], 1)


def unmeasured(multiple: int) -> ReceptiveField:
    """Return what is taken for a net that sees everything, or from whatever distance: the grid of most nets."""
    return ReceptiveField(None, multiple * max(1, GRIDS[0] // multiple))


@torch.inference_mode()
def measured(net: Net, multiple: int = 1, minimum: int = 1) -> ReceptiveField:
    """Measure how far a net sees and where its input may be cut.

    The ends of a strip are replaced by others: what changes in the middle, and how far from its ends, is what the net
    sees. Then strips that begin later are compared with the whole: those that begin on the net's grid give the same.

    Parameters
    ----------
    net : callable
        Takes (1, 3, Y, X) and returns (1, C, s * Y, s * X) for any s, not clipped.
    multiple, minimum : int
        What sides must be multiples of, and at least, as far as that is known.
    """
    strips = _Strips(net, multiple, max(minimum, ACROSS))
    halo = strips.reach()
    grids = [multiple * max(1, grid // multiple) for grid in GRIDS]
    if halo is None:
        return unmeasured(multiple)
    if strips.repeats(multiple, halo):
        return ReceptiveField(halo, multiple)
    grid = next((one for one in grids if strips.repeats(one, halo)), None)
    if grid is None:
        return unmeasured(multiple)
    while grid % (2 * multiple) == 0 and strips.repeats(grid // 2, halo):
        grid //= 2
    return ReceptiveField(halo, grid)


class _Strips:
    """A net's answers to strips along Y and along X."""

    def __init__(self, net: Net, multiple: int, across: int) -> None:
        self._net, self._multiple, self._across = net, multiple, _round_up(across, multiple)
        self._wholes: dict[tuple[int, int], Tensor] = {}

    def reach(self) -> int | None:
        """Return how far the net sees; None if it is further than the longest strip tells."""
        for length in LENGTHS:
            quarter = _round_up(length, 4 * self._multiple) // 4
            reach = max(self._seen(quarter, along) for along in (0, 1))
            if reach <= CERTAIN * quarter:
                return reach
        return None

    def repeats(self, grid: int, halo: int) -> bool:
        """Tell whether a strip that begins so many pixels later gives the same beyond the halo."""
        length = _round_up(halo + 2 * max(GRIDS), math.lcm(max(GRIDS), self._multiple))
        return all(self._later(length, grid, halo, along) for along in (0, 1))

    def _seen(self, quarter: int, along: int) -> int:
        """Return how far into the middle of a strip it shows that its first and last quarter are others."""
        strip, other = self._strip(4 * quarter, along, 0), self._strip(4 * quarter, along, 1) ** DARKER
        other[:, :, quarter:-quarter] = strip[:, :, quarter:-quarter]
        change = (self._answer(strip, along) - self._answer(other, along)).abs().amax(1)
        middle = change[quarter:-quarter] > TOLERANCE
        depth = torch.arange(2 * quarter)
        depth = torch.minimum(depth, depth.flip(0)) + 1
        return int((depth * middle).max())

    def _later(self, length: int, start: int, halo: int, along: int) -> bool:
        strip = self._strip(length, along, 0)
        if (length, along) not in self._wholes:
            self._wholes[length, along] = self._answer(strip, along)
        later = self._wholes[length, along][start:] - self._answer(strip[:, :, start:], along)
        return bool((later[halo:].abs() <= ALIKE).all())

    def _strip(self, length: int, along: int, seed: int) -> Tensor:
        """Return a strip along the third axis, whichever of the picture's that is."""
        shape = (length, self._across) if along == 0 else (self._across, length)
        picture = texture(shape, False, seed)
        return picture if along == 0 else picture.transpose(2, 3)

    def _answer(self, strip: Tensor, along: int) -> Tensor:
        """Return what the net makes of each line across a strip, as (Y, values)."""
        given = strip if along == 0 else strip.transpose(2, 3)
        made = self._net(given.contiguous())
        lines = (made if along == 0 else made.transpose(2, 3))[0].transpose(0, 1)
        return lines.reshape(strip.shape[2], -1)


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
