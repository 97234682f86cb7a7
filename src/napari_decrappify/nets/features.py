"""What a net trained on ImageNet sees in an image, for losses and critics that look at more than pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from ..errors import InvalidParameterError
from .backbones import PixelUnits, Pretrainable, load_trunk, trunk

LAYERS: dict[str, tuple[int, ...]] = {
    "vgg16_bn": (22, 32, 42),  # after the ReLU before a pooling, as published
    "mobilenet_v2": (3, 6, 13),  # the last of each grid, as all below
    "efficientnet_lite0": (3, 5, 11),
}


class FeatureExtractor(Pretrainable):
    """A frozen backbone that returns the features of some of its layers.

    It stays in evaluation mode and its weights want no gradient; gradients go through it to the images.

    Parameters
    ----------
    name : {"vgg16_bn", "mobilenet_v2", "efficientnet_lite0"}
        The backbone. VGG16 is the lesson's; the others cost a tenth of it or less.
    layers : sequence of int, optional
        Indices of the layers, in ascending order; by default those at 1/4, 1/8 and 1/16 resolution in `LAYERS`.

    Attributes
    ----------
    widths : tuple of int
        Channels of each layer's features.

    Raises
    ------
    InvalidParameterError
        For an unknown name, or layers that it doesn't have.
    """

    def __init__(self, name: str, layers: Sequence[int] | None = None) -> None:
        super().__init__()
        if name not in LAYERS:
            raise InvalidParameterError(f"an extractor among {', '.join(LAYERS)}", repr(name))
        self.backbone, self.taps = name, tuple(LAYERS[name] if layers is None else layers)
        whole = trunk(name)
        if not self.taps or list(self.taps) != sorted({*self.taps} & {*range(len(whole))}):
            raise InvalidParameterError(f"layers of {name} in ascending order, 0 to {len(whole) - 1}", str(layers))
        self.units = PixelUnits(name)
        self.layers = whole[: self.taps[-1] + 1]
        for layer in self.layers.modules():
            if isinstance(layer, nn.ReLU | nn.ReLU6):
                layer.inplace = False  # features that were handed out stay as they are
        self.widths = self._measured()
        self.requires_grad_(False).eval()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the features of (N, 3, Y, X) images in [0, 1], each (N, C, y, x)."""
        features, found = self.units(x), []
        for index, layer in enumerate(self.layers):
            features = layer(features)
            if index in self.taps:
                found.append(features)
        return tuple(found)

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode, whatever the mode."""
        del mode
        return super().train(False)

    def load_backbone(self, state: Mapping[str, Tensor]) -> None:
        """Load published weights of the backbone."""
        load_trunk(self.layers, str(self.backbone), state)

    @torch.no_grad()
    def _measured(self) -> tuple[int, ...]:
        return tuple(features.shape[1] for features in self.eval()(torch.zeros(1, 3, 32, 32)))


def gram(features: Tensor) -> Tensor:
    """Return how often features of (N, C, Y, X) appear together (Gatys et al., 2016).

    Returns
    -------
    Tensor
        (N, C, C), sums over all places divided by C * Y * X.
    """
    n, c, y, x = features.shape
    flat = features.reshape(n, c, y * x)
    return flat @ flat.transpose(1, 2) / (c * y * x)
