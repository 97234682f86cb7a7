"""A critic of texture: it sees what is finer than a few pixels, magnified, and nothing else."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..blocks import ConvLayer
from .critic import Critic

SLOPE = 0.2


class TextureCritic(Critic):
    """A patch critic (pix2pix, Isola et al., 2017) of images less their local mean.

    A critic of spectral-normed layers hardly sees a faint pattern, such as a grid over leather, beside light and dark.

    Parameters
    ----------
    width : int
        Channels of the first layer; each halving doubles them.
    halvings : int
        Halvings of the grid. With three, each logit is of a patch of 54 pixels.
    radius : int
        What is coarser than squares of ``2 * radius + 1`` pixels is taken away.
    gain : float
        What is left is multiplied by this.
    """

    def __init__(self, width: int = 48, halvings: int = 3, radius: int = 2, gain: float = 12.0) -> None:
        super().__init__()
        self.smallest = max(2**halvings, radius + 1)
        self.radius, self.gain = radius, gain
        layers: list[nn.Module] = []
        before = 3
        for halving in range(halvings):
            after = width * 2**halving
            layers.append(ConvLayer(before, after, 4, 2, norm="spectral", slope=SLOPE))
            before = after
        layers.append(ConvLayer(before, before, norm="spectral", slope=SLOPE))
        self.layers = nn.Sequential(*layers, ConvLayer(before, 1, norm="spectral", slope=None))

    def judge(self, x: Tensor) -> Tensor:
        """Return (N, K) logits, one a patch."""
        padded = F.pad(x, (self.radius,) * 4, mode="reflect")
        coarse = F.avg_pool2d(padded, 2 * self.radius + 1, stride=1)
        logits: Tensor = self.layers(self.gain * (x - coarse))
        return logits.flatten(1)
