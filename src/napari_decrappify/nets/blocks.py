"""The parts that the lesson's nets are made of (fastai v1): normed convolutions, attention, smooth enlargement."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils import parametrizations

from ..errors import InvalidParameterError

Norm: TypeAlias = Literal["weight", "spectral", "batch", "none"]


class ConvLayer(nn.Sequential):
    """A convolution with its activation and its normalisation.

    Parameters
    ----------
    before, after : int
        Channels.
    kernel, stride, padding : int
        As of the convolution; by default `padding` is ``(kernel - 1) // 2``.
    norm : {"weight", "spectral", "batch", "none"}
        Weight normalisation (Salimans and Kingma, 2016) or spectral normalisation (Miyato et al., 2018) of the
        kernels, or batch normalisation after the activation.
    slope : float or None
        Of the leaky ReLU; 0 makes it a ReLU, None leaves it out.
    bias : bool
        Whether the convolution has one; with batch normalisation it never has.
    """

    def __init__(
        self,
        before: int,
        after: int,
        kernel: int = 3,
        stride: int = 1,
        padding: int | None = None,
        *,
        norm: Norm,
        slope: float | None = 0.0,
        bias: bool = True,
    ) -> None:
        padding = (kernel - 1) // 2 if padding is None else padding
        convolution = nn.Conv2d(before, after, kernel, stride, padding, bias=bias and norm != "batch")
        nn.init.kaiming_normal_(convolution.weight)
        if convolution.bias is not None:
            nn.init.zeros_(convolution.bias)
        layers: list[nn.Module] = [normed(convolution, norm)]
        if slope is not None:
            layers.append(nn.LeakyReLU(slope) if slope else nn.ReLU())
        if norm == "batch":
            layers.append(nn.BatchNorm2d(after))
        super().__init__(*layers)


def normed(convolution: nn.Module, norm: Norm) -> nn.Module:
    """Return the convolution with its kernels' norm under control, if `norm` is of the kernels."""
    match norm:
        case "weight":
            parametrizations.weight_norm(convolution)
        case "spectral":
            parametrizations.spectral_norm(convolution)
        case "batch" | "none":
            pass
        case _:
            raise InvalidParameterError(f"norm to be one of {', '.join(get_args(Norm))}", repr(norm))
    return convolution


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, added to their input or, if dense, in front of it.

    Parameters
    ----------
    width : int
        Channels.
    norm, slope
        As of `ConvLayer`.
    dense : bool
        Whether the output is both, (N, 2 * width, Y, X).
    """

    def __init__(self, width: int, *, norm: Norm, slope: float = 0.0, dense: bool = False) -> None:
        super().__init__()
        self.first = ConvLayer(width, width, norm=norm, slope=slope)
        self.second = ConvLayer(width, width, norm=norm, slope=slope)
        self.dense = dense

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, Y, X) to the same shape, or to twice the channels if dense."""
        y: Tensor = self.second(self.first(x))
        return torch.cat([y, x], 1) if self.dense else x + y


class SelfAttention(nn.Module):
    """Every place looks at every other one (SAGAN, Zhang et al., 2019); at first its opinion has no weight.

    Parameters
    ----------
    width : int
        Channels; queries and keys have an eighth of them.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = max(1, width // 8)
        self.query, self.key, self.value = (_pointwise(width, after) for after in (inner, inner, width))
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, Y, X) to the same shape."""
        tokens = x.flatten(2)
        parts = [layer(tokens).transpose(1, 2)[:, None] for layer in (self.query, self.key, self.value)]
        # Only for tensors of one width, each contiguous, is there a kernel that needs no map of all pairs.
        query, key, value = (F.pad(part, (0, x.shape[1] - part.shape[-1])).contiguous() for part in parts)
        attended = F.scaled_dot_product_attention(query, key, value, scale=1.0)
        return x + self.gamma * attended[:, 0].transpose(1, 2).reshape(x.shape)


def _pointwise(before: int, after: int) -> nn.Module:
    layer = nn.Conv1d(before, after, 1, bias=False)
    nn.init.kaiming_normal_(layer.weight)
    return normed(layer, "spectral")


class SmoothShuffle(nn.Module):
    """Enlargement by two: pixel shuffle that starts as nearest neighbours (ICNR), blurred or not.

    Parameters
    ----------
    before, after : int
        Channels.
    norm : {"weight", "spectral", "batch", "none"}
        As of `ConvLayer`.
    blur : bool
        Whether each pixel becomes the mean of itself and its neighbours above and to the left, against checkerboards
        (Sugawara et al., 2018).
    """

    def __init__(self, before: int, after: int, *, norm: Norm, blur: bool) -> None:
        super().__init__()
        convolution = nn.Conv2d(before, 4 * after, 1, bias=norm != "batch")
        icnr(convolution.weight)
        if convolution.bias is not None:
            nn.init.zeros_(convolution.bias)
        self.expand: nn.Module = normed(convolution, norm)
        if norm == "batch":
            self.expand = nn.Sequential(self.expand, nn.BatchNorm2d(4 * after))
        self.blur = blur

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, Y, X) to (N, after, 2 Y, 2 X)."""
        fine = F.pixel_shuffle(F.relu(self.expand(x)), 2)
        return F.avg_pool2d(F.pad(fine, (1, 0, 1, 0), mode="replicate"), 2, stride=1) if self.blur else fine


@torch.no_grad()
def icnr(weight: Tensor, scale: int = 2) -> None:
    """Draw kernels before a pixel shuffle so that it enlarges by nearest neighbours (Aitken et al., 2017).

    Parameters
    ----------
    weight : Tensor
        (C * scale**2, ...), overwritten.
    scale : int
        Of the shuffle.
    """
    coarse = torch.empty_like(weight[:: scale**2])
    nn.init.kaiming_normal_(coarse)
    weight.copy_(coarse.repeat_interleave(scale**2, 0))
