"""Thumbnails among pictures are left out, and said; what is a little smaller than a patch is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from napari_decrappify.errors import TrainingError
from napari_decrappify.jobs import Progress
from napari_decrappify.training.data.pictures import (
    ArrayPictures,
    PairedPictures,
    open_pictures,
    split,
)
from napari_decrappify.training.data.size_filter import large_enough, least_side
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import LeftOut
from napari_decrappify.training.train import train


@pytest.fixture
def with_icons(folder: Path) -> Path:
    """Six pictures of 48 x 56 pixels, and four icons."""
    for number, size in enumerate([(1, 1), (8, 200), (15, 15), (200, 15)]):
        Image.new("RGB", size).save(folder / f"icon-{number}.png")
    return folder


def test_pictures_below_half_a_patch_and_its_context_are_too_small(tiny: dict[str, Any]) -> None:
    stages = [{"kind": "pretrain-generator", "steps": 1, "lr": 1e-3, "patch": patch} for patch in (16, 40)]
    assert least_side(Recipe.model_validate({**tiny, "stages": stages})) == 20 + 4
    resized = {**tiny, "data": {**tiny["data"], "resize": 24}, "stages": stages}
    assert least_side(Recipe.model_validate(resized)) == 1


def test_thumbnails_are_left_out_and_named(with_icons: Path) -> None:
    pictures = large_enough(open_pictures(with_icons), 16)
    assert [Path(name).name for name in pictures.names] == [f"{number}.png" for number in range(6)]
    named = "icon-0.png, icon-1.png, icon-2.png and 1 more, smaller than 16 pixels a side."
    assert pictures.left_out == [named]
    assert [side.left_out for side in split(pictures, 0.3, 0)] == [[named]] * 2


def test_where_all_are_large_enough_nothing_changes(folder: Path) -> None:
    pictures = open_pictures(folder)
    assert large_enough(pictures, 48) is pictures


def test_pairs_are_left_out_whole() -> None:
    clean = [np.zeros((side, 64), np.uint8) for side in (64, 16, 40)]
    pairs = large_enough(open_pictures(clean, [array[::2, ::2] for array in clean]), 20)
    assert isinstance(pairs, PairedPictures)
    assert [pairs.shape(n) for n in range(len(pairs))] == [(64, 64), (40, 64)]
    assert [pairs.crappy.shape(n) for n in range(len(pairs.crappy))] == [(32, 32), (20, 32)]
    assert len(pairs.left_out) == 1


def test_thumbnails_alone_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"at least 64 pixels a side, got 30 as the shorter side.*data\.patch"):
        large_enough(ArrayPictures([np.zeros((30, 90)), np.zeros((20, 20))]), 64)


def test_a_training_with_thumbnails_is_that_without_them(
    with_icons: Path, tmp_path: Path, tiny_recipe: Recipe, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    steps: list[Progress] = []
    train(tiny_recipe, with_icons, tmp_path / "one", progress=steps.append)
    (left_out,) = [step.payload for step in steps if isinstance(step.payload, LeftOut)]
    assert left_out.warnings == (f"Left out: {large_enough(open_pictures(with_icons), 16).left_out[0]}",)
    for icon in with_icons.glob("icon-*.png"):
        icon.unlink()
    train(tiny_recipe, with_icons, tmp_path / "other")
    assert metrics_of(tmp_path / "one") == metrics_of(tmp_path / "other")
