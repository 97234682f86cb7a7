"""The colouriser: a pretrained encoder that says for each place how likely each colour is; luma stays alone."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..blocks import Norm
from ..chroma import (
    CLASSES,
    as_colors,
    luma_of,
    mixed,
)
from .generator import Repaired
from .pretrained_unet import PretrainedUnet

FINEST = 4


class Colorizer(PretrainedUnet):
    """Colours chosen among classes (Zhang et al., 2016) by a U-Net on a pretrained encoder.

    A net that is asked for one colour answers with the mean of all that may be, which is pale; asked how likely each of
    `CLASSES` is, it may be sure of one. Chroma is found for cells of 4 x 4 pixels; luma (ITU-R BT.601) is the input's.

    Parameters
    ----------
    encoder, blur, norm
        As of `PretrainedUnet`.
    temperature : float
        As of `mixed`: lower is more colourful and less even.
    """

    def __init__(
        self, encoder: str = "mobilenet_v2", blur: bool = True, norm: Norm = "batch", temperature: float = 0.38
    ) -> None:
        super().__init__(encoder, blur, norm, self_attention=False, finest=FINEST)
        self.temperature = temperature
        self.to_classes = nn.Conv2d(self.width, CLASSES, 1)
        self.halo = self.reach()

    def base(self, x: Tensor) -> Tensor:
        """Return (N, 3, Y, X) images without their colours."""
        return luma_of(x).expand(-1, 3, -1, -1)

    def forward(self, x: Tensor) -> Repaired:
        """Give (N, 3, Y, X) images of any size new colours; those that they have aren't looked at."""
        grey = self.base(x)
        classes = self.to_classes(self.features(self.units(grey)))
        chroma = F.interpolate(mixed(classes, self.temperature), x.shape[-2:], mode="bilinear", align_corners=False)
        return Repaired(grey.float() + as_colors(chroma), classes=classes)
