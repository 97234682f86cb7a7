"""Evaluating disturbs nothing, and nothing outside a training is disturbed by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.train import train


def test_a_training_is_the_same_however_often_it_is_judged(
    restorer: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    runs = []
    for every in (2, 3):
        evaluation = {**restorer["evaluation"], "every": every, "extractor": "mobilenet_v2"}
        run = tmp_path / str(every)
        train(Recipe.model_validate({**restorer, "evaluation": evaluation}), photos, run)
        runs.append(load_file(run / "checkpoints" / "last.safetensors"))
    assert len([*(tmp_path / "2" / "previews").iterdir()]) == 6
    assert runs[0].keys() == runs[1].keys()
    assert all(torch.equal(value, runs[1][name]) for name, value in runs[0].items())


def test_global_random_states_are_neither_read_nor_written(
    restorer: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    recipe = Recipe.model_validate(restorer)
    models = []
    for number in range(2):
        run = tmp_path / str(number)
        job = train.job(recipe, photos, run)
        for _ in range(14):
            next(job)
        job.close()
        torch.manual_seed(number)
        np.random.seed(number)  # noqa: NPY002
        before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        models.append(load_file(train(recipe, photos, run, resume=True).model))
        assert torch.equal(torch.get_rng_state(), before)
        assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    assert all(torch.equal(value, models[1][name]) for name, value in models[0].items())


def test_the_state_is_untouched_between_the_steps_too(restorer: dict[str, Any], photos: Path, tmp_path: Path) -> None:
    before = torch.get_rng_state()
    for _ in train.job(Recipe.model_validate(restorer), photos, tmp_path / "run"):
        assert torch.equal(torch.get_rng_state(), before)
