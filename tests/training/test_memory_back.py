"""What a training took of the memory it gives back."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.train import train

REPEATED = """
import json, resource, sys
from pathlib import Path
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.train import train
recipe, data, out = Recipe.model_validate_json(sys.argv[1]), *map(Path, sys.argv[2:])
peaks = []
for number in range(5):
    train(recipe, data, out / str(number), device="cpu")
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** (20 if sys.platform == "darwin" else 10))
print(json.dumps(peaks))
"""
MARGIN = 60
"""Megabytes; the nets, gradients and optimisers of one run have more than half as much."""


@pytest.fixture
def large(restorer: dict[str, Any]) -> Recipe:
    """A training of two steps whose nets take much memory."""
    first, *_, last = restorer["stages"]
    return Recipe.model_validate(
        {
            **restorer,
            "generator": {"architecture": "repair-unet", "options": {"widths": [32, 128], "middle": 2}},
            "critic": {"architecture": "patch-critic", "options": {"width": 32, "blocks": 2}},
            "stages": [{**first, "steps": 1}, {**last, "steps": 2}],
        }
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no peak")
def test_repeated_trainings_take_no_more_memory(large: Recipe, photos: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", REPEATED, large.model_dump_json(), str(photos), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    peaks = json.loads(done.stdout)
    assert peaks[4] - peaks[1] < MARGIN, peaks


def test_nothing_is_left_when_a_training_ends_or_is_closed(large: Recipe, photos: Path, tmp_path: Path) -> None:
    gc.collect()
    gc.disable()
    before = tensors_alive()
    try:
        train(large, photos, tmp_path / "whole")
        assert tensors_alive() == before
        job = train.job(large, photos, tmp_path / "stopped")
        for _ in range(2):
            next(job)
        assert tensors_alive() > before
        job.close()
        assert tensors_alive() == before
    finally:
        gc.enable()


def tensors_alive() -> int:
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())
