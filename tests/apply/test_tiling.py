"""Tiles fill a plane exactly once, with the whole halo, and cost little."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from napari_decrappify.apply.engine.blending import Blender, Output
from napari_decrappify.apply.engine.tiling import (
    Box,
    Tiling,
    best_tile,
    cuts,
)
from napari_decrappify.errors import DeviceError

PLANES = [(1, 1), (5, 300), (64, 64), (97, 131)]


@pytest.mark.parametrize("yx", PLANES)
@pytest.mark.parametrize("multiple", [1, 4, 16])
def test_what_is_kept_fills_the_plane_exactly_once(yx, multiple):
    region = Box(0, yx[0], 0, yx[1])
    count = np.zeros(yx, int)
    for row in Tiling((32, 48), 10, 0, multiple).rows(yx, region):
        for tile in row:
            count[tile.keep.slices] += 1
            assert tile.read.y0 % multiple == tile.read.x0 % multiple == 0
            wanted = tile.keep.grown(10, yx)
            assert tile.read.y0 <= wanted.y0
            assert tile.read.y1 >= wanted.y1
            assert tile.read.x0 <= wanted.x0
            assert tile.read.x1 >= wanted.x1
            for side, end in ((tile.read.y1, yx[0]), (tile.read.x1, yx[1])):
                assert side == end or side % multiple == 0
    assert (count == 1).all()


def test_a_region_is_filled_and_nothing_else():
    region = Box(7, 60, 13, 90)
    count = np.zeros((64, 100), int)
    for row in Tiling((16, 16), 4, 0, 8).rows((64, 100), region):
        for tile in row:
            count[tile.keep.slices] += 1
    assert (count[region.slices] == 1).all()
    assert count.sum() == region.area


@pytest.mark.parametrize(("length", "most", "margin"), [(1000, 300, 24), (1000, 16, 48), (90, 100, 8), (1, 16, 0)])
def test_all_tiles_of_an_axis_read_as_much(length, most, margin):
    side, edges = cuts(0, length, most, margin, 8)
    assert side <= most + 2 * margin + 8
    assert edges == sorted(set(edges))
    spans = Tiling((most, most), margin, 0, 8)._spans(0, length, length, most)
    assert {-(-(span.read[1] - span.read[0]) // 8) * 8 for span in spans} == {side}


def test_every_tile_keeps_something_wherever_the_cuts_fall():
    rng = np.random.default_rng(3)
    for _ in range(500):
        multiple = int(rng.choice([1, 2, 8, 16, 24]))
        start, length, most, margin = (int(n) for n in rng.integers((0, 1, 1, 0), (40, 900, 200, 6)))
        side, edges = cuts(start, start + length, most, margin * multiple, multiple)
        assert (edges[0], edges[-1]) == (start, start + length)
        assert all(a < b and b - a <= side for a, b in itertools.pairwise(edges))
        assert all(cut % multiple == 0 for cut in edges[1:-1])


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("yx", PLANES)
def test_cross_faded_tiles_add_up_to_one_everywhere(yx, scale):
    region = Box(0, yx[0], 0, yx[1])
    tiling = Tiling((32, 32), 4, 8, 4)
    total = np.zeros((yx[0] * scale, yx[1] * scale), np.float32)
    seams = []

    def write(box, output):
        total[box.scaled(scale).slices] += output.image
        seams.append(output.mask.shape == box.shape and output.spread.shape == output.image.shape)

    blender = Blender(write, region, tiling.blend, scale)
    rows = list(tiling.rows(yx, region))
    for number, row in enumerate(rows):
        for tile in row:
            y, x = tile.keep.shape
            fine = np.ones((y * scale, x * scale), np.float32)
            blender.add(tile, Output(fine, np.ones((y, x), np.float32), fine))
        blender.finish(rows[number + 1][0].keep.y0 if number + 1 < len(rows) else yx[0])
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert all(seams)


def test_an_automatic_tile_costs_less_than_a_fifth_in_halos():
    yx, halo, pixels = (4000, 3000), 90, 3_000_000
    cost, (height, width) = best_tile(yx, halo, 16, pixels)
    assert cost <= 1.2 * yx[0] * yx[1]
    assert (height + 2 * 96) * (width + 2 * 96) <= pixels
    (row, *_rest) = Tiling((height, width), halo, 0, 16).rows(yx, Box(0, yx[0], 0, yx[1]))
    assert row[0].read.area * len(row) * (1 + len(_rest)) <= 1.01 * cost
    assert height % 16 == width % 16 == 0


def test_a_plane_that_fits_is_one_tile():
    assert best_tile((100, 50), 20, 1, 10_000)[1] == (100, 50)


def test_tiles_are_halved_down_to_a_floor():
    once = Tiling((128, 64), 8, 0, 16).halved()
    assert once.tile == (64, 32)
    smallest = once.halved()
    assert smallest.tile == (32, 32)
    with pytest.raises(DeviceError, match="memory for a tile"):
        smallest.halved()


@pytest.mark.parametrize("region", [Box(400, 900, 30, 1970), Box(0, 300, 1500, 1501), Box(711, 1999, 1003, 1500)])
def test_tiles_of_a_region_inside_read_no_more_than_those_of_a_plane(region):
    tiling, count = Tiling((320, 320), 90, 8, 16), np.zeros((2000, 2000), int)
    for row in tiling.rows(count.shape, region):
        for tile in row:
            assert max(tile.read.shape) <= 320 + 2 * 112
            assert tile.keep.area > 0
            count[tile.keep.slices] += 1
    assert (count[region.slices] >= 1).all()
    assert np.count_nonzero(count) == region.area
