"""napari's Save: what a layer knows is in the OME-TIFF, and comes back with its pixels."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels
from napari.plugins.io import save_layers
from npe2 import PluginManager, PluginManifest

from napari_decrappify import crappify, replay
from napari_decrappify.errors import FileWarning, FileWriteError
from napari_decrappify.files import read_image, record_of, write_image
from napari_decrappify.layers.saving import write_layer
from napari_decrappify.provenance import record

RNG = np.random.default_rng(0)
STACK = RNG.integers(0, 60_000, (4, 12, 10), dtype=np.uint16)
RECORD = record("upscale", {"factor": 2})
MICRONS = {"scale": (2.0, 0.25, 0.5), "units": ("um", "um", "um")}


@pytest.fixture(scope="module", autouse=True)
def plugin():
    """The plugin's manifest, known to npe2 as it is when napari runs."""
    manager = PluginManager.instance()
    manifest = PluginManifest.from_distribution("napari-decrappify")
    if manifest.name not in {one.name for one in manager.iter_manifests()}:
        manager.register(manifest)


@pytest.fixture
def save(tmp_path):
    """Save layers as napari's Save does; return the path."""

    def save_them(*layers, name="saved.ome.tif"):
        (path,) = save_layers(str(tmp_path / name), list(layers), plugin="napari-decrappify")
        return path

    return save_them


def ome(path):
    with tifffile.TiffFile(path) as file:
        return tifffile.xml2dict(file.ome_metadata)["OME"]["Image"], file.series[0].axes, file.asarray()


def test_a_stack_keeps_pixels_pixel_size_units_name_and_record(save):
    layer = Image(STACK, name="nuclei x2", metadata={"decrappify": RECORD}, **MICRONS)
    path = save(layer)
    image, axes, pixels = ome(path)
    said = image["Pixels"]
    assert (axes, pixels.dtype, said["Channel"]["Name"], image["Name"]) == ("ZYX", np.uint16, "nuclei x2", "nuclei x2")
    np.testing.assert_array_equal(pixels, STACK)
    assert [said[f"PhysicalSize{letter}"] for letter in "ZYX"] == [2.0, 0.25, 0.5]
    assert [said[f"PhysicalSize{letter}Unit"] for letter in "ZYX"] == ["µm"] * 3
    assert record_of(read_image(path).metadata) == RECORD


def test_a_result_can_be_made_again_from_the_saved_file(save):
    made = crappify(STACK[0].astype(np.uint8), "lesson7", seed=3)
    how = record("crappify", {"preset": "lesson7"}, seed=3, steps=made.steps)
    path = save(Image(made.image, metadata={"decrappify": how}))
    again = read_image(path)
    np.testing.assert_array_equal(replay(record_of(again.metadata), STACK[0].astype(np.uint8)), again.array)


def test_each_unit_is_told_as_ome_knows_it(save):
    layer = Image(STACK, scale=(2.0, 300.0, 0.5), units=("s", "nm", "mm"))
    said = ome(save(layer))[0]["Pixels"]
    assert (said["TimeIncrement"], said["TimeIncrementUnit"]) == (2.0, "s")
    assert (said["PhysicalSizeY"], said["PhysicalSizeYUnit"]) == (300.0, "nm")
    assert (said["PhysicalSizeX"], said["PhysicalSizeXUnit"]) == (0.5, "mm")
    thou = ome(save(Image(STACK[0], scale=(1.0, 1.0), units=("yard", "yard")), name="yards.tif"))[0]["Pixels"]
    assert (thou["PhysicalSizeX"], thou["PhysicalSizeXUnit"]) == (pytest.approx(914_400), "µm")


@pytest.mark.parametrize(("scale", "told"), [((1.0, 1.0), None), ((0.5, 0.5), (0.5, "pixel"))], ids=str)
def test_a_size_without_a_unit_is_no_length(save, scale, told):
    said = ome(save(Image(STACK[0], scale=scale)))[0]["Pixels"]
    assert (said.get("PhysicalSizeX"), said.get("PhysicalSizeXUnit")) == (told or (None, None))


