"""Distance in the features of a net that no model here has learned from."""

from __future__ import annotations

import statistics

import numpy as np
import torch

from ...apply.engine.tiling import Box
from ...models.pretrained import pretrained_weights
from ...nets.backbones.features import FeatureExtractor, unit_distance
from ...training.evaluation.repair_evaluation import to_tensor
from ..photos import Picture

EXTRACTOR = "efficientnet_lite0_relu"


class FeatureDistance:
    """How far apart a net trained on ImageNet sees two pictures; 0 where they are equal.

    LPIPS (Zhang et al., 2018) without weights learned from people's opinions: the squared distance of feature vectors
    of unit length, after a ReLU, averaged over places and over three layers of EfficientNet-Lite0, at 1/4, 1/8 and
    1/16 resolution. Losses and critics in the recipes look through other nets, so that no model was trained to please
    this one; those of upscale-x4-sharp and restore-gan have its formula, on MobileNetV2.

    Attributes
    ----------
    problem : str
        Why it can't be measured; empty if it can.
    """

    def __init__(self) -> None:
        self._net = FeatureExtractor(EXTRACTOR)
        found = pretrained_weights(str(self._net.backbone))
        self.problem = "" if found.state is not None else found.origin
        if found.state is not None:
            self._net.load_backbone(found.state)
        self._net.to(memory_format=torch.channels_last)
        self._target: Picture | None = None
        self._wanted: dict[Box | None, tuple[torch.Tensor, ...]] = {}

    def __call__(self, result: Picture, target: Picture, box: Box | None = None) -> float:
        """Return the distance of two 8-bit pictures of one shape, RGB or grey, or of what is in a box of them.

        The last target is kept in mind.
        """
        if target is not self._target:
            self._target, self._wanted = target, {}
        inside = ... if box is None else box.slices
        if box not in self._wanted:
            self._wanted[box] = self._features(target[inside])
        pairs = zip(self._features(result[inside]), self._wanted[box], strict=True)
        return statistics.fmean(unit_distance(found, wanted).item() for found, wanted in pairs)

    @torch.inference_mode()
    def _features(self, picture: Picture) -> tuple[torch.Tensor, ...]:
        colored = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=-1)
        batch = to_tensor(colored[None]).contiguous(memory_format=torch.channels_last)
        return tuple(self._net(batch))
