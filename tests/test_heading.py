"""What the head of a file says, and its planes one by one, agree with `read_image`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_decrappify.errors import FileReadError
from napari_decrappify.files import read_header, read_image, read_planes
from napari_decrappify.planes import layout_of

RNG = np.random.default_rng(0)
STACK = RNG.integers(0, 60_000, (2, 3, 9, 14)).astype(np.uint16)
COLOURS = RNG.integers(0, 256, (9, 14, 3)).astype(np.uint8)


def turned_jpeg(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOURS).save(path, format="JPEG", exif=exif)


def late_exif(path: Path) -> None:
    """A PNG whose camera's record follows the pixels, as some editors write it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOURS).save(path, format="PNG", exif=exif)
    content = path.read_bytes()
    start = content.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(content[start : start + 4], "big")
    path.write_bytes(content[:start] + content[end:-12] + content[start:end] + content[-12:])


def tiff(array: np.ndarray, **options: object) -> Callable[[Path], None]:
    return lambda path: tifffile.imwrite(path, array, **options)


def one_directory(path: Path) -> None:
    """An ImageJ hyperstack beyond 4 GB has one directory for all its planes; here it is made of a small one."""
    tifffile.imwrite(path, STACK[0], imagej=True, metadata={"axes": "ZYX"})
    with tifffile.TiffFile(path) as file:
        end = file.pages[0].offset + 2 + 12 * len(file.pages[0].tags)
    with path.open("r+b") as file:
        file.seek(end)
        file.write(b"\0\0\0\0")


def pyramid(path: Path) -> None:
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(STACK[0], subifds=1, tile=(16, 16))
        writer.write(STACK[0][:, ::2, ::2], subfiletype=1, tile=(16, 16))


FILES: dict[str, Callable[[Path], None]] = {
    "turned.jpg": turned_jpeg,
    "late.png": late_exif,
    "palette.png": lambda path: Image.fromarray(COLOURS).quantize(8).save(path, format="PNG"),
    "grey.tif": tiff(STACK[0, 0]),
    "stack.tif": tiff(STACK, photometric="minisblack"),
    "big-endian.tif": tiff(STACK, photometric="minisblack", byteorder=">"),
    "deflated.tif": tiff(STACK, photometric="minisblack", compression="zlib", predictor=True),
    "floats.tif": tiff(STACK.astype(np.float64), photometric="minisblack"),
    "white-is-zero.tif": tiff(STACK[0], photometric="miniswhite"),
    "bilevel.tif": tiff(STACK[0] > 30_000, photometric="minisblack"),
    "colour-stack.tif": tiff(np.stack([COLOURS] * 4), photometric="rgb"),
    "planar.tif": tiff(np.moveaxis(COLOURS, -1, 0), photometric="rgb", planarconfig="separate"),
    "unnamed-colour.tif": tiff(COLOURS.astype(np.uint16), photometric="minisblack"),
    "imagej.tif": tiff(STACK, imagej=True, metadata={"axes": "ZCYX"}),
    "one-directory.tif": one_directory,
    "ome.tif": tiff(STACK, ome=True, metadata={"axes": "ZCYX"}),
    "pyramid.tif": pyramid,
    "turned.tif": tiff(COLOURS, extratags=[(274, "H", 1, 6, True)]),
}


@pytest.mark.parametrize("name", FILES)
def test_heading_and_planes_are_those_of_the_whole_image(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    FILES[name](path)
    image = read_image(path)
    layout = layout_of(image.array.shape, rgb=image.metadata.rgb)
    header = read_header(path)
    assert (header.leading, header.yx) == (layout.leading, layout.yx)
    for number, index in enumerate(layout.planes()):
        plane = read_planes(path, number)[number]
        assert plane.dtype == image.array.dtype
        assert plane.dtype.isnative
        assert np.array_equal(plane, image.array[index])


def test_the_examples_are_what_they_claim(tmp_path: Path) -> None:
    planes = {}
    for name in ("one-directory.tif", "pyramid.tif", "late.png", "unnamed-colour.tif"):
        FILES[name](tmp_path / name)
        planes[name] = read_header(tmp_path / name)
    assert planes["one-directory.tif"].planes == planes["pyramid.tif"].planes == 3
    assert planes["late.png"].yx == (14, 9)
    assert (planes["unnamed-colour.tif"].planes, planes["unnamed-colour.tif"].yx) == (1, (9, 14))


def test_one_plane_of_a_plain_stack_is_read_without_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stack.tif", "big-endian.tif", "deflated.tif", "imagej.tif", "one-directory.tif"):
        FILES[name](tmp_path / name)
        expected = read_image(tmp_path / name).array.reshape(-1, 9, 14)[2]
        with monkeypatch.context() as patch:
            patch.setattr("napari_decrappify.files.header.read_image", None)
            ((number, plane),) = read_planes(tmp_path / name, 2).items()
        assert number == 2
        assert np.array_equal(plane, expected)


def test_planes_that_were_read_on_the_way_come_too(tmp_path: Path) -> None:
    FILES["colour-stack.tif"](tmp_path / "x.tif")
    assert [plane.shape for plane in read_planes(tmp_path / "x.tif", 3).values()] == [(9, 14, 3)] * 4


def test_pixels_are_not_decoded_for_the_heading(tmp_path: Path) -> None:
    """The second half of the pixels is spoiled, which only who decodes them can find."""
    rows = RNG.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    for name in ("x.png", "x.jpg", "x.tif"):
        path = tmp_path / name
        Image.fromarray(rows).save(path, **({"compression": "tiff_adobe_deflate"} if name == "x.tif" else {}))
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 2000] = bytes(2000)
        path.write_bytes(content)
        assert read_header(path).yx == (64, 64)


def test_a_head_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    for name in ("turned.jpg", "deflated.tif"):
        FILES[name](tmp_path / name)
        with pytest.raises(FileReadError, match="at most 100 pixels"):
            read_header(tmp_path / name, max_pixels=100)
    with pytest.raises(FileReadError, match="gone"):
        read_header(tmp_path / "gone.png")
