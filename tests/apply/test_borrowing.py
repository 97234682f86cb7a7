"""Holes in a stack are filled from the planes beside them, where these know the place, and only there."""

from __future__ import annotations

import functools

import dask.array as da
import numpy as np
import pytest
from scipy import ndimage

from napari_decrappify import infill as infill_call
from napari_decrappify.apply.borrowing.surroundings import REACH
from napari_decrappify.errors import InvalidImageError, InvalidMaskError, InvalidParameterError

SHAPE = (64, 80)
TOP = 4000.0
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


@pytest.fixture
def infill(make_model):
    """Infill without texture, by a model that fills with the mean of what is around."""
    return functools.partial(infill_call, model=make_model("around", "infill"), device="cpu", texture=0.0)


def drifting(planes=7, pace=0.5, seed=0):
    """A smooth scene in [0.1, 0.9] that moves to the left by so many pixels a plane."""
    wide = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(SHAPE[0], 400)), 4, mode="wrap")
    wide = 0.1 + 0.8 * (wide - wide.min()) / np.ptp(wide)
    moved = (ndimage.shift(wide, (0, -pace * t), order=3, mode="grid-wrap") for t in range(planes))
    return np.stack([plane[:, : SHAPE[1]] for plane in moved])


def disk(y, x, radius):
    return 1 / (1 + np.exp(np.hypot(Y - y, X - x) - radius))


def sixteen_bit(stack):
    return np.rint(stack * TOP).astype(np.uint16)


def hole_in(plane, where, planes=7):
    mask = np.zeros((planes, *SHAPE), bool)
    mask[plane][where] = True
    return mask


def marred(stack, mask):
    """The stack with junk in its holes."""
    return np.where(mask, stack.dtype.type(0), stack)


def rmse(result, stack, mask):
    return np.sqrt(np.mean((result[mask].astype(float) - stack[mask]) ** 2))


BLOCK, SPECK, LINE = np.s_[24:42, 30:48], np.s_[20:25, 40:45], np.s_[33:34]


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("where", [BLOCK, SPECK, LINE], ids=["block", "speck", "dropped line"])
def test_what_neighbours_know_is_truer_than_the_plane_s_own_fill(infill, where, noise):
    clean = drifting()
    stack = sixteen_bit(clean + noise * np.random.default_rng(1).normal(size=clean.shape))
    mask = hole_in(3, where)
    junk = marred(stack, mask)
    borrowed, own = infill(junk, mask, along=0), infill(junk, mask)
    assert borrowed.dtype == stack.dtype
    np.testing.assert_array_equal(borrowed[~mask], stack[~mask])
    assert rmse(borrowed, clean * TOP, mask) < max(0.3 * rmse(own, clean * TOP, mask), 1.2 * noise * TOP)


def test_between_two_planes_it_is_interpolated_by_distance(infill):
    stack = sixteen_bit(np.linspace(0.2, 0.8, 7)[:, None, None] * (0.5 + drifting(1)))
    mask = hole_in(3, BLOCK) | hole_in(4, BLOCK)
    filled = infill(marred(stack, mask), mask, along=0)
    assert rmse(filled, stack, mask) < 0.005 * TOP


def test_a_frame_that_is_all_hole_is_interpolated(infill):
    stack = sixteen_bit(drifting())
    mask = hole_in(3, np.s_[:])
    filled = infill(marred(stack, mask), mask, along=0)
    assert rmse(filled, stack, mask) < 0.01 * TOP
    half = (stack[2].astype(float) + stack[4]) / 2
    np.testing.assert_allclose(filled[3], half, atol=1)
    with pytest.raises(InvalidMaskError, match=r"plane \(3,\)"):
        infill(stack, mask)


def test_frames_at_the_end_are_those_beside_them(infill):
    stack = sixteen_bit(drifting())
    mask = hole_in(0, np.s_[:]) | hole_in(1, np.s_[:])
    filled = infill(marred(stack, mask), mask, along=0)
    np.testing.assert_array_equal(filled[:2], stack[[2, 2]])


