"""A stage may have its own size of pictures and patches, and its own number of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_decrappify.degrade.pictures import resample
from napari_decrappify.errors import RecipeError
from napari_decrappify.training.data.pairs import Batch
from napari_decrappify.training.data.pictures import ArrayPictures, FolderPictures, open_pictures
from napari_decrappify.training.data.resized_pictures import ResizedPictures, resized
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.stages.pretrain_generator import GeneratorStage
from napari_decrappify.training.train import train


def test_a_stages_size_batch_and_parts_take_effect(
    restorer: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[tuple[int, ...], int]] = []
    real = GeneratorStage.learn

    def learn(self: GeneratorStage, batch: Batch, step: int, parts: int) -> dict[str, float]:
        seen.append((batch.targets.shape, parts))
        return real(self, batch, step, parts)

    monkeypatch.setattr(GeneratorStage, "learn", learn)
    first = {"kind": "pretrain-generator", "epochs": 1, "lr": 1e-3}
    second = {**first, "resize": 64, "patch": 64, "batch": 2, "accumulate": 2}
    data = {**restorer["data"], "resize": 32, "batch": 4}
    recipe = Recipe.model_validate({**restorer, "stages": [first, second], "data": data})
    train(recipe, photos, tmp_path / "run")
    assert seen == [((4, 32, 32, 3), 1)] + [((2, 64, 64, 3), 2)] * 2


def test_a_resized_picture_has_its_short_side_so_long_and_its_names(photos: Path) -> None:
    pictures = FolderPictures(photos)
    small = ResizedPictures(pictures, 40)
    assert (len(small), small.names, small.sections) == (len(pictures), pictures.names, pictures.sections)
    for index in range(len(pictures)):
        (y, x), (large_y, large_x) = small.shape(index), pictures.shape(index)
        assert min(y, x) == 40
        assert y / x == pytest.approx(large_y / large_x, rel=0.02)
        assert np.array_equal(small[index], resample(pictures[index], (y, x), "bilinear"))
        assert np.array_equal(small.crop(index, 3, 5, 10, 20), small[index][3:13, 5:25])


def test_resizing_to_the_same_size_changes_nothing(photos: Path) -> None:
    pictures = FolderPictures(photos)
    assert np.array_equal(ResizedPictures(pictures, 128)[0], pictures[0])


def test_float_pictures_stay_in_the_unit_range() -> None:
    stack = np.random.default_rng(0).integers(0, 60_000, (2, 50, 70)).astype(np.uint16)
    picture = ResizedPictures(ArrayPictures([stack]), 32)[1]
    assert picture.shape == (32, 45, 3)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < picture.max() <= 1


def test_what_is_not_resized_stays_and_given_pairs_are_not_resized(photos: Path) -> None:
    pictures = FolderPictures(photos)
    assert resized(pictures, 0) is pictures
    with pytest.raises(RecipeError, match="given pairs"):
        resized(open_pictures(photos, photos), 64)
