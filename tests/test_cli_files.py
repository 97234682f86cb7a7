"""What the command line says of files: what is no picture, what won't fit, and what was left out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from napari_decrappify.files import read_image, write_image

PHOTO = np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, tiny_upscaler):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("output", [[], ["-o", "big.png"], ["--format", "png"]], ids=str)
def test_a_text_is_no_picture(run, tmp_path, output):
    (tmp_path / "notes.txt").write_text("Day 3: the mice are fine.")
    code, _, errors = run("upscale", "notes.txt", *output)
    assert code == 1
    assert len(errors) == 1
    assert "a picture" in errors[0]
    assert "notes.txt" in errors[0]
    assert "ends in" not in errors[0]


def test_a_picture_that_cannot_hold_the_result_is_refused_before_the_work(run, monkeypatch):
    def work(*_, **__):
        raise AssertionError("the work was begun")

    write_image("wide.png", np.zeros((1, 32751), np.uint8))
    write_image("alpha.png", np.dstack([PHOTO, PHOTO[..., 0]]))
    monkeypatch.setattr("napari_decrappify.apply.engine.engine.Engine.planes", work)
    for name, part in (("wide.png", "65500"), ("alpha.png", "RGBA")):
        code, _, errors = run("upscale", name, "--format", "jpg")
        assert (code, len(errors)) == (1, 1)
        assert part in errors[0]


def test_what_was_left_out_is_a_note_and_no_failure(run):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("long", "x" * 2_000_000, zip=True)
    Image.fromarray(PHOTO).save("photo.png", pnginfo=texts)
    code, _, lines = run("upscale", "photo.png")
    assert code == 0
    assert [line for line in lines if "read without" in line] == [lines[0]]
    assert run("upscale", "photo.png", "--quiet", "--force")[::2] == (0, [])


def test_a_gif_becomes_a_png_unless_told_otherwise(run):
    frames = [Image.fromarray(PHOTO).quantize(16), Image.fromarray(255 - PHOTO).quantize(16)]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    code, _, lines = run("upscale", "a.gif")
    assert code == 0
    assert "first" in lines[0]
    assert read_image("a-upscaled.png").array.shape == (24, 20, 3)
    assert run("upscale", "a.gif", "-o", "b.gif")[0] == 1
    assert run("upscale", "a.gif", "-o", "b.tif")[0] == 0
