"""How far a net sees, and where its input may be cut, is measured as it is."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from napari_decrappify.nets.receptive_field import measured, texture


def blurred(radius):
    """Return a net whose pixels are means of those so far away, down and across."""
    side = 2 * radius + 1
    return lambda x: F.avg_pool2d(x, side, 1, radius)


def from_above(x):
    """Take each pixel from 11 rows above."""
    return F.pad(x, (0, 0, 11, 0))[..., :-11, :]


def in_windows(side):
    """Return a net that answers by the mean of the window that a pixel is in."""
    return lambda x: F.interpolate(F.avg_pool2d(x, side, ceil_mode=True), scale_factor=side)[
        ..., : x.shape[2], : x.shape[3]
    ]


def by_the_mean(x):
    return x * x.mean((2, 3), keepdim=True)


@pytest.mark.parametrize("radius", [0, 1, 5, 26])
def test_the_halo_is_how_far_the_net_sees(radius):
    assert measured(blurred(radius)) == (radius, 1)


def test_one_that_looks_one_way_only_is_measured_too():
    assert measured(from_above) == (11, 1)


@pytest.mark.parametrize("side", [2, 4, 8, 32, 7, 12])
def test_windows_are_cut_where_they_begin(side):
    halo, multiple = measured(in_windows(side))
    assert multiple % side == 0
    assert halo is not None
    assert halo <= side


def test_what_sides_must_be_multiples_of_is_kept_to():
    def strict(x):
        assert x.shape[2] % 6 == 0
        assert x.shape[3] % 6 == 0
        return blurred(2)(x)

    assert measured(strict, multiple=6, minimum=48) == (2, 6)


def test_an_enlarged_picture_is_measured_in_pixels_before():
    assert measured(lambda x: F.interpolate(blurred(3)(x), scale_factor=4)) == (3, 1)


def from_afar(x):
    """Take each pixel from 300 rows above."""
    return x.roll(300, 2)


@pytest.mark.parametrize("net", [by_the_mean, from_afar])
def test_a_net_that_sees_everything_has_no_halo(net):
    assert measured(net).halo is None


def test_the_picture_has_all_values_and_holes_if_wanted():
    picture = texture((64, 96), True)
    assert picture.shape == (1, 4, 64, 96)
    assert 0 <= picture.min() < 0.2
    assert 0.8 < picture.max() <= 1
    assert set(picture[:, 3].unique().tolist()) == {0.0, 1.0}
    assert torch.equal(picture, texture((64, 96), True))
