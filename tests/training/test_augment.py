"""Augmentation: the ranges that are published, one resampling, no invented border."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from napari_decrappify.training.data.augment import (
    CORNERS,
    Change,
    draw_change,
    fitted_centre,
    lit,
    moved,
)
from napari_decrappify.training.data.patches import Place
from napari_decrappify.training.data.pictures import ArrayPictures
from napari_decrappify.training.recipes.data import AugmentConfig

ALWAYS = {"affine_probability": 1, "lighting_probability": 1}


def drawn(count: int = 200, **options: float) -> list[Change]:
    config = AugmentConfig.model_validate(options)
    return [draw_change(config, np.random.default_rng(seed)) for seed in range(count)]


def ends(change: Change) -> np.ndarray:
    """Where the corners of the patch come from, in half sides."""
    assert change.matrix is not None
    homogeneous = np.column_stack([CORNERS, np.ones(4)]) @ change.matrix.T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def test_nothing_is_drawn_when_all_is_off() -> None:
    rng = np.random.default_rng(3)
    assert draw_change(AugmentConfig(), rng) == Change()
    assert rng.random() == np.random.default_rng(3).random()


def test_rotation_reaches_both_ways_and_keeps_lengths() -> None:
    moves = [ends(change) for change in drawn(rotate=10, **ALWAYS)]
    assert np.allclose([np.linalg.norm(corners, axis=1) for corners in moves], math.sqrt(2))
    angles = [math.degrees(math.atan2(*corners[3][::-1])) - 45 for corners in moves]
    assert -10 <= min(angles) < -9
    assert 9 < max(angles) <= 10


def test_zoom_enlarges_up_to_its_limit_and_stays_in_the_square() -> None:
    moves = np.array([ends(change) for change in drawn(zoom=2, **ALWAYS)])
    widths = moves[:, 1, 0] - moves[:, 0, 0]
    assert 1 <= widths.min() < 1.02
    assert 1.98 < widths.max() <= 2
    assert np.abs(moves).max() <= 1 + 1e-12


def test_warp_stretches_each_edge_symmetrically() -> None:
    moves = np.array([ends(change) for change in drawn(warp=0.2, **ALWAYS)])
    assert np.allclose(moves[:, 0, 0], -moves[:, 1, 0])
    assert np.allclose(moves[:, 0, 1], -moves[:, 2, 1])
    assert 0.8 <= np.abs(moves).min() < 0.81
    assert 1.19 < np.abs(moves).max() <= 1.2


def test_each_part_is_drawn_as_often_as_its_probability_says() -> None:
    shares = [np.mean([change.matrix is not None for change in drawn(1000, rotate=10)])]
    shares += [np.mean([change.brightness != 0 for change in drawn(1000, lighting=0.2)])]
    shares += [np.mean([change.contrast != 1 for change in drawn(1000, lighting=0.2)])]
    assert np.abs(np.array(shares) - 0.75).max() < 0.05


def test_lighting_is_that_of_logits() -> None:
    changes = drawn(lighting=0.2, **ALWAYS)
    assert max(change.contrast for change in changes) <= 1.25
    assert min(change.contrast for change in changes) >= 0.8
    grey = [float(lit(np.full((1, 1, 3), 0.5, np.float32), Change(None, c.brightness))[0, 0, 0]) for c in changes]
    assert 0.4 <= min(grey) < 0.41
    assert 0.59 < max(grey) <= 0.6
    value = lit(np.full((1, 1, 3), 0.2, np.float32), Change(None, 0.3, 1.2))[0, 0, 0]
    assert value == pytest.approx(1 / (1 + math.exp(-1.2 * (math.log(0.2 / 0.8) + 0.3))), abs=1e-6)


def test_lighting_treats_eight_bits_as_the_same_values_in_float() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, -1)
    change = Change(None, -0.2, 0.9)
    assert lit(levels, change).dtype == np.uint8
    assert np.abs(lit(levels, change) / 255 - lit((levels / 255).astype(np.float32), change)).max() <= 0.5 / 255 + 1e-6
    assert lit(levels, Change()) is levels


@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_a_patch_is_resampled_where_an_independent_spline_puts_it(kind: str) -> None:
    y, x = np.mgrid[:80, :90]
    smooth = 0.5 + 0.3 * np.sin(y / 7)[..., None] * np.cos(x / 9 + np.array([0, 1, 2])[:, None, None]).transpose(
        1, 2, 0
    )
    smooth = (smooth - smooth.min()) / np.ptp(smooth)  # so that its own range is that of the patch
    picture = (smooth * 255).round().astype(np.uint8) if kind == "uint8" else smooth.astype(np.float32)
    matrix = drawn(1, rotate=10, zoom=2, warp=0.2, **ALWAYS)[0].matrix
    assert matrix is not None
    centre = fitted_centre(matrix, Place(0, 20, 25, 32), (80, 90))
    patch = moved(matrix, ArrayPictures([picture]), 0, centre, 32)
    grid = (np.arange(32) + 0.5) / 16 - 1
    across, down = np.meshgrid(grid, grid)
    u, v, w = np.einsum("ij,jyx->iyx", matrix, np.stack([across, down, np.ones((32, 32))]))
    places = np.stack([centre[0] + 16 * v / w - 0.5, centre[1] + 16 * u / w - 0.5])
    expected = np.stack([map_coordinates(picture[..., c].astype(float), places, order=3) for c in range(3)], -1)
    assert patch.dtype == picture.dtype
    assert np.abs(patch - expected).max() < (1.5 if kind == "uint8" else 2e-3)


def test_the_identity_returns_the_pixels_themselves() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    place = Place(0, 5, 9, 20)
    centre = fitted_centre(np.eye(3), place, (40, 40))
    patch = moved(np.eye(3), ArrayPictures([picture]), 0, centre, 20)
    assert np.array_equal(patch, picture[5:25, 9:29])


def test_no_border_is_invented_where_the_picture_allows() -> None:
    for change in drawn(100, rotate=30, warp=0.2, **ALWAYS):
        assert change.matrix is not None
        for corner in (0, 68):
            y, x = fitted_centre(change.matrix, Place(0, corner, corner, 32), (100, 100))
            reached = ends(change) * 16 + [x, y]
            assert reached.min() > -1e-9
            assert reached.max() < 100 + 1e-9


def test_a_picture_that_is_too_small_is_seen_from_its_middle() -> None:
    rotation = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    assert fitted_centre(rotation, Place(0, 3, 0, 32), (35, 33)) == pytest.approx((17.5, 16.5))
    patch = moved(rotation, ArrayPictures([np.full((35, 33), 9, np.uint8)]), 0, (17.5, 16.5), 32)
    assert np.array_equal(patch, np.full((32, 32, 3), 9))