def test_nothing_is_borrowed_from_further_away_than_the_reach(infill):
    planes = REACH + 2
    stack = sixteen_bit(drifting(planes, pace=0))
    mask = np.zeros(stack.shape, bool)
    mask[: REACH + 1][(slice(None), *BLOCK)] = True
    filled, own = infill(marred(stack, mask), mask, along=0), infill(marred(stack, mask), mask)
    np.testing.assert_array_equal(filled[0], own[0])
    np.testing.assert_allclose(filled[1][BLOCK], stack[1][BLOCK], atol=2)
    whole = np.zeros(stack.shape, bool)
    whole[: REACH + 1] = True
    with pytest.raises(InvalidMaskError, match=r"plane \(0,\)"):
        infill(stack, whole, along=0)


def test_bleaching_and_flicker_leave_no_rim(infill):
    gain, offset = np.random.default_rng(2).uniform((0.5, -0.1), (1.0, 0.1), (7, 2)).T
    stack = sixteen_bit(0.2 + gain[:, None, None] * drifting() + offset[:, None, None])
    mask = hole_in(3, BLOCK)
    filled = infill(marred(stack, mask), mask, along=0)
    assert rmse(filled, stack, mask) < 0.01 * TOP
    rim = mask[3] & ~ndimage.binary_erosion(mask[3])
    assert rmse(filled[3], stack[3], rim) < 0.01 * TOP


def test_a_lamp_that_moves_leaves_no_rim(infill):
    lamps = np.stack([0.5 + 0.1 * t * X / SHAPE[1] for t in range(7)])
    stack = sixteen_bit(drifting(pace=0) * lamps)
    mask = hole_in(6, BLOCK)
    filled = infill(marred(stack, mask), mask, along=0)
    assert rmse(filled, stack, mask) < 0.015 * TOP


def test_a_static_speck_is_filled_by_its_plane(infill):
    stack = sixteen_bit(drifting())
    mask = np.broadcast_to(hole_in(0, SPECK)[0], stack.shape)
    junk = marred(stack, mask)
    np.testing.assert_array_equal(infill(junk, mask, along=0), infill(junk, mask))


def test_a_static_speck_sees_what_was_borrowed_around_it(infill):
    stack = sixteen_bit(drifting())
    speck = np.broadcast_to(hole_in(0, SPECK)[0], stack.shape)
    mask = speck | hole_in(3, np.s_[:])
    filled = infill(marred(stack, mask), mask, along=0)
    assert rmse(filled, stack, speck & mask) < 0.15 * TOP
    assert filled[3][SPECK].min() > 0


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_scene_that_moves_too_far_lends_nothing(infill, noise):
    clean = drifting(pace=37)
    stack = sixteen_bit(clean + noise * np.random.default_rng(1).normal(size=clean.shape))
    mask = hole_in(3, BLOCK)
    junk = marred(stack, mask)
    np.testing.assert_array_equal(infill(junk, mask, along=0), infill(junk, mask))


@pytest.mark.parametrize(("pace", "radius"), [(8, 8), (20, 10)], ids=["through", "past"])
def test_a_moving_object_is_not_borrowed(infill, pace, radius):
    still = 0.2 + 0.2 * drifting(1)
    stack = sixteen_bit(np.stack([still[0] + 0.5 * disk(33, 39 + pace * (t - 3), radius) for t in range(7)]))
    mask = hole_in(3, BLOCK)
    junk = marred(stack, mask)
    np.testing.assert_array_equal(infill(junk, mask, along=0), infill(junk, mask))


def test_what_moved_within_the_hole_leaves_no_ghosts(infill):
    """Nothing beside the hole tells of it: the two sides disagree inside."""
    still = drifting(1) / 4
    stack = sixteen_bit(np.stack([still[0] + 0.5 * disk(33, 39 + 5 * (t - 3), 2) for t in range(7)]))
    mask = hole_in(3, BLOCK)
    junk = marred(stack, mask)
    np.testing.assert_array_equal(infill(junk, mask, along=0), infill(junk, mask))


