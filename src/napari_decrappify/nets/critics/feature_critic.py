"""A critic that knows pictures before it starts: small heads on frozen pretrained features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ..backbones.features import FeatureExtractor
from ..blocks import ConvLayer
from .critic import Critic

SLOPE = 0.2


class FeatureCritic(Critic):
    """Spectral-normed heads on several layers of a frozen backbone, after projected GANs (Sauer et al., 2021).

    Finer layers are brought down to the coarsest one's grid, so that each layer has as much to say.

    Parameters
    ----------
    extractor : {"mobilenet_v2", "efficientnet_lite0", "vgg16_bn"}
        The backbone.
    layers : sequence of int, optional
        Its layers, each with half of the resolution of the one before; by default those at 1/4, 1/8 and 1/16.
    width : int
        Channels of the heads.
    """

    smallest = 32

    def __init__(self, extractor: str = "mobilenet_v2", layers: Sequence[int] | None = None, width: int = 64) -> None:
        super().__init__()
        self.backbone = extractor
        self.features = FeatureExtractor(extractor, layers)
        finer = range(len(self.features.widths) - 1, -1, -1)
        self.heads = nn.ModuleList(
            _head(channels, width, halvings) for channels, halvings in zip(self.features.widths, finer, strict=True)
        )

    def judge(self, x: Tensor) -> Tensor:
        """Return (N, K) logits, one for each layer and patch."""
        pairs = zip(self.heads, self.features(x), strict=True)
        return torch.cat([head(features).flatten(1) for head, features in pairs], 1)

    def load_backbone(self, state: Mapping[str, Tensor]) -> None:
        """Load published weights of the backbone."""
        self.features.load_backbone(state)


def _head(channels: int, width: int, halvings: int) -> nn.Sequential:
    """Return a 1x1 layer, halvings of the grid, a 3x3 layer and the logits."""
    down = [ConvLayer(width, width, 4, 2, norm="spectral", slope=SLOPE) for _ in range(halvings)]
    return nn.Sequential(
        ConvLayer(channels, width, 1, norm="spectral", slope=SLOPE),
        *down,
        ConvLayer(width, width, norm="spectral", slope=SLOPE),
        ConvLayer(width, 1, norm="spectral", slope=None),
    )
