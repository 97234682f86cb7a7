"""The average of the weights that is judged and saved."""

from __future__ import annotations

import torch

from napari_decrappify.nets import build
from napari_decrappify.training.optimization.ema import AveragedWeights


def test_the_average_follows_weights_and_batch_statistics() -> None:
    net = build("repair-unet", {"widths": (8, 16), "middle": 1})
    average = AveragedWeights(net, decay=0.9)
    before = average.net.head.weight.clone()
    with torch.no_grad():
        net.head.weight.add_(1.0)
    average.update(net, step=10_000)
    torch.testing.assert_close(average.net.head.weight, before + 0.1)
    assert not average.net.training
