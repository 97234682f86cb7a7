"""Our MobileNetV2 is torchvision's, weights, names and all, and doesn't need torchvision."""

from __future__ import annotations

import subprocess
import sys

import torch
from torchvision import models

from napari_decrappify.nets.backbones.mobilenet import mobilenet_v2

WITHOUT = """
import sys, torch
from napari_decrappify.nets import build
build("colorizer").eval()(torch.zeros(1, 3, 32, 32))
sys.exit("torchvision" in sys.modules or "torch._dynamo" in sys.modules)
"""

OTHER = """
import sys
from napari_decrappify.nets import build
build("dynamic-unet", {"encoder": "resnet18"})
sys.exit("torchvision" not in sys.modules or "triton" in sys.modules)
"""


@torch.inference_mode()
def test_it_computes_what_torchvision_s_does() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = models.mobilenet_v2(weights=None).features.eval()
    ours = mobilenet_v2().eval()
    ours.load_state_dict(theirs.state_dict())
    picture = torch.rand(2, 3, 70, 64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(ours(picture), theirs(picture))


def test_another_encoder_does_not_bring_triton() -> None:
    subprocess.run([sys.executable, "-c", OTHER], check=True)


def test_to_colour_torch_s_compiler_is_not_loaded() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)
