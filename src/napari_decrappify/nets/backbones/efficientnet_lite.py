"""EfficientNet-Lite0 (Liu et al., 2020), without its classifier: small, fast, and its weights come as a package."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

EPSILON = 1e-3
MOMENTUM = 0.01
STEM = 32


class Stage(NamedTuple):
    """Blocks of one width; the first of them changes the grid."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


def efficientnet_lite0() -> nn.Sequential:
    """Build the stem and the 16 blocks; parts are named as in the published weights."""
    layers: list[nn.Module] = [
        nn.Sequential(
            OrderedDict(_conv_stem=SameConv(3, STEM, 3, stride=2), _bn0=normalisation(STEM), _relu=nn.ReLU6())
        )
    ]
    width = STEM
    for stage in STAGES:
        for number in range(stage.blocks):
            stride = 1 if number else stage.stride
            layers.append(InvertedResidual(width, stage.width, stage.kernel, stride, stage.expansion))
            width = stage.width
    return nn.Sequential(*layers)


class InvertedResidual(nn.Sequential):
    """Expand, filter each channel, project; added to the input where the shape stays (Sandler et al., 2018)."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int) -> None:
        inner = before * expansion
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        if expansion > 1:
            parts.update(_expand_conv=SameConv(before, inner, 1), _bn0=normalisation(inner), _relu0=nn.ReLU6())
        parts.update(
            _depthwise_conv=SameConv(inner, inner, kernel, stride=stride, groups=inner),
            _bn1=normalisation(inner),
            _relu1=nn.ReLU6(),
            _project_conv=SameConv(inner, after, 1),
            _bn2=normalisation(after),
        )
        super().__init__(parts)
        self.adds = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, Y, X) to (N, after, Y / stride, X / stride), rounded up."""
        projected: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return x + projected if self.adds else projected


class SameConv(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow does: the odd row and column go to the end."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(before, after, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, Y, X) to (N, after, Y / stride, X / stride), rounded up."""
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        down, right = (max(0, (-(-side // stride) - 1) * stride + kernel - side) for side in x.shape[-2:])
        return super().forward(F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2)))


def normalisation(width: int) -> nn.BatchNorm2d:
    """Return batch normalisation with TensorFlow's settings."""
    return nn.BatchNorm2d(width, eps=EPSILON, momentum=MOMENTUM)
