"""Image files keep their bits, their profile, their resolution and their axes, and bad ones are refused."""

from __future__ import annotations

import errno
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, TiffImagePlugin

from napari_decrappify.errors import FileReadError, FileWarning, FileWriteError
from napari_decrappify.files import picture_files, read_image, write_image
from napari_decrappify.files.exif import append_exif
from napari_decrappify.files.image_file import upright
from napari_decrappify.files.png.png16 import SIGNATURE

RNG = np.random.default_rng(0)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def random_image(dtype: str, *shape: int) -> np.ndarray:
    if np.dtype(dtype).kind == "f":
        return RNG.random(shape).astype(dtype)
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


RGB = [(suffix, (11, 7, 3)) for suffix in (".png", ".tif", ".tiff", ".bmp", ".webp")]
GREY = [(suffix, (11, 7)) for suffix in (".png", ".tif", ".bmp")]  # WebP has no grey


@pytest.mark.parametrize(("suffix", "shape"), RGB + GREY)
def test_eight_bits_come_back_exactly(tmp_path, suffix, shape):
    image = random_image("uint8", *shape)
    write_image(tmp_path / f"a{suffix}", image)
    back = read_image(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(back.array, image)
    assert back.metadata.axes == ("YXS" if len(shape) == 3 else "YX")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("shape", [(11, 7), (11, 7, 3), (11, 7, 4)], ids=["grey", "rgb", "rgba"])
def test_sixteen_bits_come_back_exactly(tmp_path, suffix, shape):
    image = random_image("uint16", *shape)
    write_image(tmp_path / f"a{suffix}", image)
    back = read_image(tmp_path / f"a{suffix}").array
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, image)


def test_pillow_agrees_with_the_sixteen_bit_png_that_was_written(tmp_path):
    image = random_image("uint16", 9, 5, 3)
    write_image(tmp_path / "a.png", image)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), image >> 8)


