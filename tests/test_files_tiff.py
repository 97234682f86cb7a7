"""TIFFs are read as what they say that they are, and judged by their frames, not by what a library logs."""

from __future__ import annotations

import logging
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_decrappify.errors import FileReadError, FileWarning
from napari_decrappify.files import read_header, read_image, write_image

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (9, 7), dtype=np.uint8)
STACK = RNG.integers(1, 65536, (3, 9, 7), dtype=np.uint16)


def packed(samples: np.ndarray, bits: int) -> bytes:
    """Return numbers of so many bits side by side, each row from a byte on."""
    rows = samples.reshape(len(samples), -1)
    single = (rows[..., None] >> np.arange(bits)[::-1]) & 1
    return np.packbits(single.reshape(len(rows), -1), axis=1).tobytes()


def hand_written_tiff(path: Path, samples: np.ndarray, bits: int = 8, photometric: int = 1, *extra, deflate=False):
    """Write a TIFF of one strip as old programs and cameras do; extra entries are (tag, type, values)."""
    data = packed(samples, bits)
    data = zlib.compress(data) if deflate else data
    count = samples.shape[2] if samples.ndim == 3 else 1
    entries = [
        *((256, 4, [samples.shape[1]]), (257, 4, [samples.shape[0]]), (258, 3, [bits] * count)),
        *((259, 3, [8 if deflate else 1]), (262, 3, [photometric]), (273, 4, [8]), (277, 3, [count])),
        *((278, 4, [samples.shape[0]]), (279, 4, [len(data)]), *extra),
    ]
    start = 8 + len(data) + len(data) % 2
    body, packed_entries = b"", b""
    for tag, kind, values in sorted(entries):
        raw = bytes(values) if kind in (2, 7) else struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(raw) > 4:
            place = struct.pack("<I", start + 2 + 12 * len(entries) + 4 + len(body))
            body += raw + b"\0" * (len(raw) % 2)
        packed_entries += struct.pack("<HHI", tag, kind, len(values)) + (place if len(raw) > 4 else raw.ljust(4, b"\0"))
    head = (b"II*\0" + struct.pack("<I", start) + data).ljust(start, b"\0")
    path.write_bytes(head + struct.pack("<H", len(entries)) + packed_entries + b"\0\0\0\0" + body)


@pytest.fixture(params=["codecs as installed", "no codecs"])
def codecs(request, monkeypatch):
    """Read with imagecodecs, if it is there, and without."""
    if request.param == "no codecs":
        monkeypatch.setattr("tifffile.tifffile.imagecodecs", pytest.importorskip("tifffile._imagecodecs"))


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("deflate", [False, True], ids=["plain", "deflated"])
@pytest.mark.parametrize("bits", [2, 4, 6])
def test_few_bits_become_bytes_of_full_range(tmp_path, bits, deflate):
    samples = RNG.integers(0, 2**bits, (9, 7))
    hand_written_tiff(tmp_path / "a.tif", samples, bits, deflate=deflate)
    back = read_image(tmp_path / "a.tif").array
    assert back.dtype == np.uint8
    np.testing.assert_array_equal(back, np.rint(samples * 255 / (2**bits - 1)))


@pytest.mark.usefixtures("codecs")
@pytest.mark.parametrize("deflate", [False, True], ids=["plain", "deflated"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_a_cameras_grey_of_twelve_bits_keeps_its_counts(tmp_path, bits, deflate):
    samples = RNG.integers(0, 2**bits, (9, 7))
    hand_written_tiff(tmp_path / "a.tif", samples, bits, deflate=deflate)
    back = read_image(tmp_path / "a.tif").array
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, samples)


@pytest.mark.usefixtures("codecs")
def test_twelve_bits_of_colour_become_sixteen_of_full_range(tmp_path):
    samples = RNG.integers(0, 4096, (9, 7, 3))
    samples[0, 0] = 4095
    hand_written_tiff(tmp_path / "a.tif", samples, 12, 2)
    back = read_image(tmp_path / "a.tif")
    assert (back.array.dtype, back.metadata.axes, back.array.max()) == (np.uint16, "YXS", 65535)
    np.testing.assert_array_equal(back.array, np.rint(samples * (65535 / 4095)))


@pytest.mark.parametrize("bits", [4, 12])
def test_few_bits_are_turned_round_where_white_is_zero(tmp_path, bits):
    samples = RNG.integers(0, 2**bits, (9, 7))
    hand_written_tiff(tmp_path / "a.tif", samples, bits, 0)
    expected = (15 - samples) * 17 if bits == 4 else 4095 - samples
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, expected)


