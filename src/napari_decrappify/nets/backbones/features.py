"""What a net trained on ImageNet sees in an image, for losses and critics that look at more than pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from ...errors import InvalidParameterError
from .backbones import (
    PixelUnits,
    Pretrainable,
    load_trunk,
    trunk,
)


class Taps(NamedTuple):
    """Where an extractor takes its features: indices of a backbone's layers, and which side of their ReLU counts."""

    backbone: str
    layers: tuple[int, ...]
    rectified: bool = False


EXTRACTORS = {
    "vgg16_bn": Taps("vgg16_bn", (22, 32, 42)),  # after the ReLU before a pooling, as published
    "mobilenet_v2": Taps("mobilenet_v2", (3, 6, 13)),  # the last of each grid, as all below
    "mobilenet_v2_relu": Taps("mobilenet_v2", (3, 6, 13), rectified=True),
    "efficientnet_lite0": Taps("efficientnet_lite0", (3, 5, 11)),
    "efficientnet_lite0_relu": Taps("efficientnet_lite0", (3, 5, 11), rectified=True),
}
"""By name. A ``_relu`` takes a block's features where it has widened and rectified them, not its narrow linear end:
there texture counts by how much of it there is, more than by where each of its lines lies."""


class FeatureExtractor(Pretrainable):
    """A frozen backbone that returns the features of some of its layers.

    It stays in evaluation mode and its weights want no gradient; gradients go through it to the images.

    Parameters
    ----------
    name : str
        A key of `EXTRACTORS`. VGG16 is the lesson's; the others cost a tenth of it or less.
    layers : sequence of int, optional
        Indices of the layers, in ascending order; by default the extractor's own choice.

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
        if name not in EXTRACTORS:
            raise InvalidParameterError(f"an extractor among {', '.join(EXTRACTORS)}", repr(name))
        self.backbone, own, self._rectified = EXTRACTORS[name]
        self.taps = tuple(own if layers is None else layers)
        whole = trunk(self.backbone)
        if not self.taps or list(self.taps) != sorted({*self.taps} & {*range(len(whole))}):
            raise InvalidParameterError(f"layers of {name} in ascending order, 0 to {len(whole) - 1}", str(layers))
        self.units = PixelUnits(self.backbone)
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
            seen, features = self._through(layer, features)
            if index in self.taps:
                found.append(seen)
        return tuple(found)

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode, whatever the mode."""
        del mode
        return super().train(False)

    def load_backbone(self, state: Mapping[str, Tensor]) -> None:
        """Load published weights of the backbone."""
        load_trunk(self.layers, str(self.backbone), state)

    def _through(self, layer: nn.Module, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return what counts of a layer's features, and what the next layer gets."""
        if not self._rectified:
            features = layer(features)
            return features, features
        seen: list[Tensor] = []
        relu = next(part for part in layer.modules() if isinstance(part, nn.ReLU6))
        with relu.register_forward_hook(lambda _module, _inputs, output: seen.append(output)):
            features = layer(features)
        return seen[0], features

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


def unit_distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Return how far apart the directions of features of (N, C, Y, X) are, as LPIPS has it (Zhang et al., 2018).

    Returns
    -------
    Tensor
        A scalar, 0 to 4: the squared distance of vectors brought to unit length, averaged over places.
    """
    return (normalize(found, dim=1) - normalize(wanted, dim=1)).square().sum(dim=1).mean()
