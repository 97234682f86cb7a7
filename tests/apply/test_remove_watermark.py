"""Watermark removal changes what the mask says and nothing else."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify.apply.tasks import remove_watermark
from napari_decrappify.errors import InvalidMaskError, InvalidParameterError


@pytest.fixture
def blur(make_model):
    return make_model("blur", multiple=8)


@pytest.fixture
def image(rng):
    image = rng.integers(0, 200, (61, 83, 3), dtype=np.uint8)
    image[20:24, 30:50] = 255
    return image


def blurred(image, radius=3):
    padded = np.pad(image.astype(float), [(radius, radius), (radius, radius), (0, 0)], mode="edge")
    size = 2 * radius + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (0, 1))
    return np.rint(windows.mean((-1, -2)))


@pytest.mark.parametrize("tile", [16, 4096, None])
def test_unmasked_pixels_are_bit_identical_and_masked_ones_are_the_nets(blur, image, rng, tile):
    mask = rng.random(image.shape[:2]) < 0.2
    result, used = remove_watermark(image, mask, model=blur, tile=tile, return_mask=True)
    np.testing.assert_array_equal(used, mask)
    np.testing.assert_array_equal(result[~mask], image[~mask])
    inner = np.zeros_like(mask)
    inner[:56, :80] = True  # beyond: where the net pads to its multiple
    assert np.abs(result[mask & inner] - blurred(image)[mask & inner]).max() <= 1


def test_the_damage_that_is_found_is_grown_and_nothing_else_changes(blur, image):
    for tile in (16, 4096):
        result, used = remove_watermark(image, model=blur, dilate=2, return_mask=True, tile=tile)
        expected = np.zeros(image.shape[:2], bool)
        expected[18:26, 28:52] = True
        np.testing.assert_array_equal(used, expected)
        np.testing.assert_array_equal(result[~expected], image[~expected])
        assert (result[20:24, 30:50] != 255).any()


@pytest.mark.parametrize("tile", [16, None])
def test_a_guided_net_is_told_a_mask_that_is_given(make_model, image, rng, tile):
    told, mask = make_model("told"), rng.random(image.shape[:2]) < 0.2
    expected = np.where(mask[..., None], np.uint8(255), image)
    np.testing.assert_array_equal(remove_watermark(image, mask, model=told, tile=tile), expected)
    lazily = remove_watermark(da.from_array(image, chunks=(30, 40, 3)), mask, model=told, tile=tile)
    np.testing.assert_array_equal(lazily, expected)
    found = remove_watermark(image, model=told, dilate=0, tile=tile)
    assert (found[20:24, 30:50] == 0).all()


def test_an_image_without_damage_comes_back_as_it_is(blur, image):
    clean = np.minimum(image, 200)
    result, used = remove_watermark(clean, model=blur, return_mask=True)
    assert not used.any()
    assert result is not clean
    np.testing.assert_array_equal(result, clean)


def test_an_empty_mask_gives_a_copy(blur, image):
    result = remove_watermark(image, np.zeros(image.shape[:2], bool), model=blur)
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 19), (33, 2), (33, 50, 3), (1, 1, 4)])
def test_tiled_equals_untiled(tiny_watermark, rng, shape):
    image = rng.random(shape, dtype=np.float32)
    mask = np.ones(shape[:2], bool)
    whole, tiled = (remove_watermark(image, mask, model=tiny_watermark, precision="fp32", tile=t) for t in (512, 16))
    np.testing.assert_allclose(whole, tiled, atol=1e-5)


def test_alpha_is_bit_identical(blur, rng):
    image = rng.integers(0, 256, (2, 20, 30, 4), dtype=np.uint8)
    result = remove_watermark(image, np.ones((20, 30), bool), model=blur)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    assert (result[..., :3] != image[..., :3]).any()


def test_a_mask_is_broadcast_over_leading_axes(blur, rng):
    stack = rng.integers(0, 256, (2, 3, 20, 30), dtype=np.uint8)
    one = rng.random((20, 30)) < 0.5
    result, used = remove_watermark(stack, one, model=blur, return_mask=True)
    np.testing.assert_array_equal(used, np.broadcast_to(one, stack.shape))
    assert used.flags.writeable
    several = np.zeros((3, 20, 30), bool)
    several[1] = one
    np.testing.assert_array_equal(remove_watermark(stack, several, model=blur)[:, [0, 2]], stack[:, [0, 2]])
    np.testing.assert_array_equal(remove_watermark(stack, several, model=blur)[:, 1], result[:, 1])


def test_labels_count_as_a_mask(blur, image):
    labels = np.zeros(image.shape[:2], np.int32)
    labels[5:9, 5:9] = 7
    np.testing.assert_array_equal(
        remove_watermark(image, labels, model=blur), remove_watermark(image, labels > 0, model=blur)
    )


@pytest.mark.parametrize("shape", [(61, 82), (83, 61), (61,), (61, 83, 3), (2, 61, 83), (1, 1)])
def test_a_mask_of_another_shape_is_refused(blur, image, shape):
    with pytest.raises(InvalidMaskError, match=r"\(61, 83\)"):
        remove_watermark(image, np.ones(shape, bool), model=blur)


def test_a_mask_of_probabilities_is_refused(blur, image):
    with pytest.raises(InvalidMaskError, match="float"):
        remove_watermark(image, np.ones(image.shape[:2]), model=blur)


def test_a_net_that_finds_nothing_needs_a_mask(make_model, image):
    name = make_model("blur", name="no-mask", finds=False)
    with pytest.raises(InvalidParameterError, match="a mask"):
        remove_watermark(image, model=name)
    assert remove_watermark(image, np.ones(image.shape[:2], bool), model=name).shape == image.shape


def test_strength_nought_changes_nothing(blur, image):
    np.testing.assert_array_equal(
        remove_watermark(image, np.ones(image.shape[:2], bool), model=blur, strength=0.0), image
    )


def test_values_outside_the_usual_range_are_damage_where_masked(blur, rng):
    image = rng.integers(0, 1000, (64, 64)).astype(np.uint16)
    image[30, 30] = 65535
    mask = np.zeros((64, 64), bool)
    mask[30, 30] = True
    assert remove_watermark(image, mask, model=blur)[30, 30] < 1100


def test_only_tiles_under_the_mask_are_run(blur, image, monkeypatch):
    from napari_decrappify.apply.engine.runner import Runner

    runs = []
    original = Runner.run
    monkeypatch.setattr(Runner, "run", lambda self, *pieces: runs.append(1) or original(self, *pieces))
    mask = np.zeros(image.shape[:2], bool)
    mask[2, 2] = True
    remove_watermark(image, mask, model=blur, tile=16)
    assert len(runs) == 1
