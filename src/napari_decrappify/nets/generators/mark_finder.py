"""The finder of marks: the U-Net of the watermark remover with nothing but its mask head."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from .generator import Repaired
from .unet import UNSHUFFLE, Norm, RepairUNet


class MarkFinder(RepairUNet):
    """A U-Net that says how much of each pixel a mark covers, and leaves the image as it is.

    Parameters
    ----------
    widths, middle, norm
        As for `RepairUNet`.
    """

    def __init__(self, widths: Sequence[int] = (32, 64, 128, 192), middle: int = 2, norm: Norm = "batch") -> None:
        super().__init__(widths, middle, mask_head=True, norm=norm)
        del self.to_image

    def forward(self, x: Tensor) -> Repaired:
        """Return (N, 3, Y, X) images as they are, and (N, 1, Y, X) logits of the coverage."""
        self.check_sides(x)
        features = self.body(self.head(F.pixel_unshuffle(x - 0.5, UNSHUFFLE)))
        assert self.to_mask is not None
        return Repaired(x, F.pixel_shuffle(self.to_mask(features), UNSHUFFLE).float())
