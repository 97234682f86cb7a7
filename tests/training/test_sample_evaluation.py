"""A generator of pictures from noise makes the same ones at every evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from napari_decrappify.nets import build
from napari_decrappify.training.data.pictures import FolderPictures
from napari_decrappify.training.evaluation.repair_evaluation import Forward
from napari_decrappify.training.evaluation.sample_evaluation import SampleEvaluation
from napari_decrappify.training.recipes.files import load_recipe
from napari_decrappify.training.recipes.recipe import Recipe


def recipe_of(pictures: int, seed: int = 0) -> Recipe:
    return load_recipe("wgan-tiny", [f"evaluation.pictures={pictures}", f"seed={seed}"])


@pytest.fixture
def run() -> Forward:
    return lambda net, noise: net(noise)


@pytest.fixture
def net() -> torch.nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = build("dcgan", {"size": 32, "features": 4, "noise": 8}).eval()
        for weights in made.parameters():
            torch.nn.init.normal_(weights, std=0.3)
        return made


def test_samples_are_fixed_by_the_seed_and_differ_from_one_another(
    photos: Path, net: torch.nn.Module, run: Forward
) -> None:
    pictures = FolderPictures(photos)
    with torch.inference_mode():
        first, again, other = (SampleEvaluation(recipe_of(4, seed), pictures).evaluate(net, run) for seed in (0, 0, 1))
    assert all(np.array_equal(a.output, b.output) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].output, other[0].output)
    assert not np.array_equal(first[0].output, first[1].output)
    assert all(one.output.shape == one.target.shape == (32, 32, 3) for one in first)
    assert all(one.metrics == {} for one in first), "there is no truth to measure a sample by"


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 1)), (2, (2, 1)), (4, (2, 2)), (5, (2, 2)), (9, (3, 3))])
def test_the_picture_is_a_grid(
    photos: Path, net: torch.nn.Module, run: Forward, count: int, shape: tuple[int, int]
) -> None:
    evaluation_set = SampleEvaluation(recipe_of(count), FolderPictures(photos))
    with torch.inference_mode():
        judged = evaluation_set.evaluate(net, run)
    grid = evaluation_set.picture(judged)
    assert grid.shape == (32 * shape[0], 32 * shape[1], 3)
    for number in range(shape[0] * shape[1]):
        row, column = divmod(number, shape[1])
        tile = grid[32 * row : 32 * row + 32, 32 * column : 32 * column + 32]
        assert np.array_equal(tile, judged[number].output)
