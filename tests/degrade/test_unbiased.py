"""Noise of science presets leaves the mean as it is: what learns to undo them keeps intensities."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import crappify
from napari_decrappify.degrade import PRESETS, Crappifier, SaltAndPepper
from napari_decrappify.degrade.operations.noise import GaussianNoise, LocalVarianceNoise, PoissonNoise
from napari_decrappify.degrade.replay import replay_plane

SHAPE = (513, 1024)  # each pixel of an even part is a draw, but for the first row
LEVELS = (0.08, 0.5, 1.0)  # dark, middle and bright, of the range
RANGES = {"uint8": (0, 255), "uint16": (100, 40_100), "int16": (-200, 3800), "float32": (0.0, 1e-3)}


def parts(level: float, dtype: str) -> tuple[np.ndarray, float]:
    """Return an even image of a level of the range, and that value; the first row shows black and white."""
    low, high = RANGES[dtype]
    value = np.asarray(low + level * (high - low)).astype(dtype)
    image = np.full(SHAPE, value)
    image[0, ::2], image[0, 1::2] = low, high
    return image, float(value) - low


def without_binning(name: str) -> Crappifier:
    """Return a preset but for its first step, which averages pixels: the test needs many of them."""
    return Crappifier(PRESETS[name].operations[1:])


@pytest.mark.parametrize("dtype", RANGES)
@pytest.mark.parametrize("name", ["em-x4", "fluorescence-x4"])
def test_the_mean_of_many_draws_is_the_clean_image_in_dark_middle_and_bright_parts(name: str, dtype: str) -> None:
    for level in LEVELS:
        image, clean = parts(level, dtype)
        normalize = "full" if dtype == "uint8" else "percentile"
        worse = crappify(image, without_binning(name), seed=3, normalize=normalize).image[1:]
        assert worse.std() > 0.04 * clean or (dtype == "uint8" and level == 1)
        assert worse.mean() - RANGES[dtype][0] == pytest.approx(clean, rel=5e-3)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_the_noise_of_the_samples_leaves_the_mean(dtype: str) -> None:
    for level in LEVELS:
        image, clean = parts(level, dtype)
        worse = crappify(image, "few-photons", seed=3, normalize="percentile").image[1:]
        assert worse.mean() - RANGES[dtype][0] == pytest.approx(clean, rel=5e-3)


def test_noise_on_black_goes_below_black_where_the_type_can_hold_it() -> None:
    black = np.zeros((64, 64), np.float32)
    black[0, 0] = 1
    for noise in (GaussianNoise((10, 10)), LocalVarianceNoise((0.1, 0.1))):
        worse = crappify(black + 0.05, Crappifier((noise,)), seed=0, normalize="full").image
        assert worse[1:].min() < -0.01


def test_noise_in_eight_bits_ends_at_black_and_white() -> None:
    noisy = crappify(np.full((64, 64), 3, np.uint8), Crappifier((GaussianNoise((20, 20)),)), seed=0).image
    assert (noisy == 0).mean() > 0.3
    assert noisy.dtype == np.uint8


def test_balanced_salt_is_as_rare_as_a_pixel_is_dark() -> None:
    plane = np.repeat(np.float32([[0.1], [0.9]]), 200_000, axis=1)
    values = {"salt": 0.05, "pepper": 0.05, "seed": 0, "balanced": True}
    dark, bright = SaltAndPepper.apply(plane, values)[0]
    assert (dark == 1).mean() == pytest.approx(0.01, rel=0.1)
    assert (dark == 0).mean() == pytest.approx(0.09, rel=0.1)
    assert (bright == 1).mean() == pytest.approx(0.09, rel=0.1)


@pytest.mark.parametrize(
    "values",
    [
        {"operation": "GaussianNoise", "values": {"sigma": 50.0, "grey": True, "seed": 1}},
        {"operation": "LocalVarianceNoise", "values": {"variance": 0.5, "sigma": 1.0, "seed": 1}},
        {"operation": "PoissonNoise", "values": {"photons": 2.0, "seed": 1}},
    ],
    ids=lambda step: step["operation"],
)
def test_records_from_before_noise_went_beyond_the_range_replay_as_they_were(values: dict[str, object]) -> None:
    plane = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64)
    unit = {"operation": "Unit", "values": {"low": 0.0, "high": 1.0}}
    worse, *_ = replay_plane(plane, [unit, values])
    assert (worse.min(), worse.max()) == (0, 1)


def test_poisson_counts_leave_the_mean_of_bright_parts() -> None:
    image, clean = parts(1.0, "float32")
    worse = crappify(image, Crappifier((PoissonNoise((10, 10)),)), seed=0, normalize="percentile").image[1:]
    assert worse.mean() == pytest.approx(clean, rel=1e-3)
