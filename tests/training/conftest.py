"""A tiny recipe, and pictures drawn for it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage
from PIL import Image

from napari_decrappify.training.recipes.recipe import Recipe

TIMINGS = {"seconds", "wait_share", "steps_per_second"}
SHIPPED = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg")
PHOTO = 128


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six small pictures with smooth shading and sharp edges, one in a sub-folder."""
    root = tmp_path / "pictures"
    (root / "more").mkdir(parents=True)
    for number in range(6):
        rng = np.random.default_rng(number)
        y, x = np.mgrid[:48, :56] / 56
        picture = np.stack([y, x, (y + x) / 2], -1) * 200
        picture[10 + number : 30, 12:40] = rng.integers(0, 255, 3)
        path = root / ("more" if number == 5 else "") / f"{number}.png"
        Image.fromarray(picture.astype(np.uint8)).save(path)
    return root


@pytest.fixture(scope="session")
def tiny() -> dict[str, Any]:
    """An upscaler's recipe that trains in a second."""
    return {
        "name": "tiny-x2",
        "task": "upscale",
        "seed": 3,
        "generator": {"architecture": "residual-upscaler", "options": {"scale": 2, "width": 16, "blocks": 1}},
        "data": {"preset": "bicubic-x2", "patch": 24, "context": 4, "batch": 2, "held_out": 0.34, "workers": 0},
        "optimizer": {"muon": 5, "clip": 0.5, "ema": 0.5},
        "stages": [{"kind": "pretrain-generator", "steps": 6, "lr": 2e-3}],
        "evaluation": {"every": 2, "pictures": 2, "size": 32, "gallery": 1},
    }


@pytest.fixture
def tiny_recipe(tiny: dict[str, Any]) -> Recipe:
    """The same, validated."""
    return Recipe.model_validate(tiny)


@pytest.fixture
def tiny_watermark(tiny: dict[str, Any]) -> Recipe:
    """A watermark remover's recipe of the same size."""
    changes = {
        "name": "tiny-watermark",
        "task": "watermark",
        "generator": {"architecture": "repair-unet", "options": {"widths": [8, 16], "middle": 1}},
        "data": {"preset": "watermark-training", "patch": 32, "batch": 2, "held_out": 0.34, "workers": 0},
        "loss": {"damage": 4.0, "mask": 0.1, "mask_positive": 3.0},
    }
    return Recipe.model_validate({**tiny, **changes})


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos that come with scikit-image, reduced to a short side of 128 pixels, two of them in a sub-folder."""
    root = tmp_path_factory.mktemp("photos")
    (root / "more").mkdir()
    for number, name in enumerate(SHIPPED):
        with Image.open(Path(skimage.__file__).parent / "data" / name) as opened:
            photo = opened.convert("RGB")
        factor = PHOTO / min(photo.size)
        small = photo.resize((round(photo.width * factor), round(photo.height * factor)), Image.Resampling.BICUBIC)
        small.save(root / ("more" if number % 3 == 2 else "") / f"{Path(name).stem}.png")
    return root


@pytest.fixture(scope="session")
def restorer(tiny: dict[str, Any]) -> dict[str, Any]:
    """A recipe of all kinds of stages, with batch normalisation in the generator and dropout in the critic."""
    timed = {"steps": 4, "lr": 1e-3}
    return {
        **tiny,
        "name": "tiny-gan",
        "task": "restore",
        "generator": {"architecture": "repair-unet", "options": {"widths": [8, 16], "middle": 1, "mask_head": False}},
        "critic": {"architecture": "patch-critic", "options": {"width": 4, "blocks": 2}},
        "data": {"preset": "stock-watermark", "patch": 32, "batch": 3, "held_out": 0.34, "workers": 0},
        "optimizer": {"ema": 0.5},
        "stages": [
            {"kind": "pretrain-generator", **timed},
            {"kind": "save-predictions", "size": 48},
            {"kind": "pretrain-critic", **timed},
            {"kind": "adversarial", **timed, "play": {"switch": {"kind": "fixed"}}},
        ],
        "evaluation": {"every": 3, "pictures": 2, "size": 32, "gallery": 1},
    }


@pytest.fixture(scope="session")
def metrics_of() -> Callable[[Path], list[dict[str, str]]]:
    """Read the metrics.csv of a run folder, without what depends on the clock."""

    def read(run: Path) -> list[dict[str, str]]:
        with (run / "metrics.csv").open(newline="") as opened:
            return [{k: v for k, v in row.items() if k not in TIMINGS} for row in csv.DictReader(opened)]

    return read
