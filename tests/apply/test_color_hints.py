"""Hints keep their colour, colours spread from them up to the edges of the luma, and luma stays as it is."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import colorize
from napari_decrappify.apply.colors.hints import cell_means, hints_on
from napari_decrappify.apply.colors.spreading import spread
from napari_decrappify.degrade.operations.tone import LUMA
from napari_decrappify.errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from napari_decrappify.planes import Layout

RED, TEAL = (190, 70, 60), (60, 140, 130)


@pytest.fixture
def tint(make_model):
    return make_model("tint", "colorize")


@pytest.fixture
def halves():
    """A dark half and a bright half, both with fine texture."""
    y, x = np.mgrid[:60, :90]
    return (np.where(x < 45, 100, 150) + 4 * np.sin(y) * np.cos(x)).astype(np.uint8)


def luma(image):
    return image[..., :3].astype(float) @ LUMA.astype(float)


def chroma(image):
    return image[..., :3].astype(float) - luma(image)[..., None]


def stroke(shape, color, place=np.s_[20:30, 10:30]):
    mask = np.zeros(shape, bool)
    mask[place] = True
    return np.full((*shape, 3), color, np.uint8), mask


def test_nothing_hinted_is_as_without_hints(tint, halves):
    colors, mask = stroke(halves.shape, RED)
    expected = colorize(halves, model=tint)
    np.testing.assert_array_equal(colorize(halves, (colors, mask & False), model=tint), expected)
    np.testing.assert_array_equal(colorize(halves, None, model=tint), expected)


@pytest.mark.parametrize("scale", [1, 5])
def test_strokes_keep_their_chroma_and_the_picture_its_luma(tint, halves, scale):
    image = np.kron(halves, np.ones((scale, scale), np.uint8))
    hints = stroke(image.shape, RED)
    result = colorize(image, hints, model=tint)
    assert np.abs(luma(result) - image).max() <= 0.5 + 1e-3
    wanted = np.array(RED) - np.array(RED) @ LUMA
    np.testing.assert_allclose(chroma(result)[hints[1]], np.broadcast_to(wanted, (hints[1].sum(), 3)), atol=1)


def test_a_colour_spreads_up_to_the_edge_and_the_model_colours_the_rest(tint, halves):
    plain, hinted = colorize(halves, model=tint), colorize(halves, stroke(halves.shape, RED), model=tint)
    wanted = np.array(RED) - np.array(RED) @ LUMA
    same_side, far_side = chroma(hinted)[50:58, 2:40], np.s_[:, 55:]
    assert np.abs(same_side - wanted).mean() < 12
    assert np.abs(chroma(plain)[far_side] - wanted).mean() > 40
    np.testing.assert_allclose(chroma(hinted)[far_side], chroma(plain)[far_side], atol=25)


def test_without_the_models_say_the_hints_colour_all(tint, halves):
    hints = stroke(halves.shape, RED)
    wanted = np.array(RED) - np.array(RED) @ LUMA
    np.testing.assert_allclose(chroma(colorize(halves, hints, model=tint, strength=0.0)) - wanted, 0, atol=1.5)


def test_two_strokes_share_the_picture_out(tint, halves):
    red, teal = stroke(halves.shape, RED), stroke(halves.shape, TEAL, np.s_[20:30, 60:80])
    both = np.where(teal[1][..., None], teal[0], red[0]), red[1] | teal[1]
    result = chroma(colorize(halves, both, model=tint))
    for part, color in ((result[:, :40], RED), (result[:, 50:], TEAL)):
        assert np.abs(part - (np.array(color) - np.array(color) @ LUMA)).mean() < 12


@pytest.mark.parametrize(("dtype", "high"), [("uint16", 4000), ("int16", 900), ("float32", 1), ("float64", 70)])
def test_hints_are_of_8_bits_whatever_the_image(tint, halves, dtype, high):
    image = (halves / 255 * high).astype(dtype)
    result = colorize(image, stroke(image.shape, RED), model=tint, normalize=(0, high))
    assert result.dtype == image.dtype
    wanted = (np.array(RED) - np.array(RED) @ LUMA) / 255 * high
    np.testing.assert_allclose(chroma(result)[25, 20], wanted, atol=1 if result.dtype.kind in "ui" else 1e-4 * high)


def test_colours_and_alpha_of_an_image_that_has_them(tint, rng, halves):
    image = np.concatenate([np.repeat(halves[..., None], 3, -1), rng.integers(0, 256, (60, 90, 1))], -1)
    image = image.astype(np.uint8)
    result = colorize(image, stroke(halves.shape, RED), model=tint)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    np.testing.assert_array_equal(result[..., :3], colorize(image[..., :3], stroke(halves.shape, RED), model=tint))


def test_hints_of_a_plane_hold_for_a_stack_and_those_of_a_stack_for_each_plane(tint, halves):
    stack = np.stack([halves, halves[::-1]])
    red, teal = (stroke(halves.shape, color) for color in (RED, TEAL))
    same = colorize(stack, red, model=tint)
    each = colorize(stack, tuple(np.stack(parts) for parts in zip(red, teal, strict=True)), model=tint)
    np.testing.assert_array_equal(same[1], colorize(stack[1], red, model=tint))
    np.testing.assert_array_equal(each[0], same[0])
    np.testing.assert_array_equal(each[1], colorize(stack[1], teal, model=tint))


@pytest.mark.parametrize("chunks", [(1, 40, 50), (2, 60, 90)])
def test_a_dask_array_gets_the_same_colours(tint, halves, chunks):
    stack = np.stack([halves, halves[::-1]])
    colors, mask = stroke(stack.shape, RED, np.s_[1, 20:30, 10:30])
    lazy = colorize(da.from_array(stack, chunks), (colors, mask), model=tint)
    np.testing.assert_array_equal(lazy.compute(), colorize(stack, (colors, mask), model=tint))


def test_a_pixel_can_be_hinted(tint):
    result = colorize(
        np.full((1, 1), 128, np.uint8), (np.full((1, 1, 3), RED, np.uint8), np.ones((1, 1), bool)), model=tint
    )
    np.testing.assert_allclose(chroma(result)[0, 0], np.array(RED) - np.array(RED) @ LUMA, atol=1)


BAD = {
    "one array": ((np.zeros((60, 90, 3), np.uint8),), InvalidParameterError, "a tuple|two NumPy arrays|hints"),
    "a mask of numbers": ((*stroke((60, 90), RED)[:1], np.ones((60, 90))), InvalidMaskError, "dtype bool"),
    "a mask of another size": (stroke((50, 90), RED), InvalidMaskError, r"\(60, 90\)"),
    "colours of floats": ((np.zeros((60, 90, 3)), np.ones((60, 90), bool)), InvalidImageError, "uint8"),
    "grey colours": ((np.zeros((60, 90), np.uint8), np.ones((60, 90), bool)), InvalidImageError, r"\(60, 90, 3\)"),
    "colours of a stack": ((np.zeros((2, 60, 90, 3), np.uint8), np.ones((60, 90), bool)), InvalidImageError, "shape"),
    "lazy": (tuple(map(da.from_array, stroke((60, 90), RED))), InvalidParameterError, "dask"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_hints_that_do_not_fit_are_refused(tint, halves, kind):
    hints, error, words = BAD[kind]
    with pytest.raises(error, match=words):
        colorize(halves, hints, model=tint)


@pytest.mark.parametrize("shape", [(7, 5), (6, 4)])
def test_means_of_cells_count_the_pixels_there_are(rng, shape):
    values = rng.random((*shape, 2), dtype=np.float32)
    means = cell_means(values, 3)
    np.testing.assert_allclose(means[-1, -1], values[3 * (means.shape[0] - 1) :, 3:].mean((0, 1)), atol=1e-6)
    np.testing.assert_allclose(means[0, 0], values[:3, :3].mean((0, 1)), atol=1e-6)


def test_reduced_hints_are_means_of_what_is_hinted_and_the_share_of_it():
    colors, mask = stroke((10, 11), RED, np.s_[:3, :2])
    hints = hints_on(Layout((10, 11), False), (colors, mask))
    wanted, share = hints.of(()).reduced(4)
    assert share.shape == (3, 3)
    assert share[0, 0] == pytest.approx(6 / 16)
    np.testing.assert_allclose(wanted[0, 0], (np.array(RED) - np.array(RED) @ LUMA) / 255, atol=1e-6)
    assert not share[1:].any()


def test_what_is_spread_is_least_squares(rng):
    """The gradient of the sum of squares is 0 at what is returned."""
    luma, wanted, weight = (rng.random(shape, np.float32) for shape in ((4, 5), (4, 5, 2), (4, 5)))
    luma *= 0.1

    def cost(values):
        total = (weight[..., None] * (values - wanted) ** 2).sum()
        for y, x in np.ndindex(4, 5):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if y + down < 4 and 0 <= x + right < 5:
                    alike = np.exp(-((luma[y, x] - luma[y + down, x + right]) ** 2) / (2 * 0.03**2)) + 1e-4
                    total += alike * ((values[y, x] - values[y + down, x + right]) ** 2).sum()
        return total

    found = spread(luma, weight, weight[..., None] * wanted).astype(float)
    least = cost(found)
    for _ in range(20):
        assert cost(found + 1e-3 * rng.standard_normal(found.shape)) > least
