"""A part that is shown for a larger region is treated as it is there: the preview of 16 bits looks as the run does."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_decrappify.layers import whole
from napari_decrappify.models import load_model
from napari_decrappify.on_layers import (
    Region,
    infill_layer,
    replay_layer,
    restore_layer,
)

PART = ((16, 80), (16, 80))
ALIKE = {"device": "cpu", "precision": "fp32", "tile": 128}


def values(shape=(96, 96), dtype=np.uint16):
    """Dim in the middle, bright around it, and in each plane twice as bright as in the one before."""
    made = np.random.default_rng(0).uniform(300, 900, shape)
    made[..., :8, :] *= 5
    for number, plane in enumerate(made.reshape(-1, *shape[-2:])):
        plane *= 2**number
    return made.astype(dtype)


def part_of(layer, plane=(), within=None):
    ends = (*((n, n + 1) for n in plane), *PART)
    return Region(ends, whole(layer) if within is None else within)


def inner(data, margin):
    return np.asarray(data)[..., margin:-margin, margin:-margin]


@pytest.mark.parametrize(
    ("shape", "plane", "keywords"),
    [
        ((96, 96), (), {}),
        ((3, 96, 96), (1,), {}),
        ((3, 96, 96), (1,), {"normalize": "percentile-per-plane"}),
        ((2, 2, 96, 96), (1, 0), {"channel_axis": 1}),
        ((96, 96), (), {"normalize": "full"}),
    ],
    ids=["2-D", "stack", "per plane", "channels", "full range"],
)
@pytest.mark.parametrize("wrap", [np.asarray, da.from_array], ids=["numpy", "dask"])
def test_a_part_has_the_pixels_that_the_whole_has_there(tiny_restorer, shape, plane, keywords, wrap):
    layer = Image(wrap(values(shape)), name="cells")
    part = restore_layer(layer, region=part_of(layer, plane), model=tiny_restorer, **ALIKE, **keywords)
    run = restore_layer(layer, model=tiny_restorer, **ALIKE, **keywords)
    margin = load_model(tiny_restorer).net.halo
    of_run = np.asarray(run.data)[part_of(layer, plane).slices]
    assert inner(part.data, margin).size
    np.testing.assert_allclose(inner(part.data, margin), inner(of_run, margin), atol=1)


def test_alone_it_has_its_own_range(tiny_restorer):
    layer = Image(values(), name="cells")
    region = Region(PART)
    alone = restore_layer(layer, region=region, model=tiny_restorer, **ALIKE)
    shown_for_itself = restore_layer(layer, region=Region(PART, region), model=tiny_restorer, **ALIKE)
    np.testing.assert_allclose(alone.data, shown_for_itself.data, atol=1)
    for_all = restore_layer(layer, region=part_of(layer), model=tiny_restorer, **ALIKE)
    assert not np.allclose(alone.data, for_all.data, atol=1)


def test_what_is_to_be_filled_does_not_count(tiny_infill):
    image, marked = values(), np.zeros((96, 96), np.uint8)
    image[40:44], marked[39:45] = 65535, 1
    layer, marks = Image(image, name="cells"), Labels(marked, name="marks")
    filled = infill_layer(layer, marks, region=part_of(layer), model=tiny_infill, dilate=1, **ALIKE)
    low, high = filled.metadata["decrappify"]["parameters"]["normalize"]
    known = np.delete(image, np.s_[38:46], axis=0)
    np.testing.assert_allclose((low, high), np.percentile(known, (0.1, 99.9)))


def test_the_record_of_a_part_makes_it_again(tiny_restorer):
    layer = Image(values((3, 96, 96)), name="cells")
    part = restore_layer(layer, region=part_of(layer, (1,)), model=tiny_restorer, **ALIKE)
    np.testing.assert_array_equal(replay_layer(part.metadata["decrappify"], layer).data, part.data)


def test_where_the_range_is_known_nothing_is_said_of_it(tiny_restorer):
    layer = Image((values() % 256).astype(np.uint8), name="photo")
    part = restore_layer(layer, region=part_of(layer), model=tiny_restorer, **ALIKE)
    assert "normalize" not in part.metadata["decrappify"]["parameters"]


def test_large_lazy_data_is_not_read_for_it(tiny_restorer, monkeypatch):
    monkeypatch.setattr("napari_decrappify.on_layers.shared_range.MOST_READ", 1000)
    layer = Image(da.from_array(values(), chunks=48), name="cells", contrast_limits=(0, 9000))
    part = restore_layer(layer, region=part_of(layer), model=tiny_restorer, **ALIKE)
    np.testing.assert_array_equal(
        part.data, restore_layer(layer, region=Region(PART), model=tiny_restorer, **ALIKE).data
    )