@pytest.mark.parametrize(
    ("shape", "labels", "axes"),
    [
        ((2, 3, 5, 6), None, "TZYX"),
        ((2, 2, 3, 5, 6), None, "TCZYX"),
        ((2, 3, 5, 6), ("channel", "z", "y", "x"), "CZYX"),
        ((2, 3, 5, 6), ("z", "t", "y", "x"), "ZTYX"),
        ((2, 3, 5, 6), ("position", "z", "y", "x"), "TZYX"),
    ],
    ids=str,
)
def test_axes_go_by_their_labels_and_then_by_their_order(save, shape, labels, axes):
    pixels = RNG.integers(0, 255, shape, dtype=np.uint8)
    _, found, back = ome(save(Image(pixels, **({} if labels is None else {"axis_labels": labels}))))
    assert found == axes
    np.testing.assert_array_equal(back, pixels)


def test_more_axes_than_ome_has_are_refused_in_words(save):
    with pytest.raises(FileWriteError, match="TCZYX"):
        save(Image(np.zeros((2, 2, 2, 2, 4, 4), np.uint8)))


@pytest.mark.parametrize("channels", [3, 4])
def test_colour_stays_colour(save, channels):
    photo = RNG.integers(0, 255, (3, 9, 8, channels), dtype=np.uint8)
    path = save(Image(photo, rgb=True, name="photo", metadata={"decrappify": RECORD}, **MICRONS))
    image, axes, pixels = ome(path)
    assert (axes, image["Pixels"]["Channel"]["SamplesPerPixel"]) == ("ZYXS", channels)
    np.testing.assert_array_equal(pixels, photo)
    again = read_image(path)
    np.testing.assert_array_equal(again.array, photo)
    assert record_of(again.metadata) == RECORD
    assert image["Pixels"]["PhysicalSizeX"] == 0.5


