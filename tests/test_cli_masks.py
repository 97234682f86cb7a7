"""Masks from files, as people draw them: in white, in alpha, as a JPEG."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import infill
from napari_decrappify.files import read_image, write_image

RNG = np.random.default_rng(0)
PHOTO = np.kron(RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))
HOLE = np.zeros(PHOTO.shape[:2], bool)
HOLE[9:15, 6:23] = True  # across the blocks of a JPEG
HALF = 255 * HOLE.astype(np.uint8)


def drawn(ink, ground, alpha):
    """Return an RGBA picture with ink in the hole."""
    colors = np.where(HOLE[..., None], np.uint8(ink), np.uint8(ground))
    return np.dstack([colors.repeat(3, -1), alpha])


def jpeg(path):
    Image.fromarray(HALF).save(path, quality=30)


def dim_jpeg(path):
    Image.fromarray(HALF // 3).save(path, quality=80)


def lossy_webp(path):
    Image.fromarray(drawn(0, 0, HALF)).save(path, quality=30)


def grey_webp(path):
    Image.fromarray(drawn(90, 255, HALF)).save(path, quality=90, exact=True)


def labels(path):
    write_image(path, 3 * HOLE.astype(np.uint8))


MASKS = {
    "labels.png": labels,
    "black on transparency.png": lambda path: write_image(path, drawn(0, 0, HALF)),
    "grey on white transparency.png": lambda path: write_image(path, drawn(90, 255, HALF)),
    "white on transparency.png": lambda path: write_image(path, drawn(255, 0, HALF)),
    "white on opaque black.png": lambda path: write_image(path, drawn(255, 0, np.full_like(HALF, 255))),
    "white, translucent black.png": lambda path: write_image(
        path, drawn(255, 0, np.where(HOLE, 255, 200).astype("u1"))
    ),
    "black, half as opaque.png": lambda path: write_image(path, drawn(0, 0, HALF // 3)),
    "black of sixteen bits.png": lambda path: write_image(path, drawn(0, 0, HALF).astype(np.uint16) * 257),
    "noisy.jpg": jpeg,
    "dim.jpg": dim_jpeg,
    "noisy alpha.webp": lossy_webp,
    "grey on white transparency.webp": grey_webp,
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, tiny_repairs):
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", PHOTO)


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_marks_what_was_drawn_and_nothing_else(run, name):
    MASKS[name](name)
    assert run("infill", "photo.png", "--mask", name)[0] == 0
    np.testing.assert_array_equal(read_image("photo-filled.png").array, infill(PHOTO, HOLE))


def test_the_noise_of_a_jpeg_is_really_there():
    jpeg("mask.jpg")
    assert (read_image("mask.jpg").array != 0).sum() > HOLE.sum()


@pytest.mark.parametrize("command", ["infill", "remove-watermark"])
@pytest.mark.parametrize("kind", ["black", "noise", "transparent"])
def test_a_mask_that_marks_nothing_is_refused(run, tiny_watermark, command, kind):
    name = "mask.jpg" if kind == "noise" else "mask.png"
    nothing = np.zeros_like(HALF)
    if kind == "noise":
        Image.fromarray(RNG.integers(0, 12, HALF.shape, dtype=np.uint8)).save(name)
    else:
        write_image(name, nothing if kind == "black" else np.dstack([nothing + 255] * 3 + [nothing]))
    code, _, errors = run(command, "photo.png", "--mask", name)
    assert code == 1
    assert len(errors) == 1
    assert name in errors[0]
    assert "marks nothing" in errors[0]
    assert not list(Path.cwd().glob("photo-*"))


def test_the_mask_is_kept_in_the_record(run):
    MASKS["black on transparency.png"]("mask.png")
    assert run("infill", "photo.png", "--mask", "mask.png")[0] == 0
    assert json.loads(read_image("photo-filled.png").metadata.text["decrappify"])["mask"]
