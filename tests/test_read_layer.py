"""Files as napari's readers give them, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from npe2 import DynamicPlugin

from napari_decrappify.errors import FileReadError
from napari_decrappify.files import (
    Metadata,
    Resolution,
    read_image,
    write_image,
)
from napari_decrappify.layers import file_of, read_layer

MICRONS = Resolution(5000.0, 5000.0, "cm")
READER = "reader-of-a-microscope"


def stack(planes=3):
    return np.random.default_rng(planes).integers(0, 4000, (planes, 20, 24)).astype(np.uint16)


def layers(_paths):
    place = {"axis_labels": ("t", "y", "x"), "scale": (2, 0.05, 0.05), "units": ("s", "um", "um")}
    return [(stack(), {"name": "cells", **place}), (stack(2), {"name": "nuclei"}), (stack(2), {"name": "walls"})]


def reader(path):
    return layers


@pytest.fixture
def path(tmp_path):
    """A file that this package can't read, and a plugin that can."""
    with DynamicPlugin(READER) as plugin:
        plugin.contribute.reader(filename_patterns=["*.scope"])(reader)
        (tmp_path / "day 1.scope").write_bytes(b"\x00\x01")
        yield str(tmp_path / "day 1.scope")


def test_what_this_package_reads_too_keeps_what_the_file_says(tmp_path):
    path = tmp_path / "cells.tif"
    write_image(path, stack(), Metadata("TIFF", "ZYX", (20, 24), MICRONS))
    image, own = read_layer(str(path)), read_image(path)
    np.testing.assert_array_equal(image.array, stack())
    assert image.metadata == own.metadata
    assert image.metadata.resolution == MICRONS


def test_another_reader_gives_its_pixels_and_the_layers_axes_and_pixel_size(path, tmp_path):
    image = read_layer(path, READER, name="cells", shape=(3, 20, 24))
    np.testing.assert_array_equal(image.array, stack())
    assert image.metadata.axes == "TYX"
    assert image.metadata.resolution.x == pytest.approx(1 / 0.05e-4)
    write_image(tmp_path / "again.tif", image.array, image.metadata)
    ome = read_image(tmp_path / "again.tif").metadata.ome
    assert (ome["PhysicalSizeX"], ome["PhysicalSizeXUnit"]) == (0.05, "µm")
    assert (ome["TimeIncrement"], ome["TimeIncrementUnit"]) == (2.0, "s")


def test_of_several_layers_the_named_one_is_taken_and_a_renamed_one_by_its_shape(path):
    np.testing.assert_array_equal(read_layer(path, READER, name="walls", shape=(2, 20, 24)).array, stack(2))
    np.testing.assert_array_equal(read_layer(path, READER, name="mine", shape=(3, 20, 24)).array, stack())
    with pytest.raises(FileReadError, match=r"'nuclei' of shape \(2, 20, 24\), 'walls'"):
        read_layer(path, READER, name="mine", shape=(2, 20, 24))


def test_a_layer_tells_the_file_that_it_is_from(path):
    from napari.components import ViewerModel

    viewer = ViewerModel()
    viewer.open(path, plugin=READER)
    file = file_of(viewer.layers["cells"])
    assert (file.path, file.reader, file.name, file.shape) == (path, READER, "cells", (3, 20, 24))
    assert file_of(viewer.add_image(stack(), name="made here")) is None


@pytest.mark.parametrize(
    ("name", "by"),
    [("gone.tif", "napari"), ("day 1.scope", "napari"), ("day 1.scope", "no-such-plugin")],
    ids=["no file", "not for it", "no reader"],
)
def test_what_cannot_be_read_is_a_typed_error(path, tmp_path, name, by):
    with pytest.raises(FileReadError, match=name.replace(".", "[.]")):
        read_layer(str(tmp_path / name), by)
