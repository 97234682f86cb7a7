"""What comes out of a volume is what the call gives, in the file's axes, units and channels."""

from __future__ import annotations

import numpy as np
import pytest
import zarr
from volumes_on_disk import CHANNELS, write_ngff

from napari_decrappify import apply_to_zarr, colorize, infill, replay, restore, upscale
from napari_decrappify.errors import (
    FileReadError,
    InvalidImageError,
    InvalidMaskError,
    InvalidParameterError,
    ModelNotFoundError,
    TargetExistsError,
)


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
    out = apply_to_zarr("upscale", tmp_path / "in.zarr", tmp_path / "out.ome.zarr", model=tiny_upscaler)
    pixels, ome, record = described(out)
    expected = upscale(stack, 2, model=tiny_upscaler, channel_axis=1, rgb=False)
    np.testing.assert_array_equal(pixels, expected)
    assert [axis["name"] for axis in ome["multiscales"][0]["axes"]] == list("tczyx")
    assert [axis.get("unit") for axis in ome["multiscales"][0]["axes"]][2:] == ["micrometer"] * 3
    assert transformations(ome) == ([2, 1, 1.5, 0.25, 0.125], [10, 0, 3, 7 - 0.125, -1 - 0.0625])
    assert ome["omero"]["channels"] == CHANNELS
    assert zarr.open_array(str(out / "0")).metadata.dimension_names == tuple("tczyx")
    np.testing.assert_array_equal(replay(record, stack), expected)