def test_an_object_that_stands_still_in_the_hole_is_seen_by_neighbours(infill):
    still = drifting(1) / 4
    stack = sixteen_bit(np.broadcast_to(still + 0.5 * disk(33, 39, 5), (7, *SHAPE)))
    mask = hole_in(3, BLOCK)
    assert rmse(infill(marred(stack, mask), mask, along=0), stack, mask) < 0.005 * TOP


def test_of_a_dropped_line_what_stands_still_is_borrowed_and_what_moves_is_not(infill):
    left = X < 40
    stack = sixteen_bit(np.where(left, drifting(pace=0), drifting(pace=37, seed=1)))
    mask = hole_in(3, np.s_[30:36])
    junk = marred(stack, mask)
    borrowed, own = infill(junk, mask, along=0), infill(junk, mask)
    assert rmse(borrowed, stack, mask & (X < 24)) < 0.01 * TOP
    np.testing.assert_array_equal(borrowed[3][:, 60:], own[3][:, 60:])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_every_dtype_keeps_its_range(infill, dtype):
    stack = (drifting() * 200 - (100 if dtype == "int16" else 0)).astype(dtype)
    mask = hole_in(3, BLOCK)
    filled = infill(marred(stack, mask), mask, along=0)
    assert filled.dtype == stack.dtype
    np.testing.assert_array_equal(filled[~mask], stack[~mask])
    assert rmse(filled, stack, mask) < 2


def test_channels_and_colours_borrow_from_their_own_planes(infill):
    dim, bright = sixteen_bit(drifting() / 50), sixteen_bit(drifting(seed=3))
    mask = hole_in(3, BLOCK)
    channels = infill(marred(np.stack([dim, bright], 1), mask[:, None]), mask[:, None], channel_axis=1, along=0)
    for filled, stack in zip(np.moveaxis(channels, 1, 0), (dim, bright), strict=True):
        assert rmse(filled, stack, mask) < 0.01 * stack.mean() + 1
    colors = np.stack([drifting(seed=seed) * 255 for seed in (3, 4, 5)], -1).astype(np.uint8)
    filled = infill(marred(colors, mask[..., None]), mask, along=-4)
    assert rmse(filled, colors, mask) < 3


def test_alpha_is_kept_and_what_it_hides_is_not_borrowed(infill):
    stack = np.repeat((drifting() * 255).astype(np.uint8)[..., None], 4, -1)
    stack[..., 3] = 255
    stack[2, ..., 3][BLOCK] = 0
    junk = stack.copy()
    junk[2, ..., :3][BLOCK] = 77
    mask = hole_in(3, BLOCK)
    filled = infill(junk, mask, along=0)
    np.testing.assert_array_equal(filled[..., 3], junk[..., 3])
    assert rmse(filled[..., :3], stack[..., :3], mask) < 8


@pytest.mark.parametrize("lazily", [False, True])
def test_a_frame_of_which_nothing_is_known_has_the_range_of_its_neighbours(infill, lazily):
    """Where ranges are measured plane by plane; what is left of it is filled by the model."""
    stack = sixteen_bit(drifting(pace=0))
    mask = hole_in(3, np.s_[:]) | np.broadcast_to(hole_in(0, SPECK)[0], stack.shape)
    junk = marred(stack, mask)
    given = da.from_array(junk, chunks=(2, -1, -1)) if lazily else junk
    filled = np.asarray(infill(given, mask, along=0, normalize="percentile-per-plane"))
    np.testing.assert_allclose(filled[3], filled[2], atol=0.02 * TOP)
    np.testing.assert_array_equal(filled, np.asarray(infill(junk, mask, along=0, normalize="percentile-per-plane")))


def test_nan_is_borrowed_from_nowhere(infill):
    stack = drifting().astype(np.float32)
    mask = hole_in(3, BLOCK)
    junk = np.where(mask, np.nan, stack)
    assert rmse(infill(junk, mask, along=0), stack, mask) < 0.02
    junk[2][SPECK] = np.nan
    with pytest.raises(InvalidImageError, match=r"\(2, 20, 40\)"):
        infill(junk, mask, along=0)
    filled = infill(junk, mask, along=0, nonfinite="fill")
    assert np.isnan(filled[2][SPECK]).all()
    assert rmse(filled, stack, mask) < 0.05


