"""The feature loss: pictures are near when a pretrained net sees the same in them (Johnson et al., 2016)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from torch.nn.functional import l1_loss

from ...errors import RecipeError
from ...models.pretrained import pretrained_weights
from ...nets.backbones.features import (
    EXTRACTORS,
    FeatureExtractor,
    gram,
)
from ..recipes.loss import FeatureLossConfig
from . import FEATURE_DISTANCES

FeatureDistance: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Between two (N, C, y, x) batches of features: a scalar."""


class LoadedExtractor(NamedTuple):
    """A feature extractor that doesn't learn, and in words where its weights came from."""

    net: FeatureExtractor
    origin: str


def load_extractor(
    name: str, weights_from: str, device: torch.device, layers: Sequence[int] | None = None
) -> LoadedExtractor:
    """Return an extractor with pretrained weights; without any, random ones, always the same.

    Parameters
    ----------
    name : str
        An extractor of `FeatureExtractor`.
    weights_from : str
        As for `pretrained_weights`: auto, none, or a file's path.
    device : torch.device
        Where it will compute.
    layers : sequence of int, optional
        Whose features, where they aren't the extractor's own choice.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = FeatureExtractor(name, layers)
    found = pretrained_weights(str(net.backbone), weights_from)
    if found.state is not None:
        net.load_backbone(found.state)
    return LoadedExtractor(net.to(device).to(memory_format=torch.channels_last), found.origin)


def magnified(batches: Sequence[Tensor], zoom: float, rng: torch.Generator) -> list[Tensor]:
    """Return one part of all (N, C, Y, X) batches, drawn by `rng`, bicubically magnified to their size."""
    size = batches[0].shape[2:]
    factor = 1 + (zoom - 1) * float(torch.rand((), generator=rng))
    height, width = (max(1, round(side / factor)) for side in size)
    y, x = (
        int(torch.randint(side - part + 1, (), generator=rng)) for side, part in zip(size, (height, width), strict=True)
    )
    parts = (batch[..., y : y + height, x : x + width] for batch in batches)
    return [F.interpolate(part, size, mode="bicubic", align_corners=False) for part in parts]


class FeatureLoss:
    """Distances between features of output and target, and L1 distances between the Gram matrices of these.

    As published, a layer's features weigh w and its Gram matrices `gram` * w squared: 1.25e5, 1.125e6 and 2e4 for the
    default (5, 15, 2). What weighs nothing isn't computed.

    Parameters
    ----------
    config : FeatureLossConfig
        Extractor and weights.
    device : torch.device
        Where output and target are.
    precision : torch.dtype
        That features are computed in; the distances are float32.

    Attributes
    ----------
    origin : str
        In words, where the extractor's weights came from.
    weights : tuple of (int, float, float)
        The number of each layer that counts, and the weights of its features and of its Gram matrices.

    Raises
    ------
    RecipeError
        If there are not as many weights as the extractor has layers, or none above 0.
    """

    def __init__(self, config: FeatureLossConfig, device: torch.device, precision: torch.dtype = torch.float32) -> None:
        taps = EXTRACTORS[config.extractor].layers
        if len(config.layers) != len(taps) or min(config.layers) < 0 or max(config.layers) == 0:
            raise RecipeError(f"loss.feature.layers: {len(taps)} weights from 0 up, not all 0", str(config.layers))
        counting = [(number, weight) for number, weight in enumerate(config.layers) if weight]
        self.weights = tuple((number, weight, config.gram * weight**2) for number, weight in counting)
        used = [taps[number] for number, _ in counting]
        self._extractor, self.origin = load_extractor(config.extractor, config.weights_from, device, used)
        self._distance = FEATURE_DISTANCES[config.distance]
        self._shift, self._zoom, self._precision = config.shift, config.zoom, precision

    def __call__(self, output: Tensor, target: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return the weighted parts ``feat_0`` ..., ``gram_0`` ... of two (N, 3, Y, X) batches in [0, 1].

        With `rng`, both are shifted and magnified by as much as it says, if the configuration wants that.
        """
        if rng is not None and self._shift:
            y, x = (int(torch.randint(self._shift + 1, (), generator=rng)) for _ in range(2))
            output, target = output[..., y:, x:], target[..., y:, x:]
        if rng is not None and self._zoom > 1:
            output, target = magnified((output, target), self._zoom, rng)
        with torch.no_grad():
            wanted = self._features(target)
        found = self._features(output)
        parts: dict[str, Tensor] = {}
        for (number, weight, gram_weight), of_output, of_target in zip(self.weights, found, wanted, strict=True):
            parts[f"feat_{number}"] = weight * self._distance(of_output, of_target)
            if gram_weight:
                parts[f"gram_{number}"] = gram_weight * l1_loss(gram(of_output), gram(of_target))
        return parts

    def _features(self, images: Tensor) -> list[Tensor]:
        low = self._precision != torch.float32
        with torch.autocast(images.device.type, self._precision if low else torch.bfloat16, enabled=low):
            features = self._extractor(images)
        return [layer.float() for layer in features]


@torch.no_grad()
def feature_distances(extractor: FeatureExtractor, output: Tensor, target: Tensor) -> tuple[float, float]:
    """Return how far two (N, 3, Y, X) batches in [0, 1] are apart: in features, and in their Gram matrices.

    Both are plain means over the extractor's layers of mean absolute differences, without weights.
    """
    pairs = list(zip(extractor(output), extractor(target), strict=True))
    features = [l1_loss(found, wanted).item() for found, wanted in pairs]
    grams = [l1_loss(gram(found), gram(wanted)).item() for found, wanted in pairs]
    return sum(features) / len(features), sum(grams) / len(grams)