def test_four_bits_that_point_into_a_palette_are_not_scaled(tmp_path):
    samples = RNG.integers(0, 16, (9, 7))
    palette = RNG.integers(0, 256, (3, 16)) * 257
    hand_written_tiff(tmp_path / "a.tif", samples, 4, 3, (320, 3, palette.ravel().tolist()))
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, (palette // 257)[:, samples].transpose(1, 2, 0))


def test_few_bits_are_read_from_the_other_end_of_each_byte_where_the_file_says_so(tmp_path):
    samples = RNG.integers(0, 16, (9, 8))
    turned = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1])
    stored = turned[np.frombuffer(packed(samples, 4), np.uint8)]
    low, high = stored & 15, stored >> 4
    hand_written_tiff(tmp_path / "a.tif", np.dstack([high, low]).reshape(9, 8), 4, 1, (266, 3, [2]))
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, samples * 17)


def test_signed_values_survive_lzw(tmp_path):
    heights = RNG.integers(-9999, 430, (9, 7), dtype=np.int16)
    picture = Image.fromarray(heights.view(np.uint16))
    picture.save(tmp_path / "a.tif", compression="tiff_lzw", tiffinfo={339: 2})
    back = read_image(tmp_path / "a.tif").array
    assert back.dtype == np.int16
    np.testing.assert_array_equal(back, heights)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_wide_values_survive_lzw(tmp_path, dtype):
    image = (RNG.random((9, 7)) * 1e9 - 3e8).astype(dtype)
    Image.fromarray(image).save(tmp_path / "a.tif", compression="tiff_lzw")
    back = read_image(tmp_path / "a.tif").array
    assert back.dtype == image.dtype
    np.testing.assert_array_equal(back, image)


def test_sixteen_bits_of_lzw_are_turned_round_where_white_is_zero(tmp_path):
    Image.fromarray(STACK[0]).save(tmp_path / "a.tif", compression="tiff_lzw")
    patched(tmp_path / "a.tif", 262, 1, 0)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, 65535 - STACK[0])


@pytest.mark.parametrize("options", [{}, {"metadata": None}, {"software": "my script"}], ids=str)
def test_a_mask_that_tifffile_wrote_is_white_where_it_is_true(tmp_path, options):
    mask = GREY > 127
    tifffile.imwrite(tmp_path / "a.tif", mask, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, np.where(mask, 255, 0))


def test_a_fax_is_black_on_white(tmp_path):
    ink = GREY > 127
    hand_written_tiff(tmp_path / "a.tif", ink.astype(int), 1, 0)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, np.where(ink, 0, 255))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_colours_multiplied_by_alpha_are_made_straight(tmp_path, dtype):
    full = 1 if dtype == "float32" else np.iinfo(dtype).max
    straight = (RNG.random((9, 7, 4)) * full).astype(dtype)
    straight[..., 3] = full
    straight[2:5, :, 3], straight[6:, :, 3] = full / 2, 0
    multiplied = straight.copy()
    multiplied[..., :3] = straight[..., :3] * (straight[..., 3:] / full) + (0.5 if dtype != "float32" else 0)
    tifffile.imwrite(tmp_path / "a.tif", multiplied, photometric="rgb", extrasamples=["assocalpha"])
    back = read_image(tmp_path / "a.tif").array
    assert back.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(back[..., 3], straight[..., 3])
    np.testing.assert_array_equal(back[:2], straight[:2])
    np.testing.assert_allclose(back[2:5, :, :3], straight[2:5, :, :3], atol=1.01 if full > 1 else 1e-6)
    assert not back[6:, :, :3].any()


def patched(path: Path, tag: int, before: int, after: int) -> None:
    """Change the one short of an entry of a little-endian TIFF's directory."""
    content = path.read_bytes()
    entry = struct.pack("<HHIHH", tag, 3, 1, before, 0)
    assert content.count(entry) == 1
    path.write_bytes(content.replace(entry, struct.pack("<HHIHH", tag, 3, 1, after, 0)))


def test_colours_of_lzw_multiplied_by_alpha_are_made_straight(tmp_path):
    image = np.full((9, 7, 4), 60, np.uint8)
    image[..., 3] = 120
    Image.fromarray(image).save(tmp_path / "a.tif", compression="tiff_lzw")
    patched(tmp_path / "a.tif", 338, 2, 1)
    np.testing.assert_allclose(read_image(tmp_path / "a.tif").array[..., :3], 127.5, atol=1)


