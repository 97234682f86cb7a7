"""The commands restore, infill and colorize, and the uncertainty that commands save."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_decrappify import (
    colorize,
    infill,
    repair_photo,
    replay,
    restore,
    upscale,
)
from napari_decrappify.files import read_image, write_image

RNG = np.random.default_rng(0)
PHOTO = np.kron(RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))
HOLE = np.zeros(PHOTO.shape[:2], bool)
HOLE[4:9, 5:20] = True


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, tiny_repairs):
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", PHOTO)
    write_image("grey.png", PHOTO[..., 0])
    write_image("mask.png", HOLE.astype(np.uint8) * 255)


def made_of(path):
    """Return a result and its record."""
    made = read_image(path)
    return made.array, json.loads(made.metadata.text["decrappify"])


def test_restore_writes_what_the_call_returns(run):
    assert run("restore", "photo.png", "--strength", 0.5)[0] == 0
    result, record = made_of("photo-restored.png")
    np.testing.assert_array_equal(result, restore(PHOTO, strength=0.5))
    np.testing.assert_array_equal(replay(record, PHOTO), result)
    assert (record["operation"], record["model"]["name"]) == ("restore", "tiny-restore")


def test_restore_takes_the_model_that_suits_each_picture(run, both_restorers):
    assert run("restore", "photo.png", "grey.png")[0] == 0
    for name, picture, model in (("photo", PHOTO, "restore"), ("grey", PHOTO[..., 0], "denoise")):
        result, record = made_of(f"{name}-restored.png")
        np.testing.assert_array_equal(result, restore(picture, model=model))
        assert record["model"]["name"] == model
        assert "8-bit photos in colour" in record["chosen"]
        np.testing.assert_array_equal(replay(record, picture), result)


def test_infill_writes_what_the_call_returns(run):
    assert run("infill", "photo.png", "--mask", "mask.png", "--dilate", 1)[0] == 0
    result, record = made_of("photo-filled.png")
    np.testing.assert_array_equal(result, infill(PHOTO, HOLE, dilate=1))
    np.testing.assert_array_equal(replay(record, PHOTO), result)
    assert (result != PHOTO).any()


def test_infill_takes_texture_and_seed(run):
    assert run("infill", "photo.png", "--mask", "mask.png", "--texture", 0)[0] == 0
    np.testing.assert_array_equal(made_of("photo-filled.png")[0], infill(PHOTO, HOLE, texture=0.0))
    words = ("--texture", 0.5, "--seed", 4, "--force")
    assert run("infill", "photo.png", "--mask", "mask.png", *words)[0] == 0
    result, record = made_of("photo-filled.png")
    np.testing.assert_array_equal(result, infill(PHOTO, HOLE, texture=0.5, seed=4))
    assert (record["parameters"]["texture"], record["parameters"]["seed"]) == (0.5, 4)


def test_infill_borrows_along_an_axis_of_a_stack(run):
    y, x = np.mgrid[:36, :32]
    stack = np.stack([3000 + 2000 * np.sin((x + 0.2 * t) / 3) * np.cos(y / 4) for t in range(4)]).astype(np.uint16)
    tifffile.imwrite("s.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    mask = np.zeros(stack.shape, bool)
    mask[2, 10:17, 9:20] = True
    tifffile.imwrite("holes.tif", mask.astype(np.uint8) * 255, imagej=True, metadata={"axes": "ZYX"})
    assert run("infill", "s.tif", "--mask", "holes.tif", "--along", -3, "-o", "out.tif", "--record")[0] == 0
    out = read_image("out.tif")
    record = json.loads(Path("out.record.json").read_text())
    np.testing.assert_array_equal(out.array, infill(stack, mask, along=0))
    np.testing.assert_array_equal(replay(record, stack), out.array)
    assert np.abs(out.array[mask].astype(float) - stack[mask]).max() < 100
    code, _, errors = run("infill", "photo.png", "--mask", "mask.png", "--along", 0)
    assert code == 1
    assert "along to be one of the 0 axes before Y and X" in errors[0]


def test_repair_photo_writes_the_photo_and_its_damage(run, tiny_photo):
    assert run("repair-photo", "photo.png", "--no-fading", "--save-mask")[0] == 0
    made, mask = repair_photo(PHOTO, fading=False, return_mask=True)
    result, record = made_of("photo-mended.png")
    np.testing.assert_array_equal(result, made)
    np.testing.assert_array_equal(replay(record, PHOTO), result)
    np.testing.assert_array_equal(read_image("photo-mended.mask.png").array > 0, mask)
    assert run("repair-photo", "photo.png", "--no-scratches", "--strength", 0.5, "--output", "half.png")[0] == 0
    np.testing.assert_array_equal(read_image("half.png").array, repair_photo(PHOTO, scratches=False, strength=0.5))


@pytest.mark.parametrize("name", ["photo", "grey"])
def test_colorize_writes_colours(run, name):
    image = read_image(f"{name}.png").array
    assert run("colorize", f"{name}.png")[0] == 0
    result, record = made_of(f"{name}-colored.png")
    assert result.shape == PHOTO.shape
    np.testing.assert_array_equal(result, colorize(image))
    np.testing.assert_array_equal(replay(record, image), result)


def test_sixteen_bits_and_axes_are_kept(run):
    stack = RNG.integers(0, 65536, (3, 12, 10), dtype=np.uint16)
    tifffile.imwrite("s.tif", stack, imagej=True, resolution=(2, 2), metadata={"axes": "ZYX", "unit": "um"})
    mask = np.zeros((12, 10), np.uint8)
    mask[3:6, 2:7] = 1
    write_image("hole.png", mask)
    for words, call in (
        (["restore"], restore(stack)),
        (["infill", "--mask", "hole.png"], infill(stack, mask)),
        (["colorize"], colorize(stack)),
    ):
        assert run(*words[:1], "s.tif", *words[1:], "-o", "out.tif", "--force")[0] == 0
        out = read_image("out.tif")
        np.testing.assert_array_equal(out.array, call)
        assert (out.array.dtype, out.metadata.axes) == (np.uint16, "ZYXS" if words == ["colorize"] else "ZYX")
        assert out.metadata.resolution.x == pytest.approx(2)


def test_the_uncertainty_is_saved_beside(run, tiny_upscaler):
    image, spread = restore(PHOTO, return_uncertainty=True)
    assert run("restore", "photo.png", "--save-uncertainty")[0] == 0
    result, record = made_of("photo-restored.png")
    np.testing.assert_array_equal(result, image)
    saved = read_image("photo-restored.uncertainty.tif").array
    assert saved.dtype == np.float32
    np.testing.assert_array_equal(saved, spread)
    np.testing.assert_array_equal(replay(record, PHOTO), image)
    assert run("upscale", "grey.png", "-o", "big.png", "--save-uncertainty")[0] == 0
    expected = upscale(PHOTO[..., 0], return_uncertainty=True)[1]
    np.testing.assert_array_equal(read_image("big.uncertainty.tif").array, expected)


def test_an_uncertainty_that_is_there_is_not_replaced(run):
    Path("photo-restored.uncertainty.tif").write_bytes(b"mine")
    code, _, errors = run("restore", "photo.png", "--save-uncertainty")
    assert (code, len(errors)) == (1, 1)
    assert not Path("photo-restored.png").exists()
    assert Path("photo-restored.uncertainty.tif").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["infill", "photo.png"], 2, "--mask"),
        (["infill", "photo.png", "grey.png", "--mask", "mask.png"], 2, "one image with --mask"),
        (["infill", "photo.png", "--mask", "white.png"], 1, "a mask that leaves some pixels"),
        (["restore", "photo.png", "--model", "tiny-infill"], 1, "a model for restore"),
        (["colorize", "channels.tif"], 1, "independent channels"),
        (["infill", "photo.png", "--mask", "mask.png", "--dilate", "65"], 1, "dilate from 0 to 64"),
    ],
)
def test_misuse_is_one_line(run, words, code, part):
    write_image("white.png", np.full(HOLE.shape, 255, np.uint8))
    tifffile.imwrite("channels.tif", np.zeros((2, 12, 10), np.uint16), imagej=True, metadata={"axes": "CYX"})
    got, _, errors = run(*words)
    assert len(errors) == 1
    assert part in errors[0]
    assert got == code
    assert not list(Path().glob("*-*"))
