"""Our MobileNetV2 is torchvision's, weights, names and all, and doesn't need torchvision."""

from __future__ import annotations

import torch

from napari_decrappify.nets.backbones.mobilenet import mobilenet_v2
from napari_decrappify.nets.without_compiler import without_compiler

with without_compiler():
    from torchvision import models


@torch.inference_mode()
def test_it_computes_what_torchvision_s_does() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = models.mobilenet_v2(weights=None).features.eval()
    ours = mobilenet_v2().eval()
    ours.load_state_dict(theirs.state_dict())
    picture = torch.rand(2, 3, 70, 64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(ours(picture), theirs(picture))
