"""Pixels that are hidden tell nothing of themselves, so that nets learn from what lies around them."""

import numpy as np
import pytest

from napari_decrappify.degrade import BlindPixels

LINES = ("nothing", "rows", "columns")


@pytest.fixture
def noise():
    return np.random.default_rng(0).random((61, 72)).astype(np.float32)


def hidden(plane, along, seed=0):
    operation = BlindPixels(4 if along == "nothing" else 8, along)
    values = operation.draw(np.random.default_rng(seed), plane.shape)
    return operation.apply(plane, values)


@pytest.mark.parametrize("along", LINES)
def test_no_hidden_pixel_shows_up_anywhere_in_the_input(noise, along):
    blind, mask = hidden(noise, along)
    other = noise.copy()
    other[mask] += 7
    again, _ = hidden(other, along)
    np.testing.assert_array_equal(again, blind)
    assert (blind[mask] != noise[mask]).all()


def test_one_pixel_of_each_square_takes_the_value_of_one_nearby(noise):
    blind, mask = hidden(noise, "nothing")
    np.testing.assert_array_equal(blind[~mask], noise[~mask])
    whole = mask[:60, :72].reshape(15, 4, 18, 4)
    assert (whole.sum((1, 3)) == 1).all()
    for y, x in zip(*np.nonzero(mask), strict=True):
        around = noise[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
        assert blind[y, x] in around


@pytest.mark.parametrize(("along", "axis"), [("rows", 1), ("columns", 0)])
def test_what_lies_on_the_line_of_a_hidden_pixel_is_hidden_too(noise, along, axis):
    blind, mask = hidden(noise, along)
    for away in range(-4, 5):
        moved = np.roll(mask, away, axis)
        edge = [slice(None), slice(None)]
        edge[axis] = slice(4, -4)
        inside = np.zeros_like(mask)
        inside[tuple(edge)] = True
        assert (blind != noise)[moved & inside].all()


def test_the_channels_of_a_pixel_are_hidden_together():
    colour = np.random.default_rng(1).random((40, 40, 3)).astype(np.float32)
    blind, mask = hidden(colour, "nothing")
    assert (blind != colour)[mask].all()
    assert not (blind != colour)[~mask].any()
