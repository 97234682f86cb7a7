"""A mark that many pictures share is found, solved, kept and taken off, without a model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_decrappify import load_mark, remove_watermark, replay, save_mark, solve_mark
from napari_decrappify.apply.marks.mark import SolvedMark
from napari_decrappify.errors import FileReadError, FileWriteError, InvalidImageError, InvalidParameterError
from napari_decrappify.files.png import png16
from napari_decrappify.provenance import record

SIDES = (64, 80)
BARS = np.zeros(SIDES, np.float32)
BARS[28:34, 12:68] = 0.5
BARS[12:50, 38:43] = 0.5


def scenes(count=10, seed=0):
    """Return pictures of different things, (N, Y, X, 3) uint8: smooth shades with steps in them."""
    rng = np.random.default_rng(seed)
    walks = rng.normal(size=(count, *SIDES, 3)).cumsum(1).cumsum(2)
    walks -= walks.min((1, 2, 3), keepdims=True)
    return np.uint8(30 + 190 * walks / walks.max((1, 2, 3), keepdims=True))


def under(pictures, strength, color):
    marked = pictures * (1 - strength[..., None]) + np.asarray(color, float) * strength[..., None]
    return np.uint8(np.rint(marked))


@pytest.fixture(scope="module")
def clean():
    return scenes()


@pytest.fixture(scope="module")
def marked(clean):
    return under(clean, BARS, (255, 255, 255))


@pytest.fixture(scope="module")
def solved(marked):
    return solve_mark(marked)


def error_in(result, clean, where):
    return np.abs(result.astype(float) - clean)[:, where].mean()


def test_a_white_mark_is_found_with_its_colour_and_opacity(solved):
    assert (solved.coverage > 0)[BARS > 0].mean() > 0.98
    assert (solved.coverage > 0)[BARS == 0].mean() < 0.02
    np.testing.assert_allclose(solved.color, 1, atol=0.02)
    assert np.median(solved.strength[BARS > 0]) == pytest.approx(0.5, abs=0.03)


def test_what_shone_through_comes_back_and_nothing_else_changes(clean, marked):
    result, used = remove_watermark(marked, shared=True, return_mask=True)
    assert error_in(marked, clean, BARS > 0) > 50
    assert error_in(result, clean, BARS > 0) < 4
    np.testing.assert_array_equal(result[~used], marked[~used])


def test_told_where_only_the_mask_changes(clean, marked):
    where = BARS > 0
    result = remove_watermark(marked, where, shared=True)
    assert error_in(result, clean, where) < 3
    np.testing.assert_array_equal(result[:, ~where], marked[:, ~where])


def test_dust_on_a_grey_stack_of_16_bits_is_a_factor(clean):
    light = clean.mean(-1) * 40
    dusty = np.uint16(light * (1 - 0.5 * BARS))
    mark = solve_mark(dusty, BARS > 0)
    assert mark.color.max() < 0.01
    result = remove_watermark(dusty, mark=mark)
    assert result.dtype == np.uint16
    assert error_in(result, light, BARS > 0) < error_in(dusty, light, BARS > 0) / 5


def test_pictures_without_a_common_mark_stay_as_they_are(clean):
    np.testing.assert_array_equal(remove_watermark(clean, shared=True), clean)


def test_a_scene_that_stands_still_is_refused(clean):
    noise = np.random.default_rng(1).normal(0, 2, (12, *SIDES))
    still = np.uint8(np.clip(clean[0].mean(-1) + 60 * (BARS > 0) + noise, 0, 255))
    with pytest.raises(InvalidImageError, match="pictures that differ"):
        solve_mark(still)


def test_too_few_pictures_are_refused(marked):
    with pytest.raises(InvalidImageError, match="at least 5 pictures"):
        remove_watermark(marked[:4], shared=True)


def test_a_mark_from_its_file_is_taken_off_a_single_picture(tmp_path, marked, solved):
    save_mark(tmp_path / "mark.png", solved)
    together = remove_watermark(marked, mark=solved)
    np.testing.assert_array_equal(remove_watermark(marked[3], mark=tmp_path / "mark.png"), together[3])


def test_a_dask_stack_gives_the_same_pixels(marked, solved):
    array = pytest.importorskip("dask.array")
    lazy = remove_watermark(array.from_array(marked, chunks=(3, 40, 50, 3)), mark=solved)
    np.testing.assert_array_equal(lazy.compute(), remove_watermark(marked, mark=solved))


def test_alpha_is_left_as_it_is(marked, solved):
    alpha = np.full((*marked.shape[:3], 1), 7, np.uint8)
    result = remove_watermark(np.concatenate([marked, alpha], -1), mark=solved)
    np.testing.assert_array_equal(result[..., :3], remove_watermark(marked, mark=solved))
    assert (result[..., 3] == 7).all()


def test_half_of_the_strength_goes_half_of_the_way(marked, solved):
    whole = remove_watermark(marked[0], mark=solved).astype(float)
    half = remove_watermark(marked[0], mark=solved, strength=0.5)
    np.testing.assert_allclose(half, (whole + marked[0]) / 2, atol=1)


@pytest.mark.parametrize("corner", [(7, 12), (-20, 30), (61, 75)])
@pytest.mark.parametrize("color", [(255, 255, 255), (0, 0, 0), (200, 40, 90)])
def test_a_mark_is_found_in_a_picture_of_another_size(corner, color):
    photo = np.concatenate([np.concatenate(scenes(4, seed)[:2], 1) for seed in (1, 2)])[:, :150]
    mark = SolvedMark(BARS / 0.5, np.float32(color) / 255, 0.5, 0.0)
    strength = np.zeros((200, 220), np.float32)
    strength[corner[0] + 36 : corner[0] + 100, corner[1] + 40 : corner[1] + 120] = BARS
    strength = strength[36 : 36 + photo.shape[0], 40 : 40 + photo.shape[1]]
    marked = under(photo, strength, color)
    np.testing.assert_array_equal(
        remove_watermark(marked, mark=mark), remove_watermark(marked, mark=mark, mark_offset=corner)
    )
    assert np.abs(remove_watermark(marked, mark=mark).astype(int) - photo).max() <= 2


def test_a_mark_of_two_colours_is_found_in_a_picture_of_another_size():
    photo = np.concatenate([np.concatenate(scenes(4, seed)[:2], 1) for seed in (1, 2)])
    outline = ndimage.binary_dilation(BARS > 0) & ~(BARS > 0)  # dark around light: on the mean they are nothing
    color = np.where(outline, 0.0, 1.0)[..., None].repeat(3, axis=-1).astype(np.float32)
    mark = SolvedMark(np.float32(outline | (BARS > 0)), color, 0.5, 0.0)
    part = np.s_[17 : 17 + SIDES[0], 33 : 33 + SIDES[1]]
    marked = photo.copy()
    marked[part] = np.uint8(
        np.rint(photo[part] * (1 - mark.strength[..., None]) + 127.5 * mark.coverage[..., None] * color)
    )
    asked = remove_watermark(marked, mark=mark)
    np.testing.assert_array_equal(asked, remove_watermark(marked, mark=mark, mark_offset=(17, 33)))
    assert np.abs(asked.astype(int) - photo).max() <= 2


def test_a_mark_that_lies_elsewhere_in_a_picture_of_its_size_is_found_if_asked_for(clean, solved):
    moved = under(clean, np.roll(BARS, (5, -3), (0, 1)), (255, 255, 255))
    asked = remove_watermark(moved, mark=solved, mark_offset="find")
    np.testing.assert_array_equal(asked, remove_watermark(moved, mark=solved, mark_offset=(5, -3)))
    done = record("remove_watermark", {"mark": solved, "mark_offset": (5, -3)})
    np.testing.assert_array_equal(replay(done, moved), asked)


def test_a_mark_that_is_not_in_the_picture_is_said_not_to_be(clean, solved):
    with pytest.raises(InvalidParameterError, match="an image in which the mark can be found"):
        remove_watermark(clean[0, :, 1:], mark=solved)


@pytest.mark.parametrize("offset", [(1,), (1.5, 2), "there", (70, 0)])
def test_an_offset_that_cannot_be_is_refused(marked, solved, offset):
    with pytest.raises(InvalidParameterError, match="mark"):
        remove_watermark(marked[0], mark=solved, mark_offset=offset)


def test_a_record_holds_the_mark(marked, solved):
    done = record("remove_watermark", {"mark": solved, "rgb": True})
    np.testing.assert_array_equal(replay(done, marked[0]), remove_watermark(marked[0], mark=solved))


@pytest.mark.parametrize("color", [np.float32([0.2, 0.4, 0.6]), np.float32([0.3]), np.full((*SIDES, 3), 0.25, "f4")])
def test_a_file_keeps_coverage_colour_and_opacity(tmp_path, color):
    mark = SolvedMark(BARS, color, 0.375, 0.01)
    save_mark(tmp_path / "mark.png", mark)
    back = load_mark(tmp_path / "mark.png")
    np.testing.assert_allclose(back.coverage, BARS, atol=1e-4)
    np.testing.assert_allclose(back.color, color, atol=1e-4)
    assert (back.color.shape, back.opacity, back.residual) == (color.shape, 0.375, 0.01)


def test_a_mark_is_a_png(tmp_path):
    with pytest.raises(FileWriteError, match=r"ends in \.png"):
        save_mark(tmp_path / "mark.tif", SolvedMark(BARS, np.ones(3, "f4"), 0.5, 0.0))


@pytest.mark.parametrize(
    "text",
    [b"{", b"[]", b'{"format": 2}', b'{"format": 1, "opacity": 2}', b'{"format": 1, "opacity": "much"}',
     b'{"format": 1, "channels": 900}', b'{"format": 1, "scale": -1}', b"[" * 100 + b"]" * 100],
)  # fmt: skip
def test_a_hostile_mark_is_a_typed_error(tmp_path, text):
    chunk = (b"iTXt", b"decrappify-mark\0\0\0\0\0" + text)
    (tmp_path / "mark.png").write_bytes(png16.encode(np.zeros((4, 4, 4), np.uint16), [chunk]))
    with pytest.raises(FileReadError):
        load_mark(tmp_path / "mark.png")


def test_a_picture_without_transparency_is_no_mark(tmp_path):
    (tmp_path / "mark.png").write_bytes(png16.encode(np.zeros((4, 4, 3), np.uint16)))
    with pytest.raises(FileReadError, match="with transparency"):
        load_mark(tmp_path / "mark.png")


def test_dust_that_sits_still_in_a_time_lapse_is_found_without_being_told_where():
    rng = np.random.default_rng(5)
    noise = [ndimage.gaussian_filter(rng.normal(size=(64, 400)), sigma) for sigma in (2, 6)]
    scene = 20000 + sum(6000 * part / part.std() for part in noise).clip(-15000, 30000)
    frames = np.stack([scene[:, 16 * t : 16 * t + 80] for t in range(20)])  # what is shown moves, the dust doesn't
    y, x = np.mgrid[:64, :80]
    dust = np.zeros((64, 80))
    for row, column, radius in ((15, 20, 4), (40, 60, 5), (50, 15, 3)):
        dust = np.maximum(dust, 0.5 * np.clip(radius + 0.5 - np.hypot(y - row, x - column), 0, 1))
    dusty = np.uint16(frames * (1 - dust))
    freed = remove_watermark(dusty, shared=True)
    assert error_in(freed, frames, dust > 0.1) < error_in(dusty, frames, dust > 0.1) / 4
    assert error_in(freed, frames, dust == 0) < 0.01 * frames.mean()


def test_a_label_a_hair_and_dust_are_taken_off_cells_that_move_slowly():
    rng, side = np.random.default_rng(5), 96
    fields = [ndimage.gaussian_filter(rng.normal(size=(side + 60, side + 60)), 5) for _ in range(2)]
    fields = [np.clip(field / field.std(), 0, 3) for field in fields]  # round bright things on a dark ground
    starts = [((2 * t, t), (55 - 2 * t, 2 * t)) for t in range(24)]  # they move against each other
    cells = np.stack(
        [
            1500 + 3500 * sum(f[y : y + side, x : x + side] for f, (y, x) in zip(fields, places, strict=True))
            for places in starts
        ]
    )
    frames = rng.poisson(cells / 50) * 50.0
    y, x = np.mgrid[:side, :side]
    dim = 0.5 * np.clip(6.5 - np.hypot(y - 60, x - 30), 0, 1)
    dim = np.maximum(dim, 0.5 * np.clip(2 - np.abs(y - 25 - 0.3 * x), 0, 1) * (x > 40) * (x < 80))
    label = (np.abs(y - 84) < 2) & (x > 55) & (x < 88)
    marked = frames * (1 - dim)
    marked[:, label] = 12000
    freed = remove_watermark(np.uint16(marked), shared=True)
    for there in (dim > 0.1, label):
        assert error_in(freed, frames, there) < error_in(np.uint16(marked), frames, there) / 3
    assert error_in(freed, frames, ~ndimage.binary_dilation((dim > 0) | label, iterations=3)) < 0.01 * frames.mean()
