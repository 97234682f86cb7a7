"""Intensities map to [0, 1] and come back; what isn't finite is found."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import intensity
from napari_decrappify.errors import InvalidImageError, InvalidParameterError
from napari_decrappify.intensity import (
    SUPPORTED,
    Intensity,
    blocks,
    check_dtype,
    check_finite,
    fill_nonfinite,
    finite_bounds,
    measure,
)


@pytest.mark.parametrize("name", SUPPORTED)
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_dtype_comes_back(name, order, rng):
    dtype = np.dtype(name).newbyteorder(order)
    image = (rng.random((20, 20)) * 100).astype(dtype)
    chosen = measure(image, dtype)
    back = chosen.from_unit(chosen.to_unit(image))
    assert back.dtype == dtype
    np.testing.assert_allclose(
        back.astype(float), image.astype(float), atol=0 if dtype.kind in "ui" else 1e-1, rtol=1e-3
    )


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_every_value_of_a_small_integer_survives(dtype):
    limits = np.iinfo(dtype)
    image = np.arange(limits.min, limits.max + 1).astype(dtype)
    for normalize in ("full", "percentile"):
        chosen = measure(image, dtype, normalize)
        np.testing.assert_array_equal(chosen.from_unit(chosen.to_unit(image)), image)


def test_integers_are_rounded_and_clipped_and_floats_are_not():
    unit = np.array([-0.1, 0.4999, 1.1], np.float32)
    np.testing.assert_array_equal(Intensity(0, 255, np.dtype("uint8")).from_unit(unit), [0, 127, 255])
    np.testing.assert_allclose(Intensity(0, 10, np.dtype("float64")).from_unit(unit), [-1, 4.999, 11], rtol=1e-6)
    assert np.isfinite(Intensity(0, 60000, np.dtype("float16")).from_unit(np.float32([2.0])).astype(float)).all()


@pytest.mark.parametrize(
    ("dtype", "values", "normalize", "expected"),
    [
        ("uint8", [3, 9], "auto", (0, 255)),
        ("uint16", [3, 9], "full", (0, 65535)),
        ("int16", [3, 9], "full", (0, 32767)),
        ("int16", [-3, 9], "full", (-32768, 32767)),
        ("float32", [0.25, 0.5], "full", (0, 1)),
        ("float32", [0.25, 0.25], "auto", (0, 1)),
        ("float64", [-2, 6], "full", (-2, 6)),
        ("uint16", [7, 7], "percentile", (7, 14)),
        ("float32", [], "auto", (0, 1)),
    ],
)
def test_the_range_that_is_measured(dtype, values, normalize, expected):
    found = measure(np.array(values, dtype), dtype, normalize)
    assert (found.low, found.high) == expected


def test_percentiles_ignore_a_hot_pixel():
    image = np.arange(10000, dtype=np.uint16)
    image[0] = 65535
    found = measure(image, image.dtype)
    assert found.low < 20
    assert 9970 < found.high < 10010


def test_a_constant_image_of_any_size_of_number_has_a_range():
    for value in (0.0, 5.0, -1e30, 1e300):
        found = measure(np.full(4, value), np.float64)
        assert found.high > found.low
        assert np.isfinite(found.to_unit(np.full(4, value))).all()


def test_a_range_that_overflows_is_refused():
    with pytest.raises(InvalidImageError, match="float64"):
        measure(np.array([-1.7e308, 1.7e308]), np.float64, "full")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_range_that_is_given_counts_whatever_the_values_are(dtype):
    found = measure(np.array([3, 9], dtype), dtype, (100, 200))
    assert (found.low, found.high, found.dtype) == (100, 200, np.dtype(dtype))


@pytest.mark.parametrize("given", [(2, 2), (3, 1), (0, np.inf), (np.nan, 1)], ids=str)
def test_a_range_without_length_is_refused(given):
    with pytest.raises(InvalidParameterError, match="the low less than the high"):
        measure(np.zeros(1), np.float32, given)


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(InvalidParameterError, match="normalize"):
        measure(np.zeros(1), np.float32, "best")


@pytest.mark.parametrize("dtype", ["bool", "complex64", "object", "int64", "uint64", "S3", "datetime64[s]", "float128"])
def test_other_dtypes_are_refused(dtype):
    if not hasattr(np, "float128") and dtype == "float128":
        pytest.skip("no such dtype here")
    with pytest.raises(InvalidImageError, match="dtype"):
        check_dtype(dtype)


@pytest.mark.parametrize("size", [7, 100, 2**22])
def test_what_is_not_finite_is_counted_and_the_first_is_named(monkeypatch, size):
    image = np.zeros((4, 5, 6), np.float32)
    image[1, 2, 3], image[3, 0, 0], image[3, 4, 5] = np.nan, np.inf, -np.inf
    monkeypatch.setattr(intensity, "blocks", lambda shape: blocks(shape, size))
    with pytest.raises(InvalidImageError, match=r"3 NaN .* index \(1, 2, 3\)"):
        check_finite(image)
    with pytest.raises(InvalidImageError, match=r"index \(11, 2, 13\)"):
        check_finite(image, (10, 0, 10))
    assert finite_bounds(image) == (0, 0)
    check_finite(np.zeros((3, 3)))
    check_finite(np.zeros((3, 3), np.uint8))


@pytest.mark.parametrize("most", [1, 5, 1000])
def test_blocks_fill_an_array_in_order(most):
    shape = (3, 4, 5)
    order = np.arange(60).reshape(shape)
    pieces = [order[block] for block in blocks(shape, most)]
    assert all(piece.size <= most for piece in pieces)
    assert sum(piece.size for piece in pieces) == 60
    assert [piece.flat[0] for piece in pieces] == sorted(piece.flat[0] for piece in pieces)


def test_filling_uses_the_finite_bounds():
    image = np.array([[np.nan, 2.0], [np.inf, -np.inf], [5.0, 3.0]])
    np.testing.assert_array_equal(fill_nonfinite(image), [[2, 2], [5, 2], [5, 3]])
    np.testing.assert_array_equal(fill_nonfinite(image, (0, 9)), [[0, 2], [9, 0], [5, 3]])
    np.testing.assert_array_equal(fill_nonfinite(np.full((2, 2), np.nan)), np.zeros((2, 2)))
    whole = np.ones((2, 2))
    assert fill_nonfinite(whole) is whole


def photo(rng, shape=(64, 64)):
    """Return an image in [0, 1] that fills it, with few pixels at either end."""
    image = rng.beta(2, 3, shape)
    image.flat[:40:2], image.flat[1:40:2] = 0, 1
    return image


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.7, 1, 3000, 1e6])
@pytest.mark.parametrize("rgb", [False, True])
def test_the_unit_of_a_float_image_does_not_matter(dtype, scale, rgb, rng):
    if dtype == "float16" and not 1e-3 <= scale <= 3000:
        pytest.skip("float16 ends there")
    image = photo(rng)
    here, there = (measure(values, dtype, rgb=rgb) for values in (image, scale * image + 2 * scale))
    mapped = there.to_unit(scale * image + 2 * scale)
    np.testing.assert_allclose(here.to_unit(image), mapped, atol=1e-5)


def test_float_and_integer_counts_of_a_micrograph_have_one_range(rng):
    counts = (rng.gamma(0.3, 900, (64, 64)) + 100).astype(np.uint16)
    whole, real = (measure(counts, dtype) for dtype in (np.uint16, np.float32))
    assert (whole.low, whole.high) == (real.low, real.high)


def test_a_photo_as_floats_counts_as_its_bytes_do(rng):
    found = measure(photo(rng), np.float32, rgb=True)
    assert (found.low, found.high) == (0, 1)


def test_a_hot_pixel_does_not_stretch_the_range_of_a_float_photo(rng):
    image = photo(rng, (128, 128))
    image[0, 0] = 40
    assert measure(image, np.float32, rgb=True).high < 1.01


MISSING = [
    ("float32", -9999, (0, 430)),
    ("int16", -9999, (0, 430)),
    ("int16", -32768, (0, 4095)),
    ("int32", -(2**31), (-1000, 3000)),
    ("float32", -3.4e38, (0, 1)),
    ("float64", -1e30, (250, 300)),
    ("uint16", 65535, (100, 4095)),
]


@pytest.mark.parametrize("share", [0.005, 0.6])
@pytest.mark.parametrize(("dtype", "value", "span"), MISSING, ids=str)
def test_missing_data_are_recognised_and_said(dtype, value, span, share, rng):
    image = rng.uniform(*span, (64, 64)).astype(dtype)
    image.flat[: int(share * image.size)] = value
    with pytest.raises(InvalidImageError, match=r"dwarf the others") as refusal:
        measure(image, dtype)
    assert "normalize=(" in str(refusal.value)
    assert "nonfinite='fill'" in str(refusal.value)
    measure(image, dtype, span)


def test_a_single_value_a_million_ranges_away_is_no_hot_pixel(rng):
    image = photo(rng, (128, 128)).astype(np.float32)
    image[5, 5] = 3.4e38
    with pytest.raises(InvalidImageError, match="dwarf"):
        measure(image, np.float32)


@pytest.mark.parametrize(
    "drawn",
    [
        lambda rng: np.where(np.arange(4096) < 400, 1000, rng.normal(100, 10, 4096)),  # a bright square on noise
        lambda rng: np.where(np.arange(4096) < 400, 65535, 0),  # a mask
        lambda rng: np.where(np.arange(4096) < 2000, 0, rng.normal(30_000, 500, 4096)),  # black around
        lambda rng: np.where(np.arange(4096) < 3900, rng.poisson(5, 4096), rng.uniform(10, 65535, 4096)),  # spots
        lambda rng: np.where(np.arange(4096) < 2, 65535, rng.normal(300, 20, 4096)),  # hot pixels
    ],
)
@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
def test_what_images_really_hold_is_not_taken_for_missing_data(drawn, dtype, rng):
    found = measure(drawn(rng).astype(dtype), dtype)
    assert found.high > found.low


def test_float64_near_its_end_is_refused_and_far_from_it_is_finite():
    for image in (np.array([-1.7e308, 0, 1.7e308]), np.linspace(0, 1e308, 99)):
        for normalize in ("auto", "full", "percentile"):
            with pytest.raises(InvalidImageError, match="float64"):
                measure(image, np.float64, normalize)
    image = np.linspace(0, 1e307, 99)
    found = measure(image, np.float64)
    assert np.isfinite(found.from_unit(found.to_unit(image) * 2)).all()
    assert np.isfinite(Intensity(0, 1, np.dtype("float64")).to_unit(np.array([1e300, -1e300]))).all()
