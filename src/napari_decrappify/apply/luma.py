"""Colour that leaves the luminance of an image as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from ..degrade.tone import LUMA
from ..nets import Generator, Repaired
from .chain import within_range


class LumaKept(Generator):
    """A generator of which only the chroma counts: it is put on the luma (ITU-R BT.601) of the input.

    Parameters
    ----------
    net : Generator
        Of the same size as its input.
    """

    def __init__(self, net: Generator) -> None:
        super().__init__()
        self.net = net
        self.multiple, self.halo = net.multiple, net.halo

    def forward(self, x: Tensor) -> Repaired:
        """Colour (N, 3, Y, X) of three equal channels in [0, 1].

        Where a colour would leave [0, 1] it fades towards grey until it doesn't, so that no clipping changes luma.
        """
        grey = x[:, :1]
        image = within_range(self.net, x).image
        weights = torch.from_numpy(LUMA).to(image).reshape(1, 3, 1, 1)
        chroma = image - (image * weights).sum(1, keepdim=True)
        room = torch.where(chroma > 0, 1 - grey, grey) / chroma.abs().clamp(min=torch.finfo(chroma.dtype).tiny)
        return Repaired(grey + chroma * room.amin(1, keepdim=True).clamp(0, 1))
