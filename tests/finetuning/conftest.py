"""Pictures that a tiny upscaler learns from in a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_decrappify.finetuning import FinetuneRequest, finetune
from napari_decrappify.parameters import parameters_of

STEPS = ("stages.0.steps=8", "stages.0.lr=2e-3", "evaluation.every=2", "evaluation.pictures=2", "data.workers=0")


def picture(seed: int, side: int = 96) -> np.ndarray:
    """Shading with sharp edges, 8-bit grey."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    drawn = (y + x) * 90
    for _ in range(6):
        top, left = rng.integers(0, side - 20, 2)
        drawn[top : top + 20, left : left + 12] = rng.integers(0, 255)
    return drawn.astype(np.uint8)


@pytest.fixture
def pictures() -> list[np.ndarray]:
    """Five grey pictures."""
    return [picture(seed) for seed in range(5)]


@pytest.fixture
def quick() -> dict[str, Any]:
    """Keywords of a training that ends by its steps, within a second."""
    return {"overrides": STEPS, "minutes": 5.0, "patch": 32, "device": "cpu", "precision": "fp32"}


@pytest.fixture
def wished() -> Callable[..., FinetuneRequest]:
    """Make a wish of images and changes to what `finetune` takes when it isn't told."""
    declared = parameters_of(finetune)
    usual = {name: declared[name].default for name in ("task", "base", "recipe", "crappifier", "patch")}
    return lambda images, **changes: FinetuneRequest(**{"images": images, "crappy": None, **usual, **changes})


@pytest.fixture(scope="session")
def logo() -> np.ndarray:
    """A red ring with soft transparency, (Y, X, 4)."""
    y, x = np.mgrid[:24, :24] - 11.5
    radius = np.hypot(y, x)
    drawn = np.zeros((24, 24, 4), np.uint8)
    drawn[..., 0] = 220
    drawn[..., 3] = np.where((radius > 6) & (radius < 11), 200, 0)
    return drawn


@pytest.fixture
def collected() -> tuple[list[object], Callable[[Any], None]]:
    """A list, and what puts the payload of every step into it."""
    payloads: list[object] = []
    return payloads, lambda step: payloads.append(step.payload)
