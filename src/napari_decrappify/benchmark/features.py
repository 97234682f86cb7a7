"""Distance in the features of a net that no model here has learned from."""

from __future__ import annotations

import numpy as np
import torch

from ..models.pretrained import pretrained_weights
from ..nets.features import FeatureExtractor
from ..training.evaluation import to_tensor
from ..training.feature_loss import feature_distances
from .photos import Picture

EXTRACTOR = "efficientnet_lite0"


class FeatureDistance:
    """How far apart a net trained on ImageNet sees two pictures; 0 where they are equal.

    The mean absolute difference of EfficientNet-Lite0's features at 1/4, 1/8 and 1/16 resolution. Losses and critics
    in the recipes look through other nets, so that no model was trained to please this one.

    Attributes
    ----------
    problem : str
        Why it can't be measured; empty if it can.
    """

    def __init__(self) -> None:
        found = pretrained_weights(EXTRACTOR)
        self.problem = "" if found.state is not None else found.origin
        self._net = FeatureExtractor(EXTRACTOR)
        if found.state is not None:
            self._net.load_backbone(found.state)

    def __call__(self, result: Picture, target: Picture) -> float:
        """Return the distance of two 8-bit pictures of one shape, RGB or grey."""
        with torch.inference_mode():
            return feature_distances(self._net, _batch(result), _batch(target))[0]


def _batch(picture: Picture) -> torch.Tensor:
    coloured = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=-1)
    return to_tensor(coloured[None])
