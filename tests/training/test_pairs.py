"""Pairs are pure functions of (seed, step, index); both sides show the same place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.degrade import CentralHole, Crappifier, GaussianNoise
from napari_decrappify.errors import RecipeError
from napari_decrappify.training.data.pairs import (
    Batch,
    Pairs,
    centre_pair,
    difference_mask,
    find_crappifier,
)
from napari_decrappify.training.data.patches import turned
from napari_decrappify.training.data.pictures import ArrayPictures, FolderPictures, open_pictures
from napari_decrappify.training.recipes.data import DataConfig

EVERYTHING = {"rotate": 10, "zoom": 2, "warp": 0.2, "lighting": 0.2}


def make_pairs(folder: Path, **options: object) -> Pairs:
    config = DataConfig.model_validate({"preset": "clean", "patch": 16, "batch": 4, "workers": 0, **options})
    return Pairs(FolderPictures(folder), find_crappifier(config.preset), config, seed=5)


def given_pairs(clean: list[np.ndarray], crappy: list[np.ndarray], **options: object) -> Pairs:
    config = DataConfig.model_validate({"patch": 24, "batch": 8, "workers": 0, **options})
    return Pairs(open_pictures(clean, crappy), find_crappifier("clean"), config, seed=5)


def equal(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_depends_on_seed_and_step_alone(folder: Path) -> None:
    first, again = make_pairs(folder, augment=EVERYTHING), make_pairs(folder, augment=EVERYTHING)
    again.batch(9)
    assert equal(first.batch(4), again.batch(4))
    assert not equal(first.batch(4), first.batch(5))


def test_the_ranks_of_a_crew_make_the_parts_of_one_batch(folder: Path) -> None:
    pairs = make_pairs(folder, preset="stock-watermark", patch=32, detail=3, augment=EVERYTHING)
    parts = [pairs.batch(3, rank, 2) for rank in range(2)]
    assert equal(Batch(*(np.concatenate(sides) for sides in zip(*parts, strict=True))), pairs.batch(3))


def test_a_batch_that_cannot_be_shared_is_refused(folder: Path) -> None:
    with pytest.raises(RecipeError, match=r"multiple of 3, the number of processes, got 4"):
        make_pairs(folder).batch(0, 0, 3)


def test_without_augmentation_a_patch_is_the_plain_crop_of_the_published_draws(folder: Path) -> None:
    """The order of the draws is a contract: resumed runs depend on it."""
    pairs = make_pairs(folder)
    for step in range(5):
        rng = np.random.default_rng((5, step, 2))
        picture = pairs.pictures[int(rng.integers(6))]
        y, x = (int(rng.integers(n - 16 + 1)) for n in picture.shape[:2])
        expected = turned(picture[y : y + 16, x : x + 16], int(rng.integers(8)))
        assert np.array_equal(pairs.pair(step, 2)[1], expected)


def test_both_sides_of_a_made_pair_are_augmented_alike(folder: Path) -> None:
    batch = make_pairs(folder, augment=EVERYTHING, detail=2).batch(0)
    assert np.array_equal(batch.inputs, batch.targets)
    assert not equal(batch, make_pairs(folder, detail=2).batch(0))


def test_context_is_cut_from_both_sides(folder: Path) -> None:
    batch = make_pairs(folder, preset="bicubic-x2", context=4).batch(0)
    assert batch.inputs.shape == (4, 8, 8, 3)
    assert batch.targets.shape == (4, 16, 16, 3)
    assert batch.masks.shape == (4, 8, 8)


def test_context_that_does_not_divide_is_refused(folder: Path) -> None:
    with pytest.raises(RecipeError, match="multiple of 2"):
        make_pairs(folder, preset="bicubic-x2", context=3).batch(0)


def test_a_given_pair_stays_a_pointwise_function_of_its_clean_side() -> None:
    rng = np.random.default_rng(0)
    clean = [rng.integers(0, 256, (40, 50, 3), dtype=np.uint8) for _ in range(3)]
    geometry = EVERYTHING | {"lighting": 0}
    batch = given_pairs(clean, [255 - picture for picture in clean], augment=geometry, detail=3).batch(1)
    assert np.abs(batch.inputs.astype(int) - (255 - batch.targets.astype(int))).max() <= 1
    assert batch.targets.std() > 20


def test_both_sides_of_a_given_pair_stand_in_the_same_light() -> None:
    clean = [np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)]
    batch = given_pairs(clean, clean, augment=EVERYTHING).batch(1)
    assert np.array_equal(batch.inputs, batch.targets)
    assert not batch.masks.any()


@pytest.mark.parametrize("scale", [2, 3])
def test_a_smaller_side_shows_the_same_place_at_its_own_scale(scale: int) -> None:
    """A plane that is linear in y and x says where each pixel lies, whatever its size."""
    y, x = np.mgrid[: 40 * scale, : 50 * scale] + 0.5
    clean = np.stack([y / (40 * scale), x / (50 * scale), x * 0 + 0.5], -1).astype(np.float32)
    crappy = clean.reshape(40, scale, 50, scale, 3).mean((1, 3))
    plain = given_pairs([clean], [crappy], flips="eight").batch(0)
    augmented = given_pairs([clean], [crappy], augment=EVERYTHING | {"lighting": 0, "zoom": 3}).batch(0)
    for batch, tolerance in ((plain, 1e-6), (augmented, 4e-3)):
        small = batch.targets.reshape(8, 24 // scale, scale, 24 // scale, scale, 3).mean((2, 4))
        assert batch.inputs.shape == small.shape
        inner = (slice(None), slice(2, -2), slice(2, -2))
        assert np.abs(batch.inputs - small)[inner].max() < tolerance
    assert not plain.masks.any()


def test_a_patch_that_the_scale_does_not_divide_is_refused() -> None:
    pictures = [np.zeros((60, 60), np.uint8)], [np.zeros((12, 12), np.uint8)]
    with pytest.raises(RecipeError, match=r"patch to be a multiple of 5, the pairs' scale, got 24"):
        given_pairs(*pictures).batch(0)


def test_the_damage_mask_of_a_given_pair_is_where_it_differs() -> None:
    clean = np.full((8, 8, 3), 100, np.uint8)
    crappy = clean.copy()
    crappy[2, 3, 1] += 17
    crappy[5, 5] += 16
    assert np.argwhere(difference_mask(crappy, clean)).tolist() == [[2, 3]]


def test_eight_bit_and_float_pictures_share_the_unit_range_in_a_batch() -> None:
    arrays = [np.full((16, 16), 255, np.uint8), np.linspace(0, 4000, 256).reshape(16, 16).astype(np.uint16)]
    config = DataConfig(patch=16, batch=8, workers=0)
    batch = Pairs(ArrayPictures(arrays), find_crappifier("clean"), config, seed=1).batch(0)
    assert batch.targets.dtype == np.float32
    assert batch.targets.max() == 1
    assert {float(target.min()) for target in batch.targets} == {0.0, 1.0}


def test_the_centre_of_a_picture_is_the_same_place_on_both_sides() -> None:
    clean = np.linspace(0, 1, 90 * 60).reshape(90, 60)
    pictures = open_pictures([clean], [clean[1::3, 1::3]])
    crappy, target, mask, _ = centre_pair(pictures, 0, 64, find_crappifier("clean"), np.random.default_rng(0))
    assert (target.shape, crappy.shape, mask.shape) == ((48, 48, 3), (16, 16, 3), (16, 16))
    assert np.array_equal(crappy, target[1::3, 1::3])


def test_the_centre_of_a_picture_is_crappified_where_no_pair_is_given(folder: Path) -> None:
    crappy, clean, *_ = centre_pair(
        FolderPictures(folder), 0, 40, find_crappifier("bicubic-x2"), np.random.default_rng(0)
    )
    assert np.array_equal(clean, FolderPictures(folder)[0][8:40, 12:44])
    assert crappy.shape == (16, 16, 3)


def test_unknown_preset_lists_the_known() -> None:
    with pytest.raises(RecipeError, match="stock-watermark"):
        find_crappifier("nonsense")


def test_the_noise_of_a_grey_picture_has_no_colour() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    config = DataConfig.model_validate({"preset": "fluorescence-x4", "patch": 32, "batch": 4, "workers": 0})
    batch = Pairs(open_pictures([grey]), find_crappifier(config.preset), config, seed=5).batch(0)
    assert batch.inputs.shape == (4, 8, 8, 3)
    assert (batch.inputs == batch.inputs[..., :1]).all()


def test_floating_pairs_go_beyond_black_and_white_and_keep_the_mean(photos):
    pictures = open_pictures(photos)
    config = DataConfig.model_validate({"preset": "clean", "patch": 64, "batch": 4, "floating": 1.0, "workers": 0})
    noise = Crappifier((GaussianNoise((60, 60)),))
    batch = Pairs(pictures, noise, config, 0).batch(0)
    assert batch.inputs.dtype == batch.targets.dtype == np.float32
    assert batch.inputs.min() < -0.05
    assert (batch.inputs - batch.targets).mean() == pytest.approx(0, abs=0.01)
    assert config.headroom == 1
    assert DataConfig.model_validate({"patch": 64, "batch": 4}).headroom == 0


def test_pairs_tell_how_much_of_each_pixel_is_covered(folder: Path) -> None:
    batch = make_pairs(folder, preset="stock-watermark", patch=32).batch(1)
    assert batch.coverages.dtype == np.uint8
    assert np.array_equal(batch.coverages > 0, batch.masks)
    assert ((batch.coverages > 0) & (batch.coverages < 255)).any()


def test_given_pairs_are_covered_wholly_where_they_differ() -> None:
    clean = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    crappy = clean.copy()
    crappy[10:30, 10:30] = 255 - crappy[10:30, 10:30]
    batch = given_pairs([clean], [crappy]).batch(0)
    assert np.array_equal(batch.coverages, batch.masks * np.uint8(255))
    assert batch.masks.any()


def test_scenery_is_on_both_sides_and_covers_nothing(folder: Path) -> None:
    plain = make_pairs(folder, patch=16)
    staged = replace(plain, scenery=Crappifier((CentralHole(),)))
    before, batch = plain.batch(0), staged.batch(0)
    assert np.array_equal(batch.inputs, batch.targets)
    assert not batch.masks.any()
    assert not batch.targets[:, 4:12, 4:12].any()
    assert np.array_equal(batch.targets[:, :4], before.targets[:, :4])


def test_some_patches_lose_their_colours_on_both_sides(folder: Path) -> None:
    batch = make_pairs(folder, preset="stock-watermark", patch=32, augment={"grey": 1.0}).batch(0)
    for side in (batch.inputs, batch.targets):
        assert np.array_equal(side, side[..., :1].repeat(3, -1))
    coloured = make_pairs(folder, preset="stock-watermark", patch=32).batch(0)
    assert np.abs(batch.targets[..., 0] - coloured.targets @ np.array([0.299, 0.587, 0.114])).max() < 1
