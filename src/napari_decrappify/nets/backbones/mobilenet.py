"""MobileNetV2 (Sandler et al., 2018) without its classifier, its parts named as torchvision names them.

Torchvision has it too, but its import brings torch's compiler, whose copy of LLVM ends a process in which Mesa has
drawn with its own. The colouriser runs in napari's process, where that happens.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

STEM, LAST = 32, 1280


class Stage(NamedTuple):
    """Blocks of one width; the first of them changes the grid."""

    blocks: int
    stride: int
    expansion: int
    width: int


STAGES = (
    Stage(1, 1, 1, 16),
    Stage(2, 2, 6, 24),
    Stage(3, 2, 6, 32),
    Stage(4, 2, 6, 64),
    Stage(3, 1, 6, 96),
    Stage(3, 2, 6, 160),
    Stage(1, 1, 6, 320),
)


def mobilenet_v2() -> nn.Sequential:
    """Build the stem, the 17 blocks and the last convolution."""
    layers: list[nn.Module] = [convolution(3, STEM, 3, stride=2)]
    width = STEM
    for stage in STAGES:
        for number in range(stage.blocks):
            layers.append(InvertedResidual(width, stage.width, 1 if number else stage.stride, stage.expansion))
            width = stage.width
    return nn.Sequential(*layers, convolution(width, LAST, 1))


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shape stays."""

    def __init__(self, before: int, after: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        self.conv = nn.Sequential(
            *([convolution(before, inner, 1)] if expansion > 1 else []),
            convolution(inner, inner, 3, stride, groups=inner),
            nn.Conv2d(inner, after, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.adds = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, Y, X) to (N, after, Y / stride, X / stride), rounded up."""
        projected: Tensor = self.conv(x)
        return x + projected if self.adds else projected


def convolution(before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Return a convolution, its normalisation, and a ReLU that ends at 6."""
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU6(inplace=True),
    )
