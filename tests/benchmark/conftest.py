from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from napari_decrappify.benchmark.cases import Case
from napari_decrappify.files import write_image
from napari_decrappify.models import ModelCard, save_model, user_model_path
from napari_decrappify.nets import build


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def make_photo(rng):
    """A function that returns a smooth coloured picture."""

    def make(height=49, width=65):
        coarse = rng.integers(0, 256, (height // 12 + 2, width // 12 + 2, 3), dtype=np.uint8)
        return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))

    return make


@pytest.fixture
def photos(tmp_path, make_photo):
    """A folder of two photos, 49 x 65 pixels."""
    for name in ("a", "oxford_b"):
        write_image(tmp_path / "photos" / f"{name}.png", make_photo())
    return tmp_path / "photos"


@pytest.fixture
def noisy_case(rng, make_photo):
    """A photo with Gaussian noise of 25 levels; methods aren't told."""
    target = make_photo(96, 96)
    given = np.clip(target + rng.normal(0, 25, target.shape), 0, 255).round().astype(np.uint8)
    return Case(given, target)


@pytest.fixture
def holed_case(make_photo):
    """A photo with a hole of 12 x 12 pixels."""
    target = make_photo(96, 96)
    mask = np.zeros((96, 96), bool)
    mask[40:52, 40:52] = True
    return Case(np.where(mask[..., None], np.uint8(0), target), target, mask)


ARCHITECTURES = {
    "upscale": ("residual-upscaler", {"scale": 4, "width": 4, "blocks": 1}),
    "restore": ("repair-unet", {"widths": [4, 8], "middle": 1, "mask_head": False}),
    "infill": ("gated-infill", {"widths": [4, 8], "middle": 1}),
}


@pytest.fixture
def tiny_model(home):
    """A function that puts a small net with random weights into the user's store; returns the model's name."""

    def save(name, task, preset=None):
        architecture, options = ARCHITECTURES[task]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            net = build(architecture, options)
        recipe = {"data": {"preset": preset}} if preset else {}
        card = ModelCard(
            name=name, task=task, architecture=architecture, options=options, scale=net.scale, recipe=recipe
        )
        save_model(user_model_path(name), net, card)
        return name

    return save