def test_straight_alpha_is_kept_bit_by_bit(tmp_path):
    image = RNG.integers(0, 256, (9, 7, 4), dtype=np.uint8)
    write_image(tmp_path / "a.tif", image)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, image)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"], ids=["plain", "lzw"])
def test_a_fourth_band_of_no_said_kind_is_no_transparency(tmp_path, compression):
    image = RNG.integers(0, 256, (9, 7, 4), dtype=np.uint8)
    if compression is None:
        tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb", extrasamples=["unspecified"])
    else:
        Image.frombytes("RGBX", (7, 9), image.tobytes()).save(tmp_path / "a.tif", compression=compression)
    with pytest.warns(FileWarning, match="fourth band") as said:
        back = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(back.array, image[..., :3])
    assert len(said) == len(back.notes) == 1


ODD = {
    "Shift-JIS description": (270, 2, "日本語のデータ".encode("shift-jis") + b"\0"),
    "broken private tag": (50839, 7, b"IJIJxxxxxxx"),
    "private tag beyond the end": (65000, 4, [7] * 2),
    "no number for no data": (42113, 2, b"abc\0"),
    "empty profile": (34675, 7, b""),
}


@pytest.mark.parametrize("entry", ODD.values(), ids=ODD)
@pytest.mark.parametrize("logged", [True, False], ids=["logged", "log turned down"])
def test_what_tifffile_complains_of_is_no_damage(tmp_path, monkeypatch, entry, logged):
    monkeypatch.setattr(logging.getLogger("tifffile"), "disabled", not logged)
    extra = [entry, *([(50838, 4, [7, 8, 9])] if entry[0] == 50839 else [])]
    hand_written_tiff(tmp_path / "a.tif", GREY, 8, 1, *extra)
    if entry[0] == 65000:
        content = (tmp_path / "a.tif").read_bytes()
        (tmp_path / "a.tif").write_bytes(content[:-8])
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, GREY)


@pytest.mark.parametrize("claimed", [2, 5])
def test_an_imagej_stack_has_the_planes_that_are_there_whatever_its_description_counts(tmp_path, claimed):
    told = f"ImageJ=1.53\nimages={claimed}\nslices={claimed}\nunit=um\n"
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="minisblack", metadata=None, description=told)
    with pytest.warns(FileWarning, match=f"{claimed} planes, as the file has 3"):
        back = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(back.array, STACK)
    assert (back.metadata.axes, back.metadata.imagej["unit"]) == ("ZYX", "um")
    assert read_header(tmp_path / "a.tif").leading == (3,)


def test_one_plane_cut_out_of_an_imagej_stack_is_one_plane(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", STACK[0], metadata=None, description="ImageJ=1.53\nimages=5\nslices=5\n")
    with pytest.warns(FileWarning, match="5 planes, as the file has 1"):
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, STACK[0])


@pytest.mark.parametrize("share", [0.5, 0.9, 1])
def test_a_hyperstack_with_one_directory_is_whole_or_refused(tmp_path, share):
    tifffile.imwrite(tmp_path / "a.tif", STACK, imagej=True, truncate=True, metadata={"axes": "ZYX"})
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: int(len(content) * share)])
    if share == 1:
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif").array, STACK)
        return
    with pytest.raises(FileReadError, match="truncated"):
        read_image(tmp_path / "a.tif")


def multi_file_ome(me: int, names: list[str]) -> bytes:
    """Return the description of one of several files that hold a plane each."""
    parts = "".join(
        f'<TiffData FirstZ="{z}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{z}</UUID></TiffData>'
        for z, name in enumerate(names)
    )
    pixels = f'DimensionOrder="XYZCT" Type="uint16" SizeX="7" SizeY="9" SizeZ="{len(names)}" SizeC="1" SizeT="1"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        f'UUID="urn:uuid:{me}"><Image ID="Image:0"><Pixels ID="Pixels:0" {pixels}>'
        f'<Channel ID="Channel:0:0" SamplesPerPixel="1"/>{parts}</Pixels></Image></OME>'
    ).encode()


@pytest.fixture
def partners(tmp_path):
    """Three files of one OME-TIFF."""
    names = [f"z{number}.ome.tif" for number in range(3)]
    for number, name in enumerate(names):
        tifffile.imwrite(tmp_path / name, STACK[number], description=multi_file_ome(number, names), metadata=None)
    return [tmp_path / name for name in names]


@pytest.mark.parametrize("logged", [True, False], ids=["logged", "log turned down"])
def test_a_missing_file_of_an_ome_tiff_is_named_and_not_black(partners, monkeypatch, logged):
    monkeypatch.setattr(logging.getLogger("tifffile"), "disabled", not logged)
    np.testing.assert_array_equal(read_image(partners[0]).array, STACK)
    partners[1].unlink()
    with pytest.raises(FileReadError, match=r"none at z1\.ome\.tif"):
        read_image(partners[0])


