"""Our MobileNetV2 is torchvision's, weights, names and all, and doesn't need torchvision."""

from __future__ import annotations

import subprocess
import sys

import torch
from torchvision import models

from napari_decrappify.nets.backbones.mobilenet import mobilenet_v2

LOADED = """
import sys, torch
from napari_decrappify.nets import build
from napari_decrappify.training.optimization.optimizer import Muon
build("colorizer").eval()(torch.zeros(1, 3, 32, 32))
weights = torch.nn.Parameter(torch.ones(2))
optimizer = Muon([{"params": [weights], "muon": False}], torch.float32)
weights.sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.load_state_dict(optimizer.state_dict())
assert not {"torchvision", "torch._dynamo"} & set(sys.modules), "torch's compiler, to colour or to learn"
build("dynamic-unet", {"encoder": "resnet18"})
assert "torchvision" in sys.modules
assert "triton" not in sys.modules, "Triton, for another encoder"
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


def test_to_colour_or_learn_torch_s_compiler_is_not_loaded_and_another_encoder_does_not_bring_triton() -> None:
    subprocess.run([sys.executable, "-c", LOADED], check=True)
