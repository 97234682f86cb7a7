"""Pairs are pure functions of (seed, step, index); both sides show the same place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.errors import RecipeError, TrainingError
from napari_decrappify.training.pairs import Batch, Pairs, batches, find_crappifier, random_patch, turned
from napari_decrappify.training.pictures import ArrayPictures, FolderPictures, open_pictures, split
from napari_decrappify.training.recipe import DataConfig


def make_pairs(folder: Path, **options: object) -> Pairs:
    config = DataConfig.model_validate({"preset": "clean", "patch": 16, "batch": 3, "workers": 0, **options})
    return Pairs(FolderPictures(folder), find_crappifier(config.preset), config, seed=5)


def equal(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_depends_on_seed_and_step_alone(folder: Path) -> None:
    first, again = make_pairs(folder), make_pairs(folder)
    again.batch(9)
    assert equal(first.batch(4), again.batch(4))
    assert not equal(first.batch(4), first.batch(5))


def test_worker_processes_make_the_same_batches(folder: Path) -> None:
    alone = make_pairs(folder, preset="stock-watermark", patch=32)
    helped = make_pairs(folder, preset="stock-watermark", patch=32, workers=1)
    source = batches(helped, 2)
    assert all(equal(next(source), alone.batch(step)) for step in (2, 3, 4))
    source.close()


def test_both_sides_are_cut_and_turned_alike(folder: Path) -> None:
    batch = make_pairs(folder).batch(0)
    assert np.array_equal(batch.inputs, batch.targets)


def test_context_is_cut_from_both_sides(folder: Path) -> None:
    batch = make_pairs(folder, preset="bicubic-x2", context=4).batch(0)
    assert batch.inputs.shape == (3, 8, 8, 3)
    assert batch.targets.shape == (3, 16, 16, 3)
    assert batch.masks.shape == (3, 8, 8)


def test_context_that_does_not_divide_is_refused(folder: Path) -> None:
    with pytest.raises(RecipeError, match="multiple of 2"):
        make_pairs(folder, preset="bicubic-x2", context=3).batch(0)


def test_small_pictures_are_continued_by_reflection() -> None:
    patch = random_patch(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), 6, np.random.default_rng(0))
    assert patch.shape == (6, 6, 3)


def test_the_eight_ways_to_turn_differ() -> None:
    patch = np.arange(27).reshape(3, 3, 3)
    assert len({turned(patch, way).tobytes() for way in range(8)}) == 8


def test_folder_is_searched_with_its_subfolders(folder: Path) -> None:
    assert FolderPictures(folder).names[-1] == "more/5.png"
    assert len(open_pictures(folder)) == 6


def test_split_keeps_every_picture_on_one_side(folder: Path) -> None:
    training, held = split(FolderPictures(folder), 0.34, seed=1)
    assert not set(training.names) & set(held.names)
    assert len(training) + len(held) == 6
    assert len(held) == 2


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="with none"):
        open_pictures(tmp_path)


def test_sixteen_bit_grey_stacks_become_unit_planes() -> None:
    stack = np.random.default_rng(0).integers(100, 900, (4, 20, 22)).astype(np.uint16)
    pictures = ArrayPictures([stack])
    assert len(pictures) == 4
    assert pictures[0].shape == (20, 22, 3)
    assert pictures[0].dtype == np.float32
    assert 0 <= pictures[0].min() < 0.05
    assert 0.95 < pictures[0].max() <= 1


def test_unknown_preset_lists_the_known() -> None:
    with pytest.raises(RecipeError, match="stock-watermark"):
        find_crappifier("nonsense")
