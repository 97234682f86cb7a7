"""Small nets of other projects with random weights, each taken in once; spandrel's own call is their measure."""

from __future__ import annotations

import importlib
import importlib.util
import warnings

import pytest
import torch
from torch import nn

from napari_decrappify.models import import_model
from napari_decrappify.nets.without_compiler import without_compiler

with without_compiler():
    spandrel = importlib.import_module("spandrel") if importlib.util.find_spec("spandrel") else None
Architecture = object if spandrel is None else spandrel.Architecture
MOVED = 0.05


def published(architecture, **options):
    """Return a net of spandrel's with random weights that don't begin as zeros, so that all of it counts."""
    module = importlib.import_module(f"spandrel.architectures.{architecture}")
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has new advice for old code
        torch.manual_seed(0)
        return _moved(getattr(module, architecture)(**options)).eval()


def _moved(net):
    with torch.no_grad():
        for weights in net.parameters():
            weights += MOVED * torch.randn_like(weights)
    return net


class Filler(nn.Module):
    """A net that takes a picture and its mask."""

    def __init__(self, width=4):
        super().__init__()
        self.fill_first = nn.Conv2d(4, width, 3, padding=1, stride=2)
        self.fill_last = nn.ConvTranspose2d(width, 3, 2, stride=2)

    def forward(self, image, mask):
        made = self.fill_last(self.fill_first(torch.cat([image * (1 - mask), mask], 1)).relu())
        return image * (1 - mask) + (made + 0.5) * mask


class Painter(nn.Module):
    """A net that makes colours of grey."""

    def __init__(self, width=4):
        super().__init__()
        self.paint_first = nn.Conv2d(1, width, 3, padding=1)
        self.paint_last = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, grey):
        return grey + self.paint_last(self.paint_first(grey).relu())


class FillerArch(Architecture):
    """How spandrel is told of an inpainting net: the published ones are too large for tests."""

    def __init__(self):
        super().__init__(id="Filler", detect=lambda state: "fill_first.weight" in state)

    def load(self, state_dict):
        return spandrel.MaskedImageModelDescriptor(
            Filler(len(state_dict["fill_first.weight"])), state_dict, self, "Inpainting", [], False, True, 3, 3,
            spandrel.SizeRequirements(minimum=16, multiple_of=8),
        )  # fmt: skip


class PainterArch(Architecture):
    """The same for a net that colours."""

    def __init__(self):
        super().__init__(id="Painter", detect=lambda state: "paint_first.weight" in state)

    def load(self, state_dict):
        width = len(state_dict["paint_first.weight"])
        return spandrel.ImageModelDescriptor(
            Painter(width), state_dict, self, "Restoration", [], False, False, 1, 1, 3
        )  # fmt: skip


SWIN = {"embed_dim": 8, "num_heads": [2], "depths": [2], "window_size": 8, "mlp_ratio": 2, "upscale": 2}
NETS = {
    "compact-x2": lambda: published("Compact", num_feat=8, num_conv=2, upscale=2),
    "compact-grey-x2": lambda: published("Compact", num_in_ch=1, num_out_ch=1, num_feat=8, num_conv=2, upscale=2),
    "esrgan-x4": lambda: published("ESRGAN", num_filters=8, num_blocks=1, scale=4),
    "span-x4": lambda: published("SPAN", num_in_ch=3, num_out_ch=3, feature_channels=4, upscale=4, norm=False),
    "swinir-x2": lambda: published("SwinIR", **SWIN, upsampler="pixelshuffledirect"),
    "hat-x2": lambda: published("HAT", **SWIN, num_feat=8, compress_ratio=2, squeeze_factor=2),
    "nafnet": lambda: published("NAFNet", width=4, middle_blk_num=1, enc_blk_nums=[1], dec_blk_nums=[1]),
    "safmn-x2": lambda: published("SAFMN", dim=8, n_blocks=1, upscaling_factor=2),
    "filler": lambda: _moved(Filler()),
    "painter": lambda: _moved(Painter()),
}


@pytest.fixture(scope="package", autouse=True)
def _own_place(tmp_path_factory):
    """A user's folder for these tests, and a spandrel that knows their two architectures too."""
    if spandrel is None:
        pytest.skip("the extra foreign isn't installed")
    with pytest.MonkeyPatch.context() as patch:
        known = spandrel.MAIN_REGISTRY.copy()
        known.add(*map(spandrel.ArchSupport.from_architecture, (FillerArch(), PainterArch())))
        patch.setattr(spandrel, "MAIN_REGISTRY", known)
        patch.setenv("DECRAPPIFY_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="package")
def weights():
    """Return the weights of a net by its name."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = NETS[name]().state_dict()
        return {key: value.clone() for key, value in made[name].items()}

    return of


@pytest.fixture(scope="package")
def imported(tmp_path_factory, weights):
    """Take a net in, the first time that it is asked for; return its card."""
    cards = {}

    def card_of(name):
        if name not in cards:
            path = tmp_path_factory.mktemp("files") / f"{name}.pth"
            torch.save({"params_ema": weights(name)}, path)
            cards[name] = import_model(path)
        return cards[name]

    return card_of


@pytest.fixture(scope="package")
def descriptor(weights):
    """Return a net as spandrel itself loads it."""

    def of(name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return spandrel.MAIN_REGISTRY.load(weights(name)).eval()

    return of
