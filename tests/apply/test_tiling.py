"""Tiles fill a plane exactly once, with the whole halo, and cost little."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.apply.blending import Blender
from napari_decrappify.apply.tiling import Box, Tiling, best_tile, cuts
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


def test_cuts_share_an_axis_out_evenly():
    lengths = np.diff(cuts(0, 1000, 300, 8))
    assert len(lengths) == 4
    assert max(lengths) <= 300
    assert max(lengths) - min(lengths) <= 8


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("yx", PLANES)
def test_cross_faded_tiles_add_up_to_one_everywhere(yx, scale):
    region = Box(0, yx[0], 0, yx[1])
    tiling = Tiling((32, 32), 4, 8, 4)
    total = np.zeros((yx[0] * scale, yx[1] * scale), np.float32)
    seams = []

    def write(box, image, mask):
        total[box.scaled(scale).slices] += image
        seams.append(mask.shape == box.shape)

    blender = Blender(write, region, tiling.blend, scale)
    rows = list(tiling.rows(yx, region))
    for number, row in enumerate(rows):
        for tile in row:
            y, x = tile.keep.shape
            blender.add(tile, np.ones((y * scale, x * scale), np.float32), np.ones((y, x), np.float32))
        blender.finish(rows[number + 1][0].keep.y0 if number + 1 < len(rows) else yx[0])
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert all(seams)


def test_an_automatic_tile_costs_less_than_a_fifth_in_halos():
    yx, halo, pixels = (4000, 3000), 90, 3_000_000
    cost, (height, width) = best_tile(yx, halo, 16, pixels)
    assert cost <= 1.2 * yx[0] * yx[1]
    assert (min(height + 2 * 96, yx[0])) * (min(width + 2 * 96, yx[1])) <= pixels
    assert height % 16 == width % 16 == 0


def test_a_plane_that_fits_is_one_tile():
    assert best_tile((100, 50), 20, 1, 10_000)[1] == (100, 50)


def test_tiles_are_halved_down_to_a_floor():
    tiling = Tiling((256, 64), 8, 0, 16)
    sizes = []
    with pytest.raises(DeviceError, match="memory for a tile"):
        while True:
            tiling = tiling.halved()
            sizes.append(tiling.tile)
    assert sizes == [(128, 32), (64, 32), (32, 32)]
