"""What the fields of a format can't hold is left out with one note; what no file of it can hold is refused first."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from napari_decrappify.errors import FileWarning, FileWriteError
from napari_decrappify.files import (
    Metadata,
    Resolution,
    read_header,
    read_image,
    write_image,
)

RGB = np.random.default_rng(0).integers(0, 256, (8, 6, 3), dtype=np.uint8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SUFFIXES = (".png", ".jpg", ".tif", ".bmp")


def notes_of(recwarn):
    return [str(warning.message) for warning in recwarn if warning.category is FileWarning]


@pytest.fixture
def long_record(tmp_path):
    """Metadata with 70 kB of EXIF, more than a JPEG's segment holds."""
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8769)[0x927C] = bytes(70_000)
    Image.fromarray(RGB).save(tmp_path / "long.png", exif=exif)
    return read_image(tmp_path / "long.png").metadata


def test_a_camera_record_too_long_for_a_jpeg_is_left_out_and_said(tmp_path, long_record, recwarn):
    write_image(tmp_path / "a.jpg", RGB, long_record)
    assert read_image(tmp_path / "a.jpg").metadata.exif is None
    (note,) = notes_of(recwarn)
    assert "EXIF" in note
    assert "a.jpg" in note


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_a_long_camera_record_is_kept_where_there_is_room(tmp_path, long_record, recwarn, suffix):
    write_image(tmp_path / f"a{suffix}", RGB, long_record)
    with Image.open(tmp_path / f"a{suffix}") as picture:
        assert len(picture.getexif().get_ifd(0x8769)[0x927C]) == 70_000
    assert notes_of(recwarn) == []


@pytest.mark.parametrize("density", [1e-12, 0.1, 200_000, 2e8, 1e12])
@pytest.mark.parametrize(("suffix", "dtype"), [*((s, "uint8") for s in SUFFIXES), (".png", "uint16")])
def test_a_density_is_kept_or_left_out_with_a_note_but_never_another(tmp_path, recwarn, suffix, density, dtype):
    exif = Image.Exif()
    exif.update({0x010F: "Camera", 0x011A: 72.0})
    like = Metadata("TIFF", "YXS", (8, 6), resolution=Resolution(density, density), exif=exif.tobytes())
    write_image(tmp_path / f"a{suffix}", RGB.astype(dtype), like)
    notes = notes_of(recwarn)
    assert len(notes) <= 1
    if notes:
        assert "resolution" in notes[0]
    else:
        assert read_image(tmp_path / f"a{suffix}").metadata.resolution.x == pytest.approx(density, rel=0.02)


def test_a_jpeg_of_too_long_a_side_is_refused_with_what_can_hold_it(tmp_path):
    with pytest.raises(FileWriteError, match=r"at most 65500 pixels a side.*PNG, TIFF or BMP"):
        write_image(tmp_path / "a.jpg", np.zeros((1, 65501), np.uint8))
    write_image(tmp_path / "b.jpg", np.zeros((1, 65500), np.uint8))


@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "iCCP"])
def test_a_png_with_a_huge_text_is_read_without_it(tmp_path, recwarn, kind):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("short", "kept")
    if kind == "iTXt":
        texts.add_itxt("long", "x" * 2_000_000, zip=True)
    elif kind == "zTXt":
        texts.add_text("long", "x" * 2_000_000, zip=True)
    profile = {"icc_profile": bytes(3_000_000)} if kind == "iCCP" else {}
    Image.fromarray(RGB).save(tmp_path / "a.png", pnginfo=texts, **profile)
    read = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(read.array, RGB)
    assert read.metadata.text == {"short": "kept"}
    assert len(notes_of(recwarn)) == 1


def test_a_long_record_of_ours_comes_back(tmp_path):
    note = {"mask": "x" * 2_000_000}
    write_image(tmp_path / "a.png", RGB, note=note)
    assert json.loads(read_image(tmp_path / "a.png").metadata.text["decrappify"]) == note


@pytest.mark.parametrize("profile", [b"nonsense" * 40, SRGB], ids=["broken", "of other colours"])
def test_inks_with_a_useless_profile_become_rgb_by_the_plain_formula(tmp_path, recwarn, profile):
    inks = Image.new("CMYK", (8, 6), (10, 20, 30, 40))
    inks.save(tmp_path / "plain.jpg", quality=95)
    inks.save(tmp_path / "profiled.jpg", quality=95, icc_profile=profile)
    plain, profiled = (read_image(tmp_path / f"{name}.jpg") for name in ("plain", "profiled"))
    np.testing.assert_array_equal(profiled.array, plain.array)
    (note,) = notes_of(recwarn)
    assert "profile" in note


@pytest.mark.parametrize("text", ["made by hand", "[1]", "[" * 100_000, "7"], ids=["words", "list", "deep", "number"])
@pytest.mark.parametrize("note", [None, {"seed": 7}], ids=["no record", "a record"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_foreign_text_of_our_name_never_ends_in_an_error(tmp_path, recwarn, text, note, suffix):
    like = Metadata("PNG", "YXS", (8, 6), text={"decrappify": text})
    write_image(tmp_path / f"a{suffix}", RGB, like, note=note)
    back = read_image(tmp_path / f"a{suffix}").metadata.text.get("decrappify")
    kept = note is None and suffix == ".png"
    assert back == (text if kept else json.dumps(note) if note else None)
    assert len(notes_of(recwarn)) == (0 if kept else 1)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("record", [b"Exif\0\0garbage", b"Exif\0\0II*\0", b"Exif\0\0MM\0*\0\1\x86\x9f"], ids=repr)
def test_a_damaged_camera_record_costs_no_pixels(tmp_path, recwarn, suffix, record):
    options = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(RGB).save(tmp_path / f"a{suffix}", exif=record, **options)
    read = read_image(tmp_path / f"a{suffix}")
    with Image.open(tmp_path / f"a{suffix}") as picture:
        np.testing.assert_array_equal(read.array, np.asarray(picture))
    assert read_header(tmp_path / f"a{suffix}").yx == (8, 6)
    write_image(tmp_path / "b.tif", read.array, read.metadata)
    assert len(notes_of(recwarn)) <= 1


def test_several_losses_are_one_note(tmp_path, long_record, recwarn):
    like = Metadata("TIFF", "YXS", (8, 6), resolution=Resolution(1e6, 1e6), exif=long_record.exif)
    write_image(tmp_path / "a.jpg", RGB, like)
    (note,) = notes_of(recwarn)
    assert "EXIF" in note
    assert "resolution" in note


def test_a_micrographs_pixel_size_survives_in_a_tiff_of_centimetres(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", RGB, photometric="rgb", resolution=(1e5, 1e5), resolutionunit="CENTIMETER")
    read = read_image(tmp_path / "a.tif")
    write_image(tmp_path / "b.tif", read.array, read.metadata)
    assert read_image(tmp_path / "b.tif").metadata.resolution == Resolution(1e5, 1e5, "cm")
