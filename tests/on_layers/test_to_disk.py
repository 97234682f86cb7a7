"""What memory can't hold goes from the layer to disk, and the new layer shows what is there."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import zarr
from napari.layers import Image, Labels

from napari_decrappify import colorize, infill, restore, upscale
from napari_decrappify.errors import InvalidImageError, InvalidParameterError, TargetExistsError
from napari_decrappify.jobs import run_to_end
from napari_decrappify.layers import Region
from napari_decrappify.on_layers import (
    colorize_layer,
    infill_layer,
    replay_layer,
    restore_layer,
    upscale_layer,
)
from napari_decrappify.volumes.target import record_of

PLACE = {"scale": (2, 0.5, 0.25), "translate": (3, 7, -1), "units": ("um", "um", "um")}


@pytest.fixture
def stack():
    return np.random.default_rng(0).integers(0, 5000, (3, 70, 90), dtype=np.uint16)


@pytest.fixture
def lazy(tmp_path, stack):
    """A layer of a stack that is read from disk, chunk by chunk."""
    zarr.save_array(str(tmp_path / "in.zarr"), stack)
    return Image(da.from_zarr(str(tmp_path / "in.zarr"), chunks=(1, 32, 32)), name="cells", **PLACE)


def test_an_enlarged_layer_is_lazy_lies_in_its_place_and_is_on_disk_with_its_units(
    tmp_path, lazy, stack, tiny_upscaler
):
    there = upscale_layer(lazy, 2, model=tiny_upscaler, to_disk=tmp_path / "out")
    in_memory = upscale_layer(lazy, 2, model=tiny_upscaler)
    assert isinstance(there.data, da.Array)
    assert there.name == in_memory.name
    expected = upscale(stack, 2, model=tiny_upscaler, rgb=False)
    np.testing.assert_array_equal(there.data, expected)
    np.testing.assert_allclose(there.data_to_world((1, 4, 6)), in_memory.data_to_world((1, 4, 6)))
    group = zarr.open_group(str(tmp_path / "out.ome.zarr"), mode="r")
    (said,) = group.attrs["ome"]["multiscales"]
    assert [axis.get("unit") for axis in said["axes"]] == ["micrometer"] * 3
    assert said["datasets"][0]["coordinateTransformations"] == [
        {"type": "scale", "scale": [2, 0.25, 0.125]},
        {"type": "translation", "translation": [3, 7 - 0.125, -1 - 0.0625]},
    ]
    record = there.metadata["decrappify"]
    assert record == record_of(tmp_path / "out.ome.zarr")
    np.testing.assert_array_equal(replay_layer(record, Image(stack, name="cells", **PLACE)).data, expected)


def test_a_part_of_a_layer_with_colours_and_coarser_levels(tmp_path, tiny_restorer):
    image = np.random.default_rng(1).integers(0, 255, (900, 40, 3), dtype=np.uint8)
    layer = Image(da.from_array(image, chunks=(300, 40, 3)), rgb=True, scale=(0.5, 2))
    part = Region(((100, 700), (0, 40)))
    there = restore_layer(layer, model=tiny_restorer, region=part, to_disk=tmp_path / "out.zarr")
    assert there.multiscale
    assert there.rgb
    assert [level.shape for level in there.data] == [(600, 40, 3), (300, 20, 3)]
    np.testing.assert_array_equal(there.data[0], restore(image[100:700], model=tiny_restorer))
    np.testing.assert_allclose(there.data_to_world((0, 0)), layer.data_to_world((100, 0)))


def test_of_a_layer_nothing_is_computed_but_what_it_is_known_by_and_what_regions_read(tmp_path, tiny_restorer):
    computed = []

    def plane(block_id=None):
        computed.append(block_id)
        return np.full((1, 64, 64), block_id[0], np.uint8)

    lazy = da.map_blocks(plane, chunks=((1,) * 9, (64,), (64,)), dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8))
    restore_layer(Image(lazy, contrast_limits=(0, 9)), model=tiny_restorer, to_disk=tmp_path / "out")
    once = [(number, 0, 0) for number in range(9)]
    assert sorted(set(computed)) == once
    assert len(computed) <= 2 * len(once) + 3  # to know it again, for the regions, and what the layer itself looked at


def test_holes_and_hints_are_those_of_the_layers(tmp_path, lazy, stack, tiny_repairs):
    marked = np.zeros(stack.shape, np.uint8)
    marked[1, 20:26, 30:50] = 1
    labels = Labels(marked, name="here", **PLACE)
    filled = infill_layer(lazy, labels, to_disk=tmp_path / "filled")
    np.testing.assert_array_equal(filled.data, infill(stack, marked))
    assert filled.metadata["decrappify"]["source"]["mask"]["layer"] == "here"
    colors, where = np.zeros((*stack.shape, 3), np.uint8), marked > 0
    colors[where] = (200, 30, 40)
    painted = colorize_layer(lazy, (colors, where), to_disk=tmp_path / "painted")
    expected = colorize(stack, (colors, where))
    assert (expected != colorize(stack)).any()
    np.testing.assert_array_equal(painted.data, expected)
    np.testing.assert_array_equal(replay_layer(painted.metadata["decrappify"], lazy).data, expected)


def test_a_stopped_run_goes_on_if_the_layer_is_the_same(tmp_path, lazy, stack, tiny_restorer):
    options = {"model": tiny_restorer, "to_disk": tmp_path / "out"}
    job = restore_layer.job(lazy, **options)
    while not next(job).note.endswith("region 1 of 3"):
        pass
    job.close()
    other = Image(stack + 1, name="cells", **PLACE)
    with pytest.raises(InvalidParameterError, match="unfinished result"):
        restore_layer(other, **options)
    steps = []
    run_to_end(restore_layer.job(lazy, **options), steps.append)
    assert min(step.done for step in steps if "region" in step.note) >= 1
    with pytest.raises(TargetExistsError):
        restore_layer(lazy, **options)


@pytest.mark.parametrize("kept", [np.asarray, lambda array: da.from_array(array, chunks=(1, 32, 32))])
def test_a_stopped_run_goes_on_only_if_no_pixel_of_the_layer_was_changed(tmp_path, stack, tiny_restorer, kept):
    options = {"model": tiny_restorer, "to_disk": tmp_path / "out"}

    def begun(pixels):
        job = restore_layer.job(Image(kept(pixels), name="cells", **PLACE), **options)
        while "region" not in next(job).note:
            pass
        job.close()

    begun(stack)
    begun(stack.copy())
    for place in [(0, 0, 0), (1, 69, 89), (2, 35, 0)]:
        edited = stack.copy()
        edited[place] += 1
        with pytest.raises(InvalidParameterError, match="pixels"):
            begun(edited)


def test_what_cannot_go_to_disk_is_a_typed_error(tmp_path, lazy, stack, tiny_restorer):
    options = {"model": tiny_restorer, "to_disk": tmp_path / "out"}
    with pytest.raises(InvalidParameterError, match="return_uncertainty"):
        restore_layer(lazy, **options, return_uncertainty=True)
    with pytest.raises(InvalidParameterError, match="path"):
        restore_layer(lazy, **{**options, "to_disk": 3})
    with pytest.raises(InvalidImageError, match="at most time"):
        restore_layer(Image(stack[None, None, None]), **options)
    assert not list(tmp_path.glob("out*"))