def interlaced_png(image: np.ndarray) -> bytes:
    """Write a 16-bit RGB PNG with Adam7 interlacing, which is how some programs still write them."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b""
    for y, x, step_y, step_x in passes:
        part = image[y::step_y, x::step_x]
        if part.size:
            rows += b"".join(b"\0" + row.astype(">u2").tobytes() for row in part)
    body = struct.pack(">IIBBBBB", image.shape[1], image.shape[0], 16, 2, 0, 0, 1)
    chunks = [(b"IHDR", body), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = [struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks]
    return SIGNATURE + b"".join(packed)


def test_an_interlaced_sixteen_bit_png_is_read_exactly(tmp_path):
    image = random_image("uint16", 13, 10, 3)
    (tmp_path / "a.png").write_bytes(interlaced_png(image))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").array, image)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint32"])
def test_a_tiff_holds_every_dtype(tmp_path, dtype):
    image = random_image(dtype, 2, 3, 11, 7)
    write_image(tmp_path / "a.tif", image)
    back = read_image(tmp_path / "a.tif").array
    assert back.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(back, image)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cameras_orientation_is_applied_and_reset(tmp_path, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(random_image("uint8", 6, 4, 3)).save(tmp_path / "a.png", exif=exif)
    back = read_image(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(back.array, np.asarray(ImageOps.exif_transpose(picture)))
    write_image(tmp_path / "b.png", back.array, back.metadata)
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.getexif()[0x0112] == 1


def test_a_turned_tiff_is_set_upright(tmp_path):
    image = random_image("uint8", 6, 4)
    tifffile.imwrite(tmp_path / "a.tif", image, extratags=[(274, 3, 1, 6, True)], resolution=(100, 50))
    back = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(back.array, upright(image, 6))
    assert (back.metadata.resolution.x, back.metadata.resolution.y) == (50, 100)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_profile_and_resolution_are_kept_and_scaled_with_the_pixels(tmp_path, suffix):
    source = tmp_path / f"a{suffix}"
    Image.fromarray(random_image("uint8", 8, 6, 3)).save(source, dpi=(300, 150), icc_profile=SRGB)
    read = read_image(source)
    write_image(tmp_path / f"b{suffix}", random_image("uint8", 16, 12, 3), read.metadata)
    with Image.open(tmp_path / f"b{suffix}") as picture:
        assert picture.info["icc_profile"] == SRGB
        assert [float(v) for v in picture.info["dpi"]] == pytest.approx([600, 300], abs=0.1)


def test_a_sixteen_bit_rgb_png_keeps_profile_resolution_camera_and_texts(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    Image.fromarray(random_image("uint8", 8, 6, 3)).save(
        tmp_path / "a.jpg", dpi=(300, 300), icc_profile=SRGB, exif=exif
    )
    like = read_image(tmp_path / "a.jpg").metadata
    write_image(tmp_path / "b.png", random_image("uint16", 8, 6, 3), like, note={"seed": 7})
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.info["icc_profile"] == SRGB
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.getexif()[0x010F] == "Camera"
        assert json.loads(picture.text["decrappify"]) == {"seed": 7}


def test_the_cameras_record_says_the_new_size(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8769).update({0xA002: 6, 0xA003: 8})
    Image.fromarray(random_image("uint8", 8, 6, 3)).save(tmp_path / "a.jpg", exif=exif)
    read = read_image(tmp_path / "a.jpg")
    write_image(tmp_path / "b.jpg", random_image("uint8", 16, 12, 3), read.metadata)
    with Image.open(tmp_path / "b.jpg") as picture:
        details = picture.getexif().get_ifd(0x8769)
        assert (details[0xA002], details[0xA003]) == (12, 16)
        assert picture.getexif()[0x010F] == "Camera"


@pytest.fixture
def camera_photo(tmp_path):
    """A JPEG with what a camera writes, and what TIFF says in other ways: orientation, software, resolution."""
    exif = Image.Exif()
    exif.endian = ">"
    exif.update({0x010F: "Camera", 0x0110: "Model 1", 0x0132: "2024:05:06 07:08:09", 0x013B: "A", 0x8298: "(c) B"})
    exif.update({0x0112: 6, 0x0131: "Firmware", 0x011A: 72.0})
    details = {0x829A: TiffImagePlugin.IFDRational(1, 250), 0x8827: 400, 0x9003: "2024:05:06 07:08:09", 0xA002: 8}
    exif.get_ifd(0x8769).update({**details, 0xA003: 6, 0x927C: b"\0maker\xff"})
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 30.0, 1.5)})
    Image.fromarray(random_image("uint8", 8, 6, 3)).save(tmp_path / "photo.jpg", exif=exif)
    return tmp_path / "photo.jpg"


@pytest.mark.parametrize("shape", [(6, 8, 3), (12, 16, 3), (7, 9)], ids=["same", "enlarged", "odd"])
def test_a_tiff_holds_the_cameras_record(tmp_path, camera_photo, shape):
    image = random_image("uint16", *shape)
    write_image(tmp_path / "a.tif", image, read_image(camera_photo).metadata, note={"seed": 7})
    back = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(back.array, image)
    assert json.loads(back.metadata.text["decrappify"]) == {"seed": 7}
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tags = file.pages[0].tags
        details, place = tags.valueof(0x8769), tags.valueof(0x8825)
        assert [tags.valueof(tag) for tag in (0x010F, 0x0110, 0x013B, 0x8298)] == ["Camera", "Model 1", "A", "(c) B"]
        assert tags.valueof(0x0132) == details["DateTimeOriginal"] == "2024:05:06 07:08:09"
        assert tags.valueof("Software") == "napari-decrappify"
        assert tags.valueof("Orientation", 1) == 1
        assert list(tags.keys()) == sorted(tags.keys())
    assert details["ExposureTime"] == (1, 250)
    assert details["ISOSpeedRatings"] == 400
    assert (details["PixelXDimension"], details["PixelYDimension"]) == (shape[1], shape[0])
    assert place["GPSLatitudeRef"] == "N"


def test_pillow_finds_the_cameras_record_in_a_tiff(tmp_path, camera_photo):
    read = read_image(camera_photo)
    write_image(tmp_path / "a.tif", read.array, read.metadata)
    with Image.open(camera_photo) as jpeg, Image.open(tmp_path / "a.tif") as picture:
        was, now = jpeg.getexif(), picture.getexif()
        changed = {0xA002: read.array.shape[1], 0xA003: read.array.shape[0]}
        assert now.get_ifd(0x8769) == {**was.get_ifd(0x8769), **changed}
        assert now.get_ifd(0x8825) == was.get_ifd(0x8825)
        np.testing.assert_array_equal(np.asarray(picture), read.array)


def test_a_tiff_too_large_for_its_directories_goes_without_the_record(tmp_path, camera_photo):
    tifffile.imwrite(tmp_path / "a.tif", random_image("uint8", 8, 6, 3), bigtiff=True, byteorder="<")
    before = (tmp_path / "a.tif").read_bytes()
    append_exif(tmp_path / "a.tif", read_image(camera_photo).metadata.exif)
    assert (tmp_path / "a.tif").read_bytes() == before


def test_imagej_axes_units_and_note_are_kept(tmp_path):
    stack = random_image("uint16", 2, 3, 8, 6)
    properties = {"axes": "ZCYX", "unit": "um", "spacing": 0.7}
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, resolution=(2.5, 2.5), metadata=properties)
    read = read_image(tmp_path / "a.tif")
    assert (read.metadata.axes, read.metadata.channel_axis, read.metadata.rgb) == ("ZCYX", 1, False)
    write_image(tmp_path / "b.tif", stack.repeat(2, -1).repeat(2, -2), read.metadata, note={"seed": 7})
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.series[0].axes == "ZCYX"
        assert file.imagej_metadata["unit"] == "um"
        assert file.imagej_metadata["spacing"] == 0.7
        assert file.pages[0].resolution == (5.0, 5.0)
        assert 'decrappify: {"seed": 7}' in file.imagej_metadata["Info"]


def test_ome_axes_and_pixel_sizes_are_kept(tmp_path):
    stack = random_image("uint16", 3, 8, 6)
    sizes = {"PhysicalSizeX": 0.3, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.4, "PhysicalSizeYUnit": "µm"}
    metadata = {"axes": "CYX", **sizes, "Channel": {"Name": ["dapi", "gfp", "rfp"]}}
    tifffile.imwrite(tmp_path / "a.ome.tif", stack, ome=True, photometric="minisblack", metadata=metadata)
    read = read_image(tmp_path / "a.ome.tif")
    write_image(tmp_path / "b.ome.tif", stack.repeat(2, -1).repeat(2, -2), read.metadata, note={"seed": 7})
    with tifffile.TiffFile(tmp_path / "b.ome.tif") as file:
        image = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]
    assert (image["Pixels"]["PhysicalSizeX"], image["Pixels"]["PhysicalSizeY"]) == (0.15, 0.2)
    assert [channel["Name"] for channel in image["Pixels"]["Channel"]] == ["dapi", "gfp", "rfp"]
    assert "decrappify" in image["Description"]


def test_the_note_of_a_plain_tiff_comes_back_beside_its_own_description(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", random_image("uint8", 8, 6), description="slide 4", metadata=None)
    read = read_image(tmp_path / "a.tif")
    write_image(tmp_path / "b.tif", read.array, read.metadata, note={"seed": 7})
    text = read_image(tmp_path / "b.tif").metadata.text
    assert json.loads(text["decrappify"]) == {"seed": 7}
    assert text["Description"] == "slide 4"


def test_palette_bilevel_and_grey_with_alpha_are_understood(tmp_path):
    grey = random_image("uint8", 8, 6)
    palette = Image.fromarray(random_image("uint8", 8, 6, 3)).quantize(16)
    palette.save(tmp_path / "p.png")
    np.testing.assert_array_equal(read_image(tmp_path / "p.png").array, np.asarray(palette.convert("RGB")))
    palette.save(tmp_path / "p.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "p.tif").array, np.asarray(palette.convert("RGB")))
    for name in ("b.png", "b.tif"):
        Image.fromarray(grey > 127).save(tmp_path / name)
        np.testing.assert_array_equal(read_image(tmp_path / name).array, np.where(grey > 127, 255, 0))
    Image.merge("LA", [Image.fromarray(grey)] * 2).save(tmp_path / "la.png")
    np.testing.assert_array_equal(read_image(tmp_path / "la.png").array, np.dstack([grey] * 4))


def test_white_is_zero_is_turned_round(tmp_path):
    grey = random_image("uint8", 8, 6)
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric="miniswhite")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, 255 - grey)


def test_a_grey_webp_is_written_as_rgb_of_equal_channels(tmp_path):
    image = random_image("uint8", 8, 6)
    write_image(tmp_path / "a.webp", image)
    np.testing.assert_array_equal(read_image(tmp_path / "a.webp").array, np.dstack([image] * 3))


def test_a_profile_for_other_colours_isnt_kept(tmp_path):
    Image.fromarray(random_image("uint8", 8, 6, 3)).save(tmp_path / "a.png", icc_profile=SRGB)
    like = read_image(tmp_path / "a.png").metadata
    write_image(tmp_path / "b.png", random_image("uint8", 8, 6), like)
    assert read_image(tmp_path / "b.png").metadata.icc is None


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "group4"])
def test_tiff_compressions_without_a_codec_here_are_read_by_libtiff(tmp_path, compression):
    image = np.kron(random_image("uint8", 4, 4), np.ones((4, 4), np.uint8))
    picture = Image.fromarray(image > 127) if compression == "group4" else Image.fromarray(image)
    picture.save(tmp_path / "a.tif", compression=compression)
    with Image.open(tmp_path / "a.tif") as expected:
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, np.asarray(expected.convert("L")))


def test_cmyk_without_a_profile_becomes_rgb_by_the_plain_formula(tmp_path):
    inks = (10, 20, 30, 40)
    Image.new("CMYK", (8, 6), inks).save(tmp_path / "a.jpg", quality=95)
    read = read_image(tmp_path / "a.jpg")
    expected = [(255 - ink) * (255 - inks[3]) / 255 for ink in inks[:3]]
    np.testing.assert_allclose(read.array, np.broadcast_to(expected, (6, 8, 3)), atol=2)
    assert read.metadata.icc is None


def saved(folder: Path, name: str) -> bytes:
    write_image(folder / name, random_image("uint8", 40, 30, 3))
    return (folder / name).read_bytes()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.bmp", "a.webp"])
def test_a_truncated_file_is_refused(tmp_path, name, share):
    content = saved(tmp_path, name)
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FileReadError):
        read_image(tmp_path / name)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["imagej", "ome", "pages", "png16"])
def test_a_truncated_stack_is_refused_and_not_filled_with_zeros(tmp_path, kind, share):
    stack = random_image("uint16", 4, 20, 20)
    path = tmp_path / ("a.png" if kind == "png16" else "a.tif")
    if kind == "png16":
        write_image(path, stack[0][..., None].repeat(3, -1))
    else:
        tifffile.imwrite(path, stack, imagej=kind == "imagej", ome=kind == "ome", photometric="minisblack")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(FileReadError):
        read_image(path)


def test_truncated_files_are_refused_even_where_others_told_pillow_to_accept_them(tmp_path, monkeypatch):
    content = saved(tmp_path, "a.png")
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(FileReadError):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a16.png"])
def test_damaged_files_never_end_in_another_error(tmp_path, name):
    write_image(tmp_path / name, random_image("uint16" if "16" in name else "uint8", 20, 15, 3))
    content = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        damaged = content.copy()
        damaged[rng.integers(0, min(len(content), 400), 6)] = rng.integers(0, 256, 6)
        (tmp_path / "bad").write_bytes(damaged.tobytes())
        try:
            read_image(tmp_path / "bad", max_pixels=10_000)
        except FileReadError:
            continue


@pytest.mark.parametrize(
    ("make", "got"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b""), "another kind of file"),
        (lambda path: path.write_text("hello"), "another kind of file"),
        (lambda path: path.write_bytes(b"BM, said the text"), "another kind of file|damaged"),
    ],
    ids=["missing", "folder", "empty", "text", "text like a picture"],
)
def test_what_is_no_image_is_refused_by_name(tmp_path, make, got):
    make(tmp_path / "a.png")
    with pytest.raises(FileReadError, match=got):
        read_image(tmp_path / "a.png")


def test_a_file_that_claims_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path):
    write_image(tmp_path / "a.png", np.zeros((100, 200), np.uint8))
    with pytest.raises(FileReadError, match="20,000"):
        read_image(tmp_path / "a.png", max_pixels=19_999)
    assert read_image(tmp_path / "a.png", max_pixels=20_000).array.shape == (100, 200)


def test_five_samples_a_pixel_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", random_image("uint8", 8, 6, 5), photometric="rgb")
    with pytest.raises(FileReadError, match="5"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("frames", [1, 3])
def test_the_first_frame_of_a_gif_is_read_and_the_others_are_said_to_be_missing(tmp_path, recwarn, frames):
    pictures = [Image.fromarray(random_image("uint8", 8, 6)).convert("P") for _ in range(frames)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:])
    read = read_image(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as picture:
        np.testing.assert_array_equal(read.array, np.asarray(picture.convert("RGB")))
    assert read.metadata.format == "GIF"
    said = [str(warning.message) for warning in recwarn if warning.category is FileWarning]
    assert [("first" in text) for text in said] == [True] * (frames > 1)


def test_the_transparent_colour_of_a_gif_is_alpha(tmp_path):
    picture = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(8, 6)).convert("P")
    picture.save(tmp_path / "a.gif", transparency=5)
    alpha = read_image(tmp_path / "a.gif").array[..., 3]
    assert (alpha == 0).sum() == 1


@pytest.mark.parametrize("name", ["a.jfif", "a.jpe", "a.JFIF"])
def test_a_jpeg_has_many_names(tmp_path, name):
    image = np.full((8, 6, 3), 90, np.uint8)
    write_image(tmp_path / name, image)
    assert read_image(tmp_path / name).metadata.format == "JPEG"
    assert picture_files(tmp_path) == [tmp_path / name]


def test_an_animation_is_refused(tmp_path):
    frames = [Image.fromarray(random_image("uint8", 8, 6, 3)) for _ in range(3)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(FileReadError, match="3 frames"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "dtype", "shape", "got"),
    [
        ("a.jpg", "uint16", (8, 6), "uint16"),
        ("a.png", "float32", (8, 6), "float32"),
        ("a.jpg", "uint8", (8, 6, 4), "RGBA"),
        ("a.bmp", "uint8", (8, 6, 4), "RGBA"),
        ("a.png", "uint8", (2, 8, 6), "shape"),
        ("a.gif", "uint8", (8, 6), "a.gif"),
    ],
)
def test_a_format_that_would_lose_something_is_refused(tmp_path, name, dtype, shape, got):
    with pytest.raises(FileWriteError, match=got):
        write_image(tmp_path / name, random_image(dtype, *shape))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a16.png"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(b"before")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileWriteError, match="No space left"):
        write_image(tmp_path / name, random_image("uint16", 8, 6, 3) if "16" in name else random_image("uint8", 8, 6))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"before"


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(FileWriteError):
        write_image(tmp_path / "a" / "b.png", random_image("uint8", 8, 6))


def test_an_image_larger_than_pillows_limit_is_read_and_the_limit_is_left_alone(tmp_path, monkeypatch):
    write_image(tmp_path / "a.png", np.zeros((40, 40), np.uint8))
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)
    assert read_image(tmp_path / "a.png").array.shape == (40, 40)
    assert Image.MAX_IMAGE_PIXELS == 100
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO((tmp_path / "a.png").read_bytes()))