def test_several_layers_become_channels_with_their_names_and_records(save):
    stacks = [STACK, STACK[::-1], STACK // 2]
    layers = [Image(one, name=f"dye {number}", **MICRONS) for number, one in enumerate(stacks)]
    layers[1].metadata["decrappify"] = RECORD
    path = save(*layers)
    image, axes, pixels = ome(path)
    assert axes == "CZYX"
    np.testing.assert_array_equal(pixels, stacks)
    assert [channel["Name"] for channel in image["Pixels"]["Channel"]] == ["dye 0", "dye 1", "dye 2"]
    assert (image["Pixels"]["PhysicalSizeZ"], image["Pixels"]["PhysicalSizeX"]) == (2.0, 0.5)
    assert record_of(read_image(path).metadata) == {"channels": [None, RECORD, None]}


def test_channels_of_a_time_series_come_behind_time(save):
    layers = [Image(STACK + number, units=("s", "um", "um"), scale=(3, 1, 1)) for number in range(2)]
    _, axes, pixels = ome(save(*layers))
    assert axes == "TCYX"
    np.testing.assert_array_equal(pixels, np.stack([STACK, STACK + 1], axis=1))


@pytest.mark.parametrize(
    "other",
    [
        Image(STACK[:, :5], name="other", **MICRONS),
        Image(STACK.astype(np.uint8), name="other", **MICRONS),
        Image(STACK, name="other"),
        Image(STACK, name="other", translate=(0, 1, 0), **MICRONS),
        Image(np.stack([STACK] * 3, -1).astype(np.uint8), name="other", rgb=True, **MICRONS),
    ],
    ids=("shape", "dtype", "place", "position", "colour"),
)
def test_layers_that_are_no_channels_of_one_image_are_refused(save, tmp_path, other):
    with pytest.raises(FileWriteError, match="'other'"):
        save(Image(STACK, name="one", **MICRONS), other)
    assert not list(tmp_path.iterdir())


def test_where_the_planes_lie_is_kept(save):
    said = ome(save(Image(STACK, translate=(10.0, -3.0, 7.5), **MICRONS)))[0]["Pixels"]["Plane"]
    assert [plane["PositionZ"] for plane in said] == [10.0, 12.0, 14.0, 16.0]
    assert {(plane["PositionY"], plane["PositionX"], plane["PositionXUnit"]) for plane in said} == {(-3.0, 7.5, "µm")}
    plane = ome(save(Image(STACK[0], translate=(1.0, 2.0))))[0]["Pixels"]["Plane"]
    assert (plane["PositionY"], plane["PositionX"], plane["PositionXUnit"]) == (1.0, 2.0, "pixel")


@pytest.mark.parametrize("turned", [{"rotate": 30}, {"scale": (-1.0, 1.0)}, {"shear": [0.2]}], ids=str)
def test_what_ome_has_no_place_for_is_said(save, turned):
    with pytest.warns(FileWarning, match="without its rotation"):
        save(Image(STACK[0], **turned))


def test_labels_keep_their_numbers(save):
    labels = RNG.integers(0, 70_000, (3, 8, 9))
    _, axes, pixels = ome(save(Labels(labels, **MICRONS)))
    assert (axes, pixels.dtype) == ("ZYX", np.int32)
    np.testing.assert_array_equal(pixels, labels)
    with pytest.raises(FileWriteError, match="32 bits"):
        save(Labels(labels + 2**40))


def test_lazy_and_multiscale_layers_are_written_at_full_size(save):
    np.testing.assert_array_equal(ome(save(Image(da.from_array(STACK))))[2], STACK)
    np.testing.assert_array_equal(ome(save(Image([STACK[0], STACK[0, ::2, ::2]])))[2], STACK[0])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8"])
def test_the_kind_of_numbers_stays(save, dtype):
    pixels = (STACK[0] / 7 - 300).astype(dtype)
    back = ome(save(Image(pixels)))[2]
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, pixels)


def test_a_name_without_an_ending_gets_one(tmp_path):
    """The dialog hands the name over as it was typed."""
    (path,) = write_layer(str(tmp_path / "cells.v2"), *Image(STACK).as_layer_data_tuple()[:2])
    assert path.endswith("cells.v2.ome.tif")
    np.testing.assert_array_equal(read_image(path).array, STACK)


def test_what_was_there_is_replaced_only_by_a_whole_file(save, tmp_path, monkeypatch):
    (tmp_path / "saved.ome.tif").write_bytes(b"precious")
    monkeypatch.setattr(tifffile, "imwrite", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(Image(STACK))
    assert (tmp_path / "saved.ome.tif").read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["a.png", "a.tif", "imagej.tif", "a.ome.tif"])
def test_a_record_is_found_in_every_format_that_holds_one(tmp_path, name):
    plane = STACK[0]
    tifffile.imwrite(tmp_path / "imagej-source.tif", plane, imagej=True)
    tifffile.imwrite(tmp_path / "ome-source.tif", plane, ome=True)
    sources = {"imagej.tif": "imagej-source.tif", "a.ome.tif": "ome-source.tif"}
    like = read_image(tmp_path / sources[name]).metadata if name in sources else None
    for text in ("first", "second"):
        write_image(tmp_path / name, plane, like, note={"operation": text})
    assert record_of(read_image(tmp_path / name).metadata) == {"operation": "second"}


def test_a_file_without_a_record_has_none(tmp_path):
    write_image(tmp_path / "a.tif", STACK[0])
    assert record_of(read_image(tmp_path / "a.tif").metadata) is None


def test_numbers_that_ome_does_not_know_are_written_as_a_plain_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", STACK, ome=True, metadata={"axes": "ZYX"})
    like = read_image(tmp_path / "a.ome.tif").metadata
    write_image(tmp_path / "b.tif", STACK.astype(np.int64), like, note={"operation": "x"})
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").array, STACK)
