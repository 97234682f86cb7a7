"""Faint damage counts near sure damage only, in NumPy and in dask alike."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import load_model, remove_watermark
from napari_decrappify.apply.engine import Setting, engine_of
from napari_decrappify.apply.masks import DamageRule
from napari_decrappify.apply.removal import Removal
from napari_decrappify.apply.source import Source, ranges_of
from napari_decrappify.apply.tiling import Box
from napari_decrappify.planes import layout_of

FAINT, SURE = 235, 250  # probabilities of about .9 and .999 to the net of these tests


@pytest.fixture
def model(make_model):
    return make_model("blur", mask_threshold=0.5, mask_seed=0.99)


@pytest.fixture
def image():
    dark = np.zeros((48, 96), np.uint8)
    dark[20, [20, 40, 70]] = FAINT
    dark[20, 30] = SURE
    return dark


def engine_and_source(model, image):
    layout = layout_of(image.shape)
    loaded = load_model(model)
    setting = Setting(str(loaded.path), loaded.sha256, "cpu", replaces=True)
    return engine_of(setting), Source(image, layout, ranges_of(image, layout, "auto"))


def test_faint_damage_counts_near_sure_damage_only(model, image):
    _, mask = remove_watermark(image, model=model, dilate=0, return_mask=True)
    assert np.argwhere(mask).tolist() == [[20, 20], [20, 30], [20, 40]]


def test_without_a_seed_faint_damage_counts(make_model, image):
    _, mask = remove_watermark(image, model=make_model("blur", mask_threshold=0.5), dilate=0, return_mask=True)
    assert np.count_nonzero(mask) == 4


def test_planes_of_a_stack_do_not_vouch_for_each_other(model, image):
    faint = np.where(image == SURE, 0, image)
    _, mask = remove_watermark(np.stack([image, faint]), model=model, dilate=0, return_mask=True)
    assert mask[0].any()
    assert not mask[1].any()


def test_the_rule_finds_on_a_whole_plane_what_tiles_and_chunks_find(model, image):
    _, expected = remove_watermark(image, model=model, return_mask=True, tile=16)
    probability = 1 / (1 + np.exp(-100.0 * (image / 255 - 0.9)))
    np.testing.assert_array_equal(DamageRule(0.5, 0.99).found(probability), expected)


@pytest.mark.parametrize("seed", [None, 0.99])
def test_no_plane_of_seeds_is_kept_where_none_is_needed(make_model, image, seed):
    engine, source = engine_and_source(make_model("blur", mask_seed=seed), image)
    whole = Box(0, 48, 0, 96)
    rule = DamageRule(0.5, seed)
    assert (Removal(source, engine, whole, None, rule).sure is None) == (seed is None)
    assert Removal(source, engine, whole, image > 0, rule).sure is None


@pytest.mark.parametrize("dilate", [0, 3])
def test_chunks_see_the_sure_pixels_of_their_neighbours(model, image, dilate):
    lazy = da.from_array(image, chunks=(24, 35))
    _, expected = remove_watermark(image, model=model, dilate=dilate, return_mask=True)
    _, mask = remove_watermark(lazy, model=model, dilate=dilate, return_mask=True)
    np.testing.assert_array_equal(mask.compute(), expected)
