"""Faint damage counts near sure damage only, in NumPy and in dask alike."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import load_model, remove_watermark
from napari_decrappify.apply.engine.engine import engine_of
from napari_decrappify.apply.engine.run_context import RunContext
from napari_decrappify.apply.engine.tiling import Box
from napari_decrappify.apply.finding import Finding, convincing, found_damage
from napari_decrappify.apply.replacement import Replacement
from napari_decrappify.apply.source import Source, ranges_of
from napari_decrappify.models import DamageRule
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
    run_context = RunContext(str(loaded.path), loaded.sha256, "cpu", task="watermark")
    return engine_of(run_context), Source(image, layout, ranges_of(image, layout, "auto"))


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
    np.testing.assert_array_equal(found_damage(DamageRule(0.5, 0.99), probability), expected)


def test_nothing_is_looked_for_where_a_mask_is_given(model, image):
    engine, source = engine_and_source(model, image)
    assert Replacement(source, engine, Box(0, 48, 0, 96), image > 0).finding is None


def test_seeds_count_only_where_enough_pixels_are_sure():
    probability = np.zeros((40, 1200))
    probability[10, [20, 30, 40]] = 0.95
    probability[10, [1100, 1110]] = 0.95
    probability[30, [50, 1150]] = 0.999
    probability[32, 60] = 0.999
    found = found_damage(DamageRule(0.5, 0.9, sure=0.99, evidence=2, dilate=0), probability)
    assert np.argwhere(found).tolist() == [[10, 20], [10, 30], [10, 40], [30, 50], [32, 60]]


def test_evidence_is_counted_in_whole_cells_around_a_pixel():
    sure = np.random.default_rng(0).random((70, 700)) > 0.99
    cells = np.arange(700) // 16
    for x in (0, 15, 16, 300, 699):
        near = np.abs(cells - cells[x]) <= 16
        assert convincing(sure, np.count_nonzero(sure[:, near]))[35, x]
        assert not convincing(sure, np.count_nonzero(sure[:, near]) + 1)[35, x]


def test_a_finding_may_be_used_for_one_plane_after_the_other():
    rule = DamageRule(0.5, 0.9, sure=0.99, evidence=1, dilate=0)
    finding = Finding(rule, (20, 20))
    for value in (0.999, 0.6, 0.95):
        probability, mask = np.full((20, 20), value), np.zeros((20, 20), bool)
        finding.add(mask, (slice(None), slice(None)), probability)
        finding.settle(mask)
        assert mask.all() == (value == 0.999)


def test_chunks_count_the_evidence_of_their_neighbours(make_model):
    image = np.zeros((64, 8800), np.uint8)
    rng = np.random.default_rng(3)
    image[rng.integers(64, size=1400), rng.integers(8800, size=1400)] = FAINT
    image[rng.integers(64, size=140), rng.integers(8800, size=140)] = SURE
    model = make_model("blur", mask_threshold=0.5, mask_seed=0.8, mask_sure=0.99, mask_evidence=9)
    _, expected = remove_watermark(image, model=model, return_mask=True)
    _, mask = remove_watermark(da.from_array(image, chunks=(64, 500)), model=model, return_mask=True)
    assert mask.numblocks[1] > 1
    assert 0 < np.count_nonzero(expected) < np.count_nonzero(image > 0) * 9
    np.testing.assert_array_equal(mask.compute(), expected)


@pytest.mark.parametrize("dilate", [0, 3])
def test_chunks_see_the_sure_pixels_of_their_neighbours(model, image, dilate):
    lazy = da.from_array(image, chunks=(24, 35))
    _, expected = remove_watermark(image, model=model, dilate=dilate, return_mask=True)
    _, mask = remove_watermark(lazy, model=model, dilate=dilate, return_mask=True)
    np.testing.assert_array_equal(mask.compute(), expected)
