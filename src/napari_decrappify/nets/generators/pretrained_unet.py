"""A U-Net on a pretrained encoder: the part that the lesson's generator and the colouriser share."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InvalidParameterError
from ..backbones.backbones import PixelUnits, load_trunk, trunk
from ..blocks import (
    ConvLayer,
    Norm,
    SelfAttention,
    SmoothShuffle,
)
from .generator import Generator

PROBE = 64
ATTENTION_CELL = 8


class Cut(NamedTuple):
    """How many layers of a backbone make the encoder, and before which of them its second group begins."""

    depth: int
    second_group: int


ENCODERS = {"resnet34": Cut(8, 6), "resnet18": Cut(8, 6), "mobilenet_v2": Cut(14, 7)}


class PretrainedUnet(Generator, ABC):
    """An encoder, and a decoder up to the skip whose cells have `finest` pixels.

    Skips leave the encoder wherever its grid is about to change; the decoder enlarges by pixel shuffle up to each of
    them. Pixels are normalised inside.

    Parameters
    ----------
    encoder : {"resnet34", "resnet18", "mobilenet_v2"}
        The published net has a ResNet-34. MobileNetV2, of which the first 14 layers are taken (up to 1/16 resolution),
        suits small machines.
    blur : bool
        Whether enlargements are blurred, against checkerboards.
    norm : {"weight", "spectral", "batch", "none"}
        Of the decoder's convolutions.
    self_attention : bool
        Whether the decoder's block at 1/8 resolution ends with attention.
    finest : int
        The side of a cell of the features that `features` returns, in pixels.

    Raises
    ------
    InvalidParameterError
        For an unknown encoder or norm.
    """

    def __init__(self, encoder: str, blur: bool, norm: Norm, self_attention: bool, finest: int) -> None:
        super().__init__()
        if encoder not in ENCODERS:
            raise InvalidParameterError(f"encoder to be one of {', '.join(ENCODERS)}", repr(encoder))
        self.backbone = encoder
        self.units = PixelUnits(encoder)
        self.encoder = trunk(encoder, ENCODERS[encoder].depth)
        skips, width, self.multiple = probe(self.encoder)
        used = [skip for skip in skips if skip.cell >= finest]
        self._skips = frozenset(skip.layer for skip in used)
        self.bridge = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.ReLU(),
            ConvLayer(width, 2 * width, norm=norm),
            ConvLayer(2 * width, width, norm=norm),
        )
        self.blocks = nn.ModuleList()
        for skip in reversed(used):
            attends = self_attention and skip.cell == ATTENTION_CELL
            block = UnetBlock(width, skip.width, norm=norm, blur=blur, attends=attends, halves=skip is used[0])
            self.blocks.append(block)
            width = block.width
        self.width = width

    def features(self, pixels: Tensor) -> Tensor:
        """Return the decoder's features of (N, 3, Y, X) pixels in ImageNet's units."""
        features, skips = pixels, []
        for index, layer in enumerate(self.encoder):
            features = layer(features)
            if index in self._skips:
                skips.append(features)
        decoded: Tensor = self.bridge(features)
        for block in self.blocks:
            decoded = block(decoded, skips.pop())
        return decoded

    def load_backbone(self, state: Mapping[str, Tensor]) -> None:
        """Load torchvision's weights of the encoder."""
        load_trunk(self.encoder, str(self.backbone), state)

    def layer_groups(self) -> list[list[nn.Module]]:
        """Return the encoder down to 1/8 resolution, the rest of it, and the decoder."""
        cut = ENCODERS[str(self.backbone)].second_group
        layers = list(self.encoder)
        decoder = [module for module in self.children() if module is not self.encoder]
        return [layers[:cut], layers[cut:], decoder]

    def reach(self) -> int:
        """Return how far an output pixel looks at most, in whole cells: what the encoder sees, and the decoder's steps.

        That is without attention, with which every pixel looks everywhere.
        """
        cell = self.multiple
        decoder = 2 * cell + 3 * (cell - 2) + 2
        far = reach(self.encoder) + decoder + (cell - 1)
        return -(-far // cell) * cell


class UnetBlock(nn.Module):
    """Enlarge by two, join a skip, two convolutions.

    Parameters
    ----------
    below, beside : int
        Channels of what is enlarged, and of the skip.
    norm : {"weight", "spectral", "batch", "none"}
        As of `ConvLayer`.
    blur : bool
        As of `SmoothShuffle`.
    attends : bool
        Whether it ends with attention.
    halves : bool
        Whether the output has half of the joined channels.
    """

    def __init__(self, below: int, beside: int, *, norm: Norm, blur: bool, attends: bool, halves: bool) -> None:
        super().__init__()
        joined = below // 2 + beside
        self.width = joined // 2 if halves else joined
        self.enlarge = SmoothShuffle(below, below // 2, norm=norm, blur=blur)
        self.skip_norm = nn.BatchNorm2d(beside)
        self.convolutions = nn.Sequential(
            ConvLayer(joined, self.width, norm=norm), ConvLayer(self.width, self.width, norm=norm)
        )
        self.attention = SelfAttention(self.width) if attends else None

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """Map (N, below, Y, X) and the skip (N, beside, about 2 Y, about 2 X) to the skip's size."""
        up = resized(self.enlarge(x), skip)
        features: Tensor = self.convolutions(F.relu(torch.cat([up, self.skip_norm(skip)], 1)))
        return features if self.attention is None else self.attention(features)


def resized(features: Tensor, like: Tensor) -> Tensor:
    """Return features at another's size, by nearest neighbours if they differ."""
    size = like.shape[-2:]
    return features if features.shape[-2:] == size else F.interpolate(features, size, mode="nearest")


class Skip(NamedTuple):
    """The last layer of an encoder before its grid changes: its index, channels, and cell side in input pixels."""

    layer: int
    width: int
    cell: int


@torch.no_grad()
def probe(encoder: nn.Sequential) -> tuple[list[Skip], int, int]:
    """Run an encoder on nothing; return its skips, its output's channels, and its output's cell side."""
    encoder.eval()
    features, shapes = torch.zeros(1, 3, PROBE, PROBE), []
    for layer in encoder:
        features = layer(features)
        shapes.append((features.shape[1], PROBE // features.shape[3]))
    encoder.train()
    skips = [Skip(i, *shape) for i, shape in enumerate(shapes[:-1]) if shape[1] != shapes[i + 1][1]]
    return skips, *shapes[-1]


def reach(encoder: nn.Module) -> int:
    """Return how many input pixels away from its cell's corner a convolutional encoder's output may look.

    The modules must be in the order in which they run; shortcuts are narrower than what they run beside.
    """
    far, cell = 0, 1
    for name, module in encoder.named_modules():
        if isinstance(module, (nn.Conv2d, nn.MaxPool2d)) and "downsample" not in name:
            kernel, stride = (max(v) if isinstance(v, tuple) else v for v in (module.kernel_size, module.stride))
            far += kernel // 2 * cell
            cell *= stride
    return far
