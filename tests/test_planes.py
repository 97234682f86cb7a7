"""The layout of an array: which axes are planes, which are colour, which share a range."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.errors import InvalidImageError, InvalidParameterError
from napari_decrappify.planes import layout_of


@pytest.mark.parametrize(
    ("shape", "rgb", "leading", "yx", "alpha"),
    [
        ((5, 3), False, (), (5, 3), False),
        ((5, 6, 3), True, (), (5, 6), False),
        ((5, 6, 4), True, (), (5, 6), True),
        ((7, 5, 6), False, (7,), (5, 6), False),
        ((2, 7, 5, 6, 3), True, (2, 7), (5, 6), False),
        ((2, 7, 5, 5), False, (2, 7), (5, 5), False),
    ],
)
def test_colour_is_seen_from_the_shape(shape, rgb, leading, yx, alpha):
    layout = layout_of(shape)
    assert (layout.rgb, layout.leading, layout.yx, layout.alpha) == (rgb, leading, yx, alpha)
    assert layout.colors == (3 if rgb else 1)
    image = np.zeros(shape)
    planes = list(layout.planes())
    assert len(planes) == int(np.prod(leading))
    assert all(image[plane].shape == (*yx, *shape[len(leading) + 2 :]) for plane in planes)


def test_what_the_caller_knows_comes_first():
    assert not layout_of((9, 8, 3), rgb=False).rgb
    assert not layout_of((3, 9, 3), channel_axis=0).rgb
    assert layout_of((2, 9, 8, 3), rgb=True, channel_axis=0).channel_axis == 0


def test_the_result_keeps_leading_axes_and_colour():
    assert layout_of((2, 5, 6, 4)).with_yx(10, 12) == (2, 10, 12, 4)
    assert layout_of((5, 6)).with_yx(1, 2) == (1, 2)


@pytest.mark.parametrize("shape", [(), (4,), (0, 4), (4, 0, 3), (4, 4, 1), (4, 4, 2), (4, 4, 5)])
def test_what_has_no_planes_is_refused(shape):
    with pytest.raises(InvalidImageError):
        layout_of(shape)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 5), (3, 4, 4, 1)])
def test_rgb_needs_three_or_four_channels(shape):
    with pytest.raises(InvalidImageError, match=r"RGB"):
        layout_of(shape, rgb=True)


@pytest.mark.parametrize(("axis", "found"), [(0, 0), (1, 1), (-4, 0), (-3, 1)])
def test_a_channel_axis_counts_from_either_end(axis, found):
    layout = layout_of((2, 3, 8, 9), channel_axis=axis)
    assert layout.channel_axis == found
    image = np.arange(2 * 3 * 8 * 9).reshape(2, 3, 8, 9)
    plane = (1, 2)
    channel = image[layout.stack_of(plane)]
    np.testing.assert_array_equal(channel, image.take(plane[found], found))


@pytest.mark.parametrize("axis", [2, 3, -1, -2, -5, 4])
def test_a_channel_axis_is_never_y_or_x(axis):
    with pytest.raises(InvalidParameterError, match="channel_axis"):
        layout_of((2, 3, 8, 9), channel_axis=axis)
