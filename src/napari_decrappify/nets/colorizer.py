"""The colouriser: a U-Net on a pretrained encoder that gives a picture colours and leaves its luma alone."""

from __future__ import annotations

import torch
from torch import Tensor

from ..degrade.tone import LUMA
from .blocks import Norm
from .dynamic_unet import DynamicUnet
from .generator import Repaired


class Colorizer(DynamicUnet):
    """The lesson's U-Net, of whose output only the colours are taken: luma (ITU-R BT.601) is the input's.

    Parameters
    ----------
    encoder, blur, norm, self_attention
        As of `DynamicUnet`.
    """

    luma: Tensor

    def __init__(
        self, encoder: str = "mobilenet_v2", blur: bool = True, norm: Norm = "batch", self_attention: bool = False
    ) -> None:
        super().__init__(encoder, blur, norm, self_attention, bounds=None)
        self.register_buffer("luma", torch.from_numpy(LUMA).view(1, 3, 1, 1), persistent=False)

    def base(self, x: Tensor) -> Tensor:
        """Return (N, 3, Y, X) images without their colours."""
        return self._luma_of(x).expand(-1, 3, -1, -1)

    def forward(self, x: Tensor) -> Repaired:
        """Give (N, 3, Y, X) images of any size new colours; those that they have aren't looked at."""
        grey = self.base(x)
        colored = super().forward(grey).image
        return Repaired(grey.float() + colored - self._luma_of(colored))

    def _luma_of(self, x: Tensor) -> Tensor:
        return (x * self.luma).sum(1, keepdim=True)