@pytest.mark.parametrize(("planes", "colors"), [(1, ()), (3, (4,)), (11, ())], ids=["1", "3 in colour", "all at once"])
def test_a_dask_array_gets_the_same_pixels(infill, colors, planes):
    stack = sixteen_bit(drifting(11) + 0.01 * np.random.default_rng(1).normal(size=(11, *SHAPE)))
    mask = np.zeros(stack.shape, bool)
    mask[4] = mask[6][BLOCK] = mask[:, 5:9, 5:9] = mask[10][LINE] = True
    image = np.repeat(stack[..., None], *colors, -1) if colors else stack
    options = {"along": 0, "rgb": bool(colors)}
    lazy = infill(da.from_array(image, chunks=(planes, 40, 50, *colors)), mask, **options)
    assert isinstance(lazy, da.Array)
    assert (lazy.dtype, lazy.shape) == (image.dtype, image.shape)
    np.testing.assert_array_equal(lazy.compute(), infill(image, mask, **options))


def test_one_lazy_plane_needs_only_those_within_reach(infill):
    touched = set()

    def note(block, block_id):
        touched.add(block_id[0])
        return block

    stack = da.from_array(sixteen_bit(drifting(40)), chunks=(1, -1, -1))
    noted = stack.map_blocks(note, dtype=stack.dtype, meta=np.empty((0, 0, 0), np.uint16))
    lazy = infill(noted, hole_in(20, BLOCK, 40), along=0, normalize=(0.0, TOP))
    touched.clear()
    lazy[20].compute()
    assert touched <= set(range(20 - 2 * REACH, 21 + 2 * REACH))


def test_nan_outside_the_holes_of_a_lazy_stack_is_refused_with_its_index(infill):
    stack = drifting(11).astype(np.float32)
    stack[9, 50, 60] = np.nan
    lazy = infill(da.from_array(stack, chunks=(2, -1, -1)), hole_in(8, BLOCK, 11), along=0)
    with pytest.raises(InvalidImageError, match=r"\(9, 50, 60\)"):
        lazy.compute()


def test_texture_comes_where_nothing_was_borrowed(infill):
    stack = sixteen_bit(drifting(2, pace=0) + 0.02 * np.random.default_rng(1).normal(size=(2, *SHAPE)))
    speck = np.broadcast_to(hole_in(0, SPECK)[0], stack.shape)
    mask = speck | hole_in(1, np.s_[50:60, 10:20], 2)
    junk = marred(stack, mask)
    smooth, textured = infill(junk, mask, along=0), infill(junk, mask, along=0, texture=1.0)
    np.testing.assert_array_equal(textured[mask & ~speck], smooth[mask & ~speck])
    assert (textured[speck] != smooth[speck]).any()


def test_a_job_tells_whose_neighbours_it_looks_at(infill):
    notes = []
    stack = sixteen_bit(drifting(3))
    infill(stack, hole_in(1, BLOCK, 3), along=0, progress=lambda step: notes.append(step.note))
    assert "plane 2 of 3, neighbours of hole 1 of 1" in notes


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        (SHAPE, {"along": 0}, "along to be one of the 0 axes before Y and X"),
        ((3, *SHAPE), {"along": 1}, "along=1 for 3 axes"),
        ((3, *SHAPE), {"along": -4}, "along=-4 for 3 axes"),
        ((3, *SHAPE), {"along": 0, "channel_axis": 0}, "another axis than channel_axis"),
        ((3, *SHAPE), {"along": "z"}, "along to be of type"),
    ],
)
def test_an_axis_that_has_no_neighbours_is_refused(infill, shape, options, message):
    with pytest.raises(InvalidParameterError, match=message):
        infill(np.zeros(shape, np.uint8), np.zeros(shape, bool), **options)
