"""The lesson's critic: spectral-normed convolutions that judge an image patch by patch (fastai v1, gan_critic)."""

from __future__ import annotations

from torch import Tensor, nn

from ..backbones.backbones import PixelUnits
from ..blocks import ConvLayer, ResidualBlock, SelfAttention
from .critic import Critic

SLOPE = 0.2


class PatchCritic(Critic):
    """The critic of fast.ai's lesson 7, or DeOldify's.

    At 128 pixels it gives 25 logits an image, at 192 81, at 256 169. Pixels are normalised inside.

    Parameters
    ----------
    width : int
        Channels of the first layer. 128 makes the lesson's net of 44.7 million parameters; cost grows by the square.
    blocks : int
        Halvings after the first; each doubles the channels. They decide how large a patch is, and the smallest image.
    dropout : float
        Share of the channels dropped before each halving; after the first layer, half as many.
    extra_convolutions : bool or int (0 or 1, as older recipes say it)
        A 3x3 layer before each halving and before the end, as DeOldify's critic has them (with a width of 256),
        instead of the dense residual block after the first layer.
    """

    def __init__(
        self, width: int = 128, blocks: int = 3, dropout: float = 0.15, extra_convolutions: bool | int = False
    ) -> None:
        super().__init__()
        self.smallest = 2 ** (blocks + 3)
        self.units = PixelUnits()
        layers: list[nn.Module] = [_layer(3, width, 4, 2), nn.Dropout2d(dropout / 2)]
        if not extra_convolutions:
            layers.append(ResidualBlock(width, norm="spectral", slope=SLOPE, dense=True))
            width *= 2
        for number in range(blocks):
            extra = [_layer(width, width)] if extra_convolutions else []
            layers += [*extra, nn.Dropout2d(dropout), _layer(width, 2 * width, 4, 2)]
            width *= 2
            if number == 0:
                layers.append(SelfAttention(width))
        if extra_convolutions:
            layers.append(_layer(width, width))
        last = ConvLayer(width, 1, 4, padding=0, norm="spectral", slope=None, bias=False)
        self.layers = nn.Sequential(*layers, last)

    def judge(self, x: Tensor) -> Tensor:
        """Return (N, K) logits, one a patch."""
        logits: Tensor = self.layers(self.units(x))
        return logits.flatten(1)


def _layer(before: int, after: int, kernel: int = 3, stride: int = 1) -> ConvLayer:
    return ConvLayer(before, after, kernel, stride, norm="spectral", slope=SLOPE)
