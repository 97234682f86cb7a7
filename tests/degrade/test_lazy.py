"""A dask array made worse stays lazy, and becomes what NumPy gives."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pytest

from napari_decrappify.degrade import (
    Crappifier,
    Reduce,
    Sometimes,
    crappify,
    replay_steps,
)
from napari_decrappify.errors import InvalidImageError, InvalidParameterError

SHAPES = {"grey": (40, 50), "rgb": (30, 40, 3), "rgba stack": (2, 24, 30, 4), "stack": (3, 2, 24, 30)}
CHUNKS = {"grey": (15, 50), "rgb": (30, 7, 2), "rgba stack": (2, 7, 30, 4), "stack": (2, 1, 24, 9)}


@pytest.fixture(params=SHAPES)
def make_pair(request):
    """A function that gives an image as NumPy and as dask array, cut in the middle of planes."""

    def make(dtype):
        image = np.random.default_rng(0).random(SHAPES[request.param]) * (200 if dtype == "uint8" else 4000)
        return image.astype(dtype), da.from_array(image.astype(dtype), CHUNKS[request.param])

    return make


@pytest.mark.parametrize("preset", ["stock-watermark", "bicubic-x2", "lesson7"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_image_mask_and_steps_are_those_of_numpy(make_pair, preset, dtype):
    image, lazy = make_pair(dtype)
    expected, made = crappify(image, preset, seed=5), crappify(lazy, preset, seed=5)
    assert isinstance(made.image, da.Array)
    assert isinstance(made.mask, da.Array)
    assert made.steps == expected.steps
    assert made.seed == 5
    assert (made.image.shape, made.image.dtype) == (expected.image.shape, expected.image.dtype)
    assert (made.mask.shape, made.mask.dtype) == (expected.mask.shape, expected.mask.dtype)
    got, mask = dask.compute(made.image, made.mask)
    np.testing.assert_array_equal(got, expected.image)
    np.testing.assert_array_equal(mask, expected.mask)


def test_recorded_steps_are_done_again_lazily(make_pair):
    image, lazy = make_pair("uint16")
    expected = crappify(image, "old-photo", seed=2)
    again = replay_steps(lazy, expected.steps)
    assert isinstance(again.image, da.Array)
    np.testing.assert_array_equal(again.image.compute(), expected.image)


@pytest.mark.parametrize("how", [{"normalize": "percentile-per-plane"}, {"channel_axis": 0}, {"per_plane": False}])
def test_ranges_and_draws_are_those_of_numpy(how):
    stack = np.random.default_rng(1).random((3, 24, 30)) * np.array([10, 100, 1000])[:, None, None]
    expected, made = (crappify(a, "em-x4", seed=1, **how) for a in (stack, da.from_array(stack, (1, 24, 30))))
    assert made.steps == expected.steps
    np.testing.assert_array_equal(made.image.compute(), expected.image)


def test_bytes_are_not_touched_before_they_are_asked_for():
    touched = []

    def note(block, block_id=None):
        touched.append(block_id)
        return block

    base = da.zeros((20, 64, 64), dtype=np.uint8, chunks=(1, 32, 64))
    made = crappify(base.map_blocks(note, dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8)), "stock-watermark")
    assert touched == []
    made.image[7].compute()
    assert {block[0] for block in touched} == {7}
    assert len(touched) == 2


def test_image_and_mask_asked_for_together_are_made_once():
    touched = []

    def note(block):
        touched.append(1)
        return block

    base = da.zeros((2, 64, 64), dtype=np.uint8, chunks=(1, 64, 64))
    made = crappify(base.map_blocks(note, dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8)), "stock-watermark")
    dask.compute(made.image, made.mask)
    assert len(touched) == 2


def test_nan_is_refused_with_its_index_when_its_plane_is_computed():
    image = np.random.default_rng(0).random((2, 20, 30, 3))
    image[1, 7, 8, 2] = np.nan
    made = crappify(da.from_array(image, (1, 5, 30, 3)), "grey", seed=0)
    made.image[0].compute()
    with pytest.raises(InvalidImageError, match=r"1 NaN .* \(1, 7, 8, 2\)"):
        made.image.compute()


@pytest.mark.parametrize("finite", [True, False], ids=["some", "none"])
def test_what_is_not_finite_is_filled_as_in_numpy(finite):
    image = np.random.default_rng(0).random((2, 20, 30)).astype(np.float32)
    image[1, 7, 8:11] = np.nan, np.inf, -np.inf
    image = image if finite else np.full_like(image, np.nan)
    expected = crappify(image, "em-x4", seed=0, nonfinite="fill")
    made = crappify(da.from_array(image, (1, 5, 30)), "em-x4", seed=0, nonfinite="fill")
    np.testing.assert_array_equal(made.image.compute(), expected.image)


def test_bad_steps_sizes_and_unknown_shapes_are_refused_at_once():
    lazy = da.zeros((8, 20, 20), dtype=np.uint8, chunks=(1, 20, 20))
    with pytest.raises(InvalidParameterError, match="one size"):
        crappify(lazy, Crappifier((Sometimes(Reduce(2)),)), seed=1)
    with pytest.raises(InvalidParameterError, match="a step"):
        replay_steps(lazy, [["Jpeg"]] * 8)
    with pytest.raises(InvalidParameterError, match="8 planes"):
        replay_steps(lazy, [])
    with pytest.raises(InvalidImageError, match="known shape"):
        crappify(lazy[lazy[:, 0, 0] == 0])
