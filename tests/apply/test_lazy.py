"""A dask array gives a lazy dask array, equal to what NumPy gives."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pytest

from napari_decrappify.apply.tasks import remove_watermark, upscale
from napari_decrappify.errors import InvalidImageError, InvalidMaskError

SHAPES = {"grey": (150, 130), "rgb": (70, 150, 3), "rgba stack": (2, 60, 50, 4), "stack": (3, 2, 60, 50)}
CHUNKS = {"grey": (40, 33), "rgb": (70, 41, 1), "rgba stack": (2, 7, 50, 4), "stack": (2, 1, 60, 9)}


@pytest.fixture(params=SHAPES)
def pair(request, rng):
    """An image as NumPy and as dask array, in chunks smaller than a halo or not."""
    image = rng.integers(0, 256, SHAPES[request.param], dtype=np.uint8)
    return image, da.from_array(image, CHUNKS[request.param])


def test_upscaling_is_lazy_and_equal(tiny_upscaler, pair):
    image, lazy = pair
    result = upscale(lazy, model=tiny_upscaler, precision="fp32")
    assert isinstance(result, da.Array)
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(result.compute(), upscale(image, model=tiny_upscaler, precision="fp32"))


def test_removal_finds_the_same_damage(tiny_watermark, make_model, pair):
    image, lazy = pair
    model = make_model("blur", radius=5, multiple=4)
    expected, mask = remove_watermark(image, model=model, return_mask=True, dilate=3)
    result, used = remove_watermark(lazy, model=model, return_mask=True, dilate=3)
    assert result.shape == image.shape
    assert used.shape == mask.shape
    assert used.dtype == bool
    got, got_mask = dask.compute(result, used)
    np.testing.assert_array_equal(got_mask, mask)
    np.testing.assert_array_equal(got, expected)
    assert mask.any()
    assert not mask.all()


@pytest.mark.parametrize("lazily", [False, True])
def test_removal_under_a_mask_that_was_given(make_model, pair, rng, lazily):
    image, lazy = pair
    layout = image.shape[:-1] if image.shape[-1] in (3, 4) else image.shape
    mask = rng.random(layout[-2:]) < 0.3
    model = make_model("blur", multiple=4)
    given = da.from_array(mask, (20, 20)) if lazily else mask
    result, used = remove_watermark(lazy, given, model=model, return_mask=True)
    np.testing.assert_array_equal(result.compute(), remove_watermark(image, mask, model=model))
    np.testing.assert_array_equal(used.compute(), np.broadcast_to(mask, layout))


@pytest.mark.parametrize("normalize", ["auto", "percentile-per-plane"])
def test_ranges_are_those_of_the_whole_stack(tiny_upscaler, rng, normalize):
    image = (rng.random((3, 60, 60)) * np.array([10, 100, 1000])[:, None, None]).astype(np.float32)
    lazy = da.from_array(image, (1, 20, 60))
    for channel_axis in (None, 0):
        options = {"model": tiny_upscaler, "normalize": normalize, "channel_axis": channel_axis, "precision": "fp32"}
        np.testing.assert_allclose(upscale(lazy, **options).compute(), upscale(image, **options), atol=1e-2)


def test_nothing_is_computed_before_it_is_asked_for(tiny_upscaler):
    def never(block):
        raise AssertionError("computed")

    lazy = da.zeros((64, 64), np.uint8, chunks=32).map_blocks(never, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
    assert upscale(lazy, 4, model=tiny_upscaler).shape == (256, 256)


def test_nan_in_a_chunk_is_refused_with_its_index_in_the_whole_image(make_model, rng):
    image = rng.random((2, 100, 100))
    image[1, 77, 88] = np.nan
    lazy = upscale(da.from_array(image, (1, 32, 32)), model=make_model("nearest", "upscale"))
    with pytest.raises(InvalidImageError, match=r"\(1, 77, 88\)"):
        lazy.compute()


def test_bad_masks_and_unknown_shapes_are_refused(make_model, rng):
    lazy = da.from_array(rng.random((20, 20)), 10)
    with pytest.raises(InvalidMaskError):
        remove_watermark(lazy, np.ones((19, 20), bool), model=make_model("blur"))
    with pytest.raises(InvalidImageError, match="known shape"):
        upscale(lazy[lazy[:, 0] > 0.5])


def test_one_chunk_is_computed_from_its_neighbourhood_only(make_model):
    touched = []

    def note(block, block_id=None):
        touched.append(block_id)
        return block

    base = da.zeros((20, 512, 512), np.uint8, chunks=(1, 128, 128))
    lazy = upscale(
        base.map_blocks(note, dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8)),
        model=make_model("nearest", "upscale"),
    )
    lazy[7, :100, :100].compute()
    assert {block[0] for block in touched} == {7}
    assert len(touched) <= 4