def test_a_damaged_file_of_an_ome_tiff_is_no_black_plane(partners):
    content = partners[2].read_bytes()
    partners[2].write_bytes(content[:-20])
    with pytest.raises(FileReadError):
        read_image(partners[0])
    partners[2].write_bytes(content[:40])
    with pytest.raises(FileReadError, match="missing"):
        read_image(partners[0])


def test_an_ome_tiff_under_another_name_is_read(tmp_path):
    tifffile.imwrite(tmp_path / "new.tif", STACK[0], description=multi_file_ome(0, ["old.ome.tif"]), metadata=None)
    np.testing.assert_array_equal(read_image(tmp_path / "new.tif").array, STACK[0])


def test_frames_that_an_ome_tiff_misses_are_not_black(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", STACK, ome=True, photometric="minisblack", metadata={"axes": "ZYX"})
    content = (tmp_path / "a.ome.tif").read_bytes()
    content = content.replace(b'SizeZ="3"', b'SizeZ="4"').replace(b'PlaneCount="3"', b'PlaneCount="4"')
    (tmp_path / "a.ome.tif").write_bytes(content)
    with pytest.raises(FileReadError, match="all 4 frames"):
        read_image(tmp_path / "a.ome.tif")


def test_a_stack_whose_chain_of_pages_is_broken_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(logging.getLogger("tifffile"), "disabled", True)
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="minisblack", metadata=None)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        second = file.pages[1].offset
    content = bytearray((tmp_path / "a.tif").read_bytes())
    pointer = content.index(struct.pack("<I", second))
    content[pointer : pointer + 4] = struct.pack("<I", len(content) + 100)
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(FileReadError):
        read_image(tmp_path / "a.tif")


def test_strips_that_were_never_written_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, rowsperstrip=3, metadata=None, compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        counts = file.pages[0].tags[279].value
        file.pages[0].tags[279].overwrite((*counts[:2], 0))
    with pytest.raises(FileReadError, match="never finished"):
        read_image(tmp_path / "a.tif")


CHANNELS = {
    "Name": ["dapi", "gfp", "0488"],
    "Color": [65535, -16776961, 16711935],
    "EmissionWavelength": [461.0, 509.5, 600.0],
    "EmissionWavelengthUnit": ["nm"] * 3,
}


@pytest.mark.parametrize("axes", ["CYX", "ZCYX", "TCZYX"])
def test_colours_and_names_of_channels_survive(tmp_path, axes):
    stack = RNG.integers(0, 255, tuple({"C": 3, "Y": 9, "X": 7}.get(axis, 2) for axis in axes), dtype=np.uint8)
    metadata = {"axes": axes, "Channel": CHANNELS}
    tifffile.imwrite(tmp_path / "a.ome.tif", stack, ome=True, photometric="minisblack", metadata=metadata)
    read = read_image(tmp_path / "a.ome.tif")
    write_image(tmp_path / "b.ome.tif", read.array, read.metadata, note={"seed": 7})
    with tifffile.TiffFile(tmp_path / "b.ome.tif") as file:
        channels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]["Channel"]
        assert 'Name="0488"' in file.ome_metadata
    assert [channel["Color"] for channel in channels] == CHANNELS["Color"]
    assert [channel["Name"] for channel in channels[:2]] == CHANNELS["Name"][:2]
    assert [channel["EmissionWavelength"] for channel in channels] == CHANNELS["EmissionWavelength"]


def test_channels_of_which_only_some_have_names_keep_those(tmp_path):
    metadata = {"axes": "CYX", "Channel": [{"Name": "dapi"}, {}, {"Color": 255}]}
    tifffile.imwrite(tmp_path / "a.ome.tif", STACK, ome=True, photometric="minisblack", metadata=metadata)
    read = read_image(tmp_path / "a.ome.tif")
    write_image(tmp_path / "b.ome.tif", read.array, read.metadata)
    again = read_image(tmp_path / "b.ome.tif").metadata
    assert again.ome["Channel"] == [{"Name": "dapi"}, {}, {"Color": "255"}]


def test_a_description_in_any_script_is_kept(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, description="Größe, 日本".encode(), metadata=None)
    read = read_image(tmp_path / "a.tif")
    write_image(tmp_path / "b.tif", read.array, read.metadata, note={"seed": 7})
    assert read_image(tmp_path / "b.tif").metadata.text["Description"] == "Größe, 日本"
