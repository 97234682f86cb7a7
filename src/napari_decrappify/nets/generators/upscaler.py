"""The upscaler: plain convolutions at low resolution, added to a bicubic enlargement."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .generator import Generator, Repaired


class ResidualUpscaler(Generator):
    """A small EDSR (Lim et al., CVPR workshops 2017): residual blocks without normalisation, over a bicubic base.

    Parameters
    ----------
    scale : int
        Enlargement of both axes, 2 to 4.
    width : int
        Feature channels: quality and cost grow with it, cost by its square.
    blocks : int
        Residual blocks of two 3x3 convolutions; each adds two pixels to the halo.
    """

    bicubic: Tensor

    def __init__(self, scale: int = 2, width: int = 32, blocks: int = 16) -> None:
        super().__init__()
        self.scale = scale
        self.halo = 2 * blocks + 3
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.trunk_end = nn.Conv2d(width, width, 3, padding=1)
        self.tail = nn.Conv2d(width, 3 * scale**2, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)  # type: ignore[arg-type]
        self.register_buffer("bicubic", bicubic_filters(scale), persistent=False)

    def base(self, x: Tensor) -> Tensor:
        """Enlarge by bicubic interpolation (Keys, a = -0.5), edges replicated."""
        return enlarged(x, self.bicubic, self.scale)

    def forward(self, x: Tensor) -> Repaired:
        """Enlarge (N, 3, Y, X) to (N, 3, scale * Y, scale * X)."""
        first = self.head(x - 0.5)
        features = first + self.trunk_end(self.body(first))
        return Repaired(self.base(x) + F.pixel_shuffle(self.tail(features), self.scale).float())


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input; it starts as the identity.

    The activation between them is a ReLU on purpose: with SiLU, nearly linear where features are small, the net didn't
    begin to learn. What the convolutions return is overwritten, which they don't need for gradients: on a processor, a
    large tensor more costs as much as a third of a convolution.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, Y, X) to the same shape."""
        changed: Tensor = self.second(F.relu(self.first(x), inplace=True))
        return changed.add_(x)


def enlarged(x: Tensor, filters: Tensor, scale: int) -> Tensor:
    """Enlarge (N, C, Y, X) by the filters of `bicubic_filters`, edges replicated, in float32."""
    n, c, y, x_ = x.shape
    padded = F.pad(x.float(), (2, 2, 2, 2), mode="replicate").reshape(n * c, 1, y + 4, x_ + 4)
    with torch.autocast(x.device.type, enabled=False):
        fine = F.pixel_shuffle(F.conv2d(padded, filters), scale)
    return fine.reshape(n, c, y * scale, x_ * scale)


def bicubic_filters(scale: int) -> Tensor:
    """Return the (scale**2, 1, 5, 5) filter bank that, pixel-shuffled, enlarges by Keys' cubic with a = -0.5."""
    phase = (torch.arange(scale) + 0.5) / scale - 0.5
    distance = (phase[:, None] - torch.arange(-2, 3)).abs()
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    taps = torch.where(distance <= 1, near, torch.where(distance < 2, far, torch.zeros(())))
    return torch.einsum("ai,bj->abij", taps, taps).reshape(scale**2, 1, 5, 5)
