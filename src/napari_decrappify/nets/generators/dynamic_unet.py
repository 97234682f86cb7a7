"""The lesson's generator: a U-Net whose encoder is a pretrained classifier (fastai v1, DynamicUnet)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...errors import InvalidParameterError
from ..blocks import (
    ConvLayer,
    Norm,
    ResidualBlock,
    SmoothShuffle,
)
from .generator import EVERYWHERE, Repaired
from .pretrained_unet import PretrainedUnet, resized


class DynamicUnet(PretrainedUnet):
    """The U-Net of fast.ai's lesson 7, for images of any size: each output has just its input's size.

    The decoder goes up to half resolution and enlarges once more to full resolution, where the input itself is joined.

    Parameters
    ----------
    encoder, norm, self_attention
        As of `PretrainedUnet`.
    blur : bool
        Whether all enlargements but the last are blurred, against checkerboards.
    bounds : sequence of two floats, or None
        The range, in ImageNet-normalised units, into which a sigmoid brings the output; black to white is about
        -2.12 to 2.64. Without, it isn't bounded.
    last_cross : bool
        Whether the input is joined at full resolution, before a residual block.

    Raises
    ------
    InvalidParameterError
        For an unknown encoder or norm, or bounds that aren't.
    """

    def __init__(
        self,
        encoder: str = "resnet34",
        blur: bool = True,
        norm: Norm = "weight",
        self_attention: bool = True,
        bounds: Sequence[float] | None = (-3.0, 3.0),
        last_cross: bool = True,
    ) -> None:
        if bounds is not None and not (len(bounds) == 2 and bounds[0] < bounds[1]):
            raise InvalidParameterError("bounds to be a lower and a higher number", repr(bounds))
        super().__init__(encoder, blur, norm, self_attention, finest=2)
        self.bounds = bounds
        self.enlarge = SmoothShuffle(self.width, self.width, norm=norm, blur=False)
        self.cross = ResidualBlock(self.width + 3, norm=norm) if last_cross else None
        last_norm: Norm = "none" if norm == "batch" else norm
        self.to_image = ConvLayer(self.width + 3 * last_cross, 3, 1, norm=last_norm, slope=None)
        self.halo = EVERYWHERE if self_attention else self.reach()

    def forward(self, x: Tensor) -> Repaired:
        """Repair (N, 3, Y, X) images of any size."""
        pixels = self.units(x)
        features = resized(self.enlarge(self.features(pixels)), x)
        if self.cross is not None:
            features = self.cross(torch.cat([features, pixels], 1))
        return Repaired(self.units.undo(self._bounded(self.to_image(features).float())))

    def _bounded(self, pixels: Tensor) -> Tensor:
        if self.bounds is None:
            return pixels
        low, high = self.bounds
        return torch.sigmoid(pixels) * (high - low) + low
