"""Nets whose behaviour is known exactly, as models in the user's store."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from napari_decrappify import nets
from napari_decrappify.models import ModelCard, save_model, user_model_path
from napari_decrappify.models.damage_rule import DamageFields
from napari_decrappify.nets import Generator, Repaired


class Blur(Generator):
    """A box blur of known radius that calls bright pixels damaged."""

    def __init__(self, radius: int = 3, multiple: int = 1, halo: int | None = None, finds: bool = True) -> None:
        super().__init__()
        self.radius, self.multiple, self.finds = radius, multiple, finds
        self.halo = radius if halo is None else halo

    def forward(self, x):
        assert x.shape[-1] % self.multiple == x.shape[-2] % self.multiple == 0
        assert x.min() >= 0
        assert x.max() <= 1
        r = self.radius
        image = F.avg_pool2d(F.pad(x, (r, r, r, r), mode="replicate"), 2 * r + 1, 1)
        return Repaired(image, 100 * (x.mean(1, keepdim=True) - 0.9) if self.finds else None)


class Nearest(Generator):
    """Doubles by repeating pixels; its base too."""

    scale = 2

    def base(self, x):
        return F.interpolate(x, scale_factor=2)

    def forward(self, x):
        return Repaired(self.base(x))


class Greedy(Blur):
    """Runs out of memory as torch's CPU allocator does, above so many pixels."""

    def __init__(self, most: int = 1000) -> None:
        super().__init__(1)
        self.most = most

    def forward(self, x):
        if x.shape[-1] * x.shape[-2] > self.most:
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."
            )
        return super().forward(x)


class Shift(Generator):
    """Averages each pixel with the one on its right, and calls it damaged if that is bright: views disagree."""

    halo = 1

    def forward(self, x):
        right = F.pad(x, (0, 1, 0, 0), mode="replicate")[..., 1:]
        return Repaired(0.5 * (x + right), 100 * (right.mean(1, keepdim=True) - 0.9))


class Cells(Generator):
    """Gives each cell of 4 pixels a side its mean, and calls it damaged if that is bright: shifted views disagree."""

    multiple = halo = 4

    def forward(self, x):
        mean = F.interpolate(F.avg_pool2d(x, 4), scale_factor=4)
        return Repaired(mean, 100 * (mean.mean(1, keepdim=True) - 0.5))


class Around(Generator):
    """Fills a hole with the mean of what is known within a radius, and grey where nothing is."""

    channels = 4

    def __init__(self, radius: int = 6) -> None:
        super().__init__()
        self.radius = self.halo = radius

    def forward(self, x):
        image, hole = x[:, :3], x[:, 3:]
        assert (image[hole.expand_as(image) > 0] == 0.5).all()
        assert x.min() >= 0
        assert x.max() <= 1
        total, known = (self._box(part * (1 - hole)) for part in (image, torch.ones_like(hole)))
        return Repaired(torch.where(hole > 0, (total + 1e-6) / (known + 2e-6), image))

    def _box(self, x):
        return F.avg_pool2d(x, 2 * self.radius + 1, 1, self.radius)


class Told(Generator):
    """Turns white what a mask marks as damage, and black what it finds itself."""

    guided = True

    def forward(self, x):
        bright = 100 * (x[:, :3].mean(1, keepdim=True) - 0.9)
        marked = x[:, 3:] if x.shape[1] == 4 else torch.zeros_like(bright)
        return Repaired(marked.expand(-1, 3, -1, -1), bright)


class Tint(Generator):
    """Gives garish colours that have another luma than the image, brighter and beyond the range."""

    halo = 2

    def forward(self, x):
        assert (x[:, :1] == x).all()
        blurred = F.avg_pool2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), 5, 1)
        return Repaired(torch.cat([2 * blurred[:, :1], x[:, 1:2] - 0.5, 1.3 - blurred[:, 2:]], 1))


class Broken(Generator):
    """Gives NaN."""

    def forward(self, x):
        return Repaired(x * torch.nan, None)


CARD_FIELDS = ("bf16", "intensity", *DamageFields.model_fields)
FAKES = {
    "blur": Blur,
    "nearest": Nearest,
    "greedy": Greedy,
    "broken": Broken,
    "shift": Shift,
    "cells": Cells,
    "around": Around,
    "told": Told,
    "tint": Tint,
}


@pytest.fixture
def known_nets():
    """The nets above, by their names among the architectures."""
    for name, kind in FAKES.items():  # `monkeypatch` asks for each first, and so reads what all installed packages add
        nets.ARCHITECTURES[name] = kind
    yield
    for name in FAKES:
        del nets.ARCHITECTURES[name]


@pytest.fixture
def make_model(home, known_nets):
    """A function that puts a model with a known net into the user's store and returns its name."""

    def make(architecture, task="watermark", name=None, **options):
        card_fields = {key: options.pop(key) for key in CARD_FIELDS if key in options}
        net = nets.build(architecture, options)
        name = name or architecture
        card = ModelCard(
            name=name, task=task, architecture=architecture, options=options, scale=net.scale, **card_fields
        )
        save_model(user_model_path(name), net, card)
        return name

    return make


@pytest.fixture
def rng():
    return np.random.default_rng(5)
