"""What comes out of a volume is what the call gives, in the file's axes, units and channels."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import zarr
from volumes_on_disk import CHANNELS, write_ngff

from napari_decrappify import (
    apply_to_zarr,
    colorize,
    infill,
    remove_watermark,
    repair_photo,
    replay,
    restore,
    solve_mark,
    upscale,
)
from napari_decrappify.errors import (
    FileReadError,
    InvalidImageError,
    InvalidMaskError,
    InvalidParameterError,
    ModelNotFoundError,
    PluginError,
    TargetExistsError,
)
from napari_decrappify.volumes.reading import NpyFile


def described(path):
    """Return the pixels of the finest level, and what the group says of the image."""
    group = zarr.open_group(str(path), mode="r")
    said = group.attrs.asdict()
    return group["0"][...], said["ome"], said["decrappify"]


def transformations(ome, level=0):
    scale, translation = ome["multiscales"][0]["datasets"][level]["coordinateTransformations"]
    return scale["scale"], translation["translation"]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_upscaling_keeps_time_channels_units_and_corners(tmp_path, stack, tiny_upscaler, version):
    write_ngff(tmp_path / "in.zarr", stack, version, chunks=(1, 1, 2, 32, 32))
    out = apply_to_zarr("upscale", tmp_path / "in.zarr", tmp_path / "of 2.5 um.ome.zarr", model=tiny_upscaler)
    pixels, ome, record = described(out)
    expected = upscale(stack, 2, model=tiny_upscaler, channel_axis=1, rgb=False)
    np.testing.assert_array_equal(pixels, expected)
    assert ome["multiscales"][0]["name"] == "of 2.5 um"
    assert [axis["name"] for axis in ome["multiscales"][0]["axes"]] == list("tczyx")
    assert [axis.get("unit") for axis in ome["multiscales"][0]["axes"]][2:] == ["micrometer"] * 3
    assert transformations(ome) == ([2, 1, 1.5, 0.25, 0.125], [10, 0, 3, 7 - 0.125, -1 - 0.0625])
    assert ome["omero"]["channels"] == CHANNELS
    assert zarr.open_array(str(out / "0")).metadata.dimension_names == tuple("tczyx")
    np.testing.assert_array_equal(replay(record, stack), expected)


def test_a_file_of_halos_and_many_regions_gives_what_the_call_gives(tmp_path, rng, tiny_restorer):
    image = rng.integers(0, 5000, (2, 300, 210), dtype=np.uint16)
    np.save(tmp_path / "in.npy", image)
    out = apply_to_zarr("restore", tmp_path / "in.npy", tmp_path / "out.zarr", model=tiny_restorer, region=4096)
    pixels, ome, _ = described(out)
    assert zarr.open_array(str(out / "0")).nchunks > 4
    np.testing.assert_allclose(pixels, restore(image, model=tiny_restorer), atol=1)  # a rounding
    assert [axis["name"] for axis in ome["multiscales"][0]["axes"]] == list("zyx")


def test_the_pyramid_holds_means_at_the_right_place(tmp_path, rng, tiny_restorer):
    image = rng.integers(0, 5000, (1, 1100, 37), dtype=np.uint16)
    np.save(tmp_path / "in.npy", image)
    out = apply_to_zarr("restore", tmp_path / "in.npy", tmp_path / "out.zarr", model=tiny_restorer, strength=0.0)
    group = zarr.open_group(str(out), mode="r")
    _, ome, _ = described(out)
    assert [group[f"{level}"].shape for level in range(3)] == [(1, 1100, 37), (1, 550, 19), (1, 275, 10)]
    assert "3" not in group
    means = image[:, :, :36].reshape(1, 550, 2, 18, 2).mean((2, 4))
    np.testing.assert_allclose(group["1"][..., :18], means, atol=0.51)
    np.testing.assert_allclose(group["1"][..., 18], image[..., 36].reshape(1, 550, 2).mean(-1), atol=0.51)
    assert [transformations(ome, level) for level in range(3)] == [
        ([1, 1, 1], [0, 0, 0]),
        ([1, 2, 2], [0, 0.5, 0.5]),
        ([1, 4, 4], [0, 1.5, 1.5]),
    ]


def test_colours_become_channels_named_red_green_and_blue(tmp_path, rng, tiny_colorizer):
    image = rng.integers(0, 256, (40, 50), dtype=np.uint8)
    write_ngff(tmp_path / "in.zarr", image[None], axes="cyx", channels=[{"label": "grey", "color": "FFFFFF"}])
    out = apply_to_zarr("colorize", tmp_path / "in.zarr", tmp_path / "out.zarr", model=tiny_colorizer)
    pixels, ome, record = described(out)
    np.testing.assert_array_equal(np.moveaxis(pixels, 0, -1), colorize(image, model=tiny_colorizer))
    assert [axis["name"] for axis in ome["multiscales"][0]["axes"]] == ["c", "y", "x"]
    assert [one["color"] for one in ome["omero"]["channels"]] == ["FF0000", "00FF00", "0000FF"]
    np.testing.assert_array_equal(replay(record, image), np.moveaxis(pixels, 0, -1))


def test_channels_named_red_green_and_blue_are_one_picture(tmp_path, rng, tiny_upscaler):
    image = rng.integers(0, 256, (3, 40, 50), dtype=np.uint8)
    labels = [{"label": label, "color": "FFFFFF"} for label in ("red", "green", "blue")]
    write_ngff(tmp_path / "in.zarr", image, axes="cyx", channels=labels)
    out = apply_to_zarr("upscale", tmp_path / "in.zarr", tmp_path / "out.zarr", model=tiny_upscaler)
    expected = upscale(np.moveaxis(image, 0, -1), 2, model=tiny_upscaler)
    np.testing.assert_array_equal(np.moveaxis(described(out)[0], 0, -1), expected)


@pytest.mark.parametrize("options", [{"texture": 1.0}, {"texture": 0.0, "along": 0}])
def test_holes_are_filled_from_a_mask_on_disk(tmp_path, rng, tiny_infill, options):
    image = rng.integers(0, 5000, (9, 64, 80), dtype=np.uint16)
    mask = np.zeros((9, 64, 80), np.uint8)
    mask[3, 20:26, 30:50] = 1
    write_ngff(tmp_path / "in.zarr", image, axes="zyx")
    zarr.save_array(str(tmp_path / "mask.zarr"), mask)
    out = apply_to_zarr(
        "infill", tmp_path / "in.zarr", tmp_path / "out.zarr", mask=tmp_path / "mask.zarr", model=tiny_infill, **options
    )
    pixels, _, record = described(out)
    np.testing.assert_array_equal(pixels, infill(image, mask, model=tiny_infill, **options))
    np.testing.assert_array_equal(pixels[mask == 0], image[mask == 0])
    assert (pixels != image).any()
    np.testing.assert_array_equal(replay(record, image), pixels)


def test_colours_that_hints_want_spread_as_in_memory(tmp_path, rng, tiny_colorizer):
    image = rng.integers(0, 256, (2, 40, 50), dtype=np.uint8)
    colors, where = np.zeros((40, 50, 3), np.uint8), np.zeros((40, 50), bool)
    where[10:20, 10:20], colors[10:20, 10:20] = True, (200, 30, 40)
    np.save(tmp_path / "in.npy", image)
    out = apply_to_zarr("colorize", tmp_path / "in.npy", tmp_path / "out.zarr", hints=(colors, where))
    pixels, _, record = described(out)
    expected = colorize(image, (colors, where))
    assert (expected != colorize(image)).any()
    np.testing.assert_array_equal(np.moveaxis(pixels, 0, -1), expected)
    np.testing.assert_array_equal(replay(record, image), expected)


@pytest.mark.parametrize("options", [{"grain": True}, {"fading": False}])
def test_a_photo_is_repaired_as_in_memory(tmp_path, rng, tiny_photo, options):
    image = rng.integers(40, 200, (70, 90, 3), dtype=np.uint8)
    np.save(tmp_path / "in.npy", image)
    out = apply_to_zarr("repair_photo", tmp_path / "in.npy", tmp_path / "out.zarr", **options)
    pixels, _, record = described(out)
    expected = repair_photo(image, **options)
    np.testing.assert_array_equal(np.moveaxis(pixels, 0, -1), expected)
    np.testing.assert_array_equal(replay(record, image), expected)


def test_a_mark_that_planes_share_is_taken_off_as_in_memory(tmp_path, rng, tiny_watermark, tiny_infill):
    scenes = rng.normal(size=(8, 48, 60)).cumsum(1).cumsum(2)
    scenes = 30 + 190 * (scenes - scenes.min()) / np.ptp(scenes)
    scenes[:, 22:27, 10:50] = 0.5 * scenes[:, 22:27, 10:50] + 0.5 * 255
    stack = scenes.astype(np.uint8)
    np.save(tmp_path / "in.npy", stack)
    found = remove_watermark(stack, shared=True)
    assert (found != stack).any()
    for number, options in enumerate(({"shared": True}, {"mark": solve_mark(stack)})):
        out = apply_to_zarr("remove_watermark", tmp_path / "in.npy", tmp_path / f"{number}.zarr", **options)
        pixels, _, record = described(out)
        np.testing.assert_array_equal(pixels, found)
        np.testing.assert_array_equal(replay(record, stack), found)


def test_what_cannot_be_is_a_typed_error(tmp_path, rng, stack, tiny_restorer):
    source, target = tmp_path / "in.npy", tmp_path / "out.zarr"
    np.save(source, stack[0, 0])
    zarr.open_group(str(tmp_path / "plate.zarr"), mode="w").attrs["plate"] = {}
    np.save(tmp_path / "six.npy", stack[None])
    cases = [
        (InvalidParameterError, ("enhance", source, target), {}),
        (InvalidParameterError, ("restore", source, source), {}),
        (InvalidParameterError, ("restore", source, target), {"region": 3}),
        (InvalidParameterError, ("upscale", source, target), {"factor": "two"}),
        (InvalidParameterError, ("infill", source, target), {"along": 7, "mask": np.ones((70, 90), bool)}),
        (InvalidParameterError, ("restore", source, target), {"return_uncertainty": True}),
        (InvalidParameterError, ("restore", source, target), {"mask": np.ones((70, 90), bool)}),
        (InvalidMaskError, ("infill", source, target), {"mask": tmp_path / "six.npy"}),
        (ModelNotFoundError, ("restore", source, target), {"model": "none"}),
        (FileReadError, ("restore", tmp_path / "none.zarr", target), {}),
        (FileReadError, ("restore", tmp_path / "none.npy", target), {}),
        (FileReadError, ("restore", tmp_path / "plate.zarr", target), {}),
        (InvalidImageError, ("restore", tmp_path / "six.npy", target), {}),
    ]
    for kind, words, options in cases:
        with pytest.raises(kind):
            apply_to_zarr(*words, **options)
    assert not target.exists()


def test_a_result_is_not_replaced_unless_it_is_asked_for(tmp_path, stack, tiny_restorer):
    np.save(tmp_path / "in.npy", stack[0, 0])
    where = ("restore", tmp_path / "in.npy", tmp_path / "out.zarr")
    apply_to_zarr(*where)
    with pytest.raises(TargetExistsError):
        apply_to_zarr(*where)
    apply_to_zarr(*where, force=True, strength=0.0)
    np.testing.assert_array_equal(described(where[2])[0], stack[0, 0])


def test_without_zarr_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(PluginError, match=r"^Expected zarr 3.*got none. pip install 'napari-decrappify\[zarr\]'$"):
        apply_to_zarr("restore", tmp_path / "in.zarr", tmp_path / "out.zarr")


def test_of_its_neighbours_a_region_reads_nothing_but_its_halo(tmp_path, rng, tiny_restorer, monkeypatch):
    np.save(tmp_path / "in.npy", rng.integers(0, 5000, (1, 1024, 1024), dtype=np.uint16))
    read = []

    def counted(self, index):
        part = np.array(np.load(self.path, mmap_mode="r")[index])
        read.extend([part.size] if part.size else [])  # dask looks at an empty part first
        return part

    monkeypatch.setattr(NpyFile, "__getitem__", counted)
    options = {"model": tiny_restorer, "region": 2**18, "normalize": (0, 5000)}
    apply_to_zarr("restore", tmp_path / "in.npy", tmp_path / "out.zarr", **options)
    assert len(read) == 4
    assert sum(read) < 1.3 * 1024**2
