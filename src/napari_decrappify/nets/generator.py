"""What every generator promises to the rooms above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn


class Repaired(NamedTuple):
    """A generator's output.

    Parameters
    ----------
    image : Tensor
        (N, 3, scale * Y, scale * X), nominally in [0, 1], not clipped.
    mask : Tensor or None
        (N, 1, Y, X) logits of the damage mask, from generators that find the damage themselves.
    """

    image: Tensor
    mask: Tensor | None = None


class Generator(nn.Module, ABC):
    """A net that makes a better image of a worse one; it learns the difference to `base`.

    Attributes
    ----------
    scale : int
        Output pixels for each input pixel along Y and X.
    multiple : int
        Height and width of the input must be multiples of it.
    halo : int
        An output pixel depends on no input further away than this many input pixels, provided that the input is
        cut at multiples of `multiple`: tiles with that much context are exact.
    """

    scale: int = 1
    multiple: int = 1
    halo: int = 0
    channels: int = 3

    @abstractmethod
    def forward(self, x: Tensor) -> Repaired:
        """Repair (N, 3, Y, X) float images with values in [0, 1]."""

    def base(self, x: Tensor) -> Tensor:
        """Return the starting point, without anything learned; (N, 3, scale * Y, scale * X)."""
        return x
