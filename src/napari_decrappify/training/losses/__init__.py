"""What nets minimise. Importing this package imports no torch, so that recipes can be checked by the names below.

To add a distance between pixels, write its module (see `pixel_losses`) and name it in `PIXEL_LOSSES`: recipes take
``loss.pixel = "that name"``, and the docks offer it. To add a part of the generator's loss, write its function (see
`loss_terms`) and give it a weight in `recipes.loss.LossConfig`: the part is computed where its weight is above 0, and
metrics and curves have it by the weight's name. To add an objective of adversarial stages, write it (see
`adversarial_loss`) and name it in `OBJECTIVES`.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, Any, NamedTuple

from ...lazy_registry import LazyRegistry

if TYPE_CHECKING:
    from .adversarial_loss import Objective
    from .feature_loss import FeatureDistance
    from .pixel_losses import PixelLoss

PIXEL_LOSSES: LazyRegistry[PixelLoss] = LazyRegistry(
    "a pixel loss",
    __name__,
    {
        "l1": "pixel_losses:L1",
        "mse": "pixel_losses:MSE",
        "charbonnier": "pixel_losses:CHARBONNIER",
        "psnr": "pixel_losses:PSNR",
    },
)
FEATURE_DISTANCES: LazyRegistry[FeatureDistance] = LazyRegistry(
    "a distance between features",
    __name__.partition(".")[0],
    {"l1": "training.losses.feature_loss:l1_loss", "unit": "nets.backbones.features:unit_distance"},
)
OBJECTIVES: LazyRegistry[Objective] = LazyRegistry(
    "an adversarial objective",
    __name__,
    {
        "bce": "adversarial_loss:CROSS_ENTROPY",
        "hinge": "adversarial_loss:HINGE",
        "wasserstein": "adversarial_loss:WASSERSTEIN",
    },
)


class WeightOf(NamedTuple):
    """Mark of a setting that is the weight of a part of the generator's loss.

    Parameters
    ----------
    place : str
        The function that computes the part: ``"module:function"`` in this package; see `loss_terms.LossTerm`.
    """

    place: str

    def load(self) -> Any:
        """Import the function."""
        return pkgutil.resolve_name(f"{__name__}.{self.place}")
