"""Images from noise: DCGAN's generator and critic (Radford et al., 2016), as fastai v1 builds them for its WGAN."""

from __future__ import annotations

from torch import Tensor, nn

from ..errors import InvalidParameterError
from .critics.critic import Critic
from .generators.generator import Generator, Repaired

SMALLEST = 4
SLOPE = 0.2
DEVIATION = 0.02


class Dcgan(Generator):
    """Transposed convolutions from (N, noise, 1, 1) normal noise to square images.

    Parameters
    ----------
    size : int
        Side of the images: 8 or another power of two above it.
    features : int
        Channels at half of that side; they double at each halving down to 4 pixels.
    noise : int
        Numbers that an image is made from.
    extra_layers : int
        3x3 layers before the last enlargement.

    Raises
    ------
    InvalidParameterError
        For another size.
    """

    def __init__(self, size: int = 64, features: int = 64, noise: int = 100, extra_layers: int = 1) -> None:
        super().__init__()
        self.noise = noise
        width = features * halvings(size) // 2
        layers = _grown(noise, width, SMALLEST, 1, 0)
        while width > features:
            layers += _grown(width, width // 2, 4, 2, 1)
            width //= 2
        for _ in range(extra_layers):
            layers += _grown(width, width, 3, 1, 1)
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh())
        start_small(self)

    def forward(self, x: Tensor) -> Repaired:
        """Make (N, 3, size, size) images in [0, 1] of (N, noise, 1, 1)."""
        return Repaired((self.layers(x).float() + 1) / 2)


class DcganCritic(Critic):
    """Convolutions of stride two down to 4 pixels, and one that sums those up.

    The published critic returns the mean over the batch; that is the mean of these logits.

    Parameters
    ----------
    size : int
        Side of the images: 8 or another power of two above it. Larger images get a logit for each of their patches.
    features : int
        Channels at half of that side; they double at each halving.
    extra_layers : int
        3x3 layers at that half.

    Raises
    ------
    InvalidParameterError
        For another size.
    """

    def __init__(self, size: int = 64, features: int = 64, extra_layers: int = 1) -> None:
        super().__init__()
        self.smallest, last = size, features * halvings(size) // 2
        layers = [nn.Conv2d(3, features, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        for _ in range(extra_layers):
            layers += _shrunk(features, features, 3, 1)
        while features < last:
            layers += _shrunk(features, 2 * features, 4, 2)
            features *= 2
        self.layers = nn.Sequential(*layers, nn.Conv2d(features, 1, SMALLEST))
        start_small(self)

    def judge(self, x: Tensor) -> Tensor:
        """Return one logit for an image of the published size."""
        logits: Tensor = self.layers(2 * x - 1)
        return logits.flatten(1)


def halvings(size: int) -> int:
    """Return how often 4 pixels go into a side, which is to be a power of two."""
    if size < 2 * SMALLEST or size & (size - 1):
        raise InvalidParameterError("size to be a power of two, 8 or more", repr(size))
    return size // SMALLEST


def start_small(net: nn.Module) -> None:
    """Draw the weights as DCGAN does: N(0, 0.02), for normalisations N(1, 0.02)."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, DEVIATION)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, DEVIATION)


def _grown(before: int, after: int, kernel: int, stride: int, padding: int) -> list[nn.Module]:
    convolution = nn.ConvTranspose2d(before, after, kernel, stride, padding, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU()]


def _shrunk(before: int, after: int, kernel: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, kernel, stride, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(SLOPE)]
