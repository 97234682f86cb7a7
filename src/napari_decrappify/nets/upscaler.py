"""The upscaler: plain convolutions at low resolution, added to a bicubic enlargement."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .generator import Generator, Repaired


class SpanUpscaler(Generator):
    """An efficient upscaler with parameter-free attention, after SPAN (Wan et al., CVPR workshops 2024).

    Parameters
    ----------
    scale : int
        Enlargement of both axes, 2 to 4.
    width : int
        Feature channels: quality and cost grow with it, cost by its square.
    blocks : int
        Attention blocks of three 3x3 convolutions; each adds three pixels to the halo.
    """

    bicubic: Tensor

    def __init__(self, scale: int = 2, width: int = 32, blocks: int = 6) -> None:
        super().__init__()
        self.scale = scale
        self.halo = 3 * blocks + 4
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.ModuleList(AttentionBlock(width) for _ in range(blocks))
        self.trunk_end = nn.Conv2d(width, width, 3, padding=1)
        self.fuse = nn.Conv2d(3 * width, width, 1)
        self.tail = nn.Conv2d(width, 3 * scale**2, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)  # type: ignore[arg-type]
        self.register_buffer("bicubic", bicubic_filters(scale), persistent=False)

    def base(self, x: Tensor) -> Tensor:
        """Enlarge by bicubic interpolation (Keys, a = -0.5), edges replicated."""
        n, c, y, x_ = x.shape
        padded = F.pad(x.float(), (2, 2, 2, 2), mode="replicate").reshape(n * c, 1, y + 4, x_ + 4)
        with torch.autocast(x.device.type, enabled=False):
            fine = F.pixel_shuffle(F.conv2d(padded, self.bicubic), self.scale)
        return fine.reshape(n, c, y * self.scale, x_ * self.scale)

    def forward(self, x: Tensor) -> Repaired:
        """Enlarge (N, 3, Y, X) to (N, 3, scale * Y, scale * X)."""
        first = self.head(x - 0.5)
        features, early = first, first
        for index, block in enumerate(self.body):
            features = block(features)
            if index == 0:
                early = features
        fused = self.fuse(torch.cat([first, early, self.trunk_end(features)], 1))
        return Repaired(self.base(x) + F.pixel_shuffle(self.tail(fused), self.scale).float())


class AttentionBlock(nn.Module):
    """Three convolutions whose own output, through a symmetric activation, weighs the features."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, Y, X) to the same shape."""
        first, second, third = self.convolutions
        features = third(F.silu(second(F.silu(first(x)))))
        attended: Tensor = (features + x) * (torch.sigmoid(features) - 0.5)
        return attended


def bicubic_filters(scale: int) -> Tensor:
    """Return the (scale**2, 1, 5, 5) filter bank that, pixel-shuffled, enlarges by Keys' cubic with a = -0.5."""
    phase = (torch.arange(scale) + 0.5) / scale - 0.5
    distance = (phase[:, None] - torch.arange(-2, 3)).abs()
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    taps = torch.where(distance <= 1, near, torch.where(distance < 2, far, torch.zeros(())))
    return torch.einsum("ai,bj->abij", taps, taps).reshape(scale**2, 1, 5, 5)
