"""``napari-decrappify TASK in.ome.zarr``: a folder that is a zarr store is an image."""

from __future__ import annotations

import json

import numpy as np
import pytest
import zarr
from volumes_on_disk import write_ngff

from napari_decrappify import infill, restore
from napari_decrappify.files import write_image
from napari_decrappify.volumes.target import record_of


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, tiny_repairs):
    monkeypatch.chdir(tmp_path)


def pixels_of(path):
    return zarr.open_group(str(path), mode="r")["0"][...]


def test_a_zarr_store_is_an_image_and_not_a_folder(run, stack):
    write_ngff("in.ome.zarr", stack)
    code, _, lines = run("restore", "in.ome.zarr", "--strength", 0.5, "--record")
    assert (code, lines) == (0, ["in.ome.zarr -> in-restored.ome.zarr"])
    expected = restore(stack, strength=0.5, channel_axis=1)
    np.testing.assert_array_equal(pixels_of("in-restored.ome.zarr"), expected)
    with open("in-restored.record.json") as file:  # noqa: PTH123
        assert json.load(file) == record_of("in-restored.ome.zarr")


def test_a_mask_is_a_picture_or_a_volume(run, rng):
    image, mask = rng.integers(0, 999, (3, 40, 50), dtype=np.uint16), np.zeros((40, 50), bool)
    mask[9:14, 20:30] = True
    np.save("in.npy", image)
    np.save("mask.npy", mask)
    write_image("mask.png", mask.astype(np.uint8) * 255)
    for name in ("mask.png", "mask.npy"):
        assert run("infill", "in.npy", "--mask", name, "--output", f"{name}.zarr", "--texture", 0)[0] == 0
        np.testing.assert_array_equal(pixels_of(f"{name}.zarr"), infill(image, mask, texture=0.0))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("in.npy", "--save-uncertainty"), "pictures, for --save-uncertainty"),
        (("in.npy", "--format", "png"), "pictures, for --format"),
        (("in.npy", "photo.png"), "pictures, or zarr and npy inputs"),
        (("photo.png", "--scheduler", "tcp://nowhere:1"), "a zarr or npy input, for --scheduler"),
    ],
)
def test_what_volumes_do_not_take_is_said(run, words, complaint):
    code, _, lines = run("restore", *words)
    assert code == 2
    assert complaint in lines[0]


def test_a_missing_store_is_one_line(run):
    code, _, lines = run("restore", "none.zarr")
    assert code == 1
    assert len(lines) == 1
    assert "none.zarr" in lines[0]
