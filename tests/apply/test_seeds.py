"""Faint damage counts near sure damage only, in NumPy and in dask alike."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import remove_watermark

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


@pytest.mark.parametrize("dilate", [0, 3])
def test_chunks_see_the_sure_pixels_of_their_neighbours(model, image, dilate):
    lazy = da.from_array(image, chunks=(24, 35))
    _, expected = remove_watermark(image, model=model, dilate=dilate, return_mask=True)
    _, mask = remove_watermark(lazy, model=model, dilate=dilate, return_mask=True)
    np.testing.assert_array_equal(mask.compute(), expected)
