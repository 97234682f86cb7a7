"""The camera's record, EXIF: brought up to date, and put into a TIFF."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from .image_file import Metadata

BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, OverflowError),
    struct.error,
)
"""What Pillow raises for damaged files."""

_DETAILS, _PLACE = 0x8769, 0x8825  # directories of their own: how the photo was taken, and where
_CAMERA = (0x010F, 0x0110, 0x0132, 0x013B, 0x8298)  # make, model, date and time, artist, copyright


def exif_of(like: Metadata) -> bytes | None:
    """Return the camera's record with the size and resolution of the image as it is now; None for a damaged one."""
    if not like.exif:
        return None
    try:
        return _updated(like, like.exif)
    except BROKEN:
        return None


def _updated(like: Metadata, record: bytes) -> bytes:
    exif = Image.Exif()
    exif.load(record)
    details = exif.get_ifd(_DETAILS)
    for tags, width, height in ((exif, 0x0100, 0x0101), (details, 0xA002, 0xA003)):
        if width in tags:
            tags[width], tags[height] = like.yx[1], like.yx[0]
    if 0x011A in exif and like.resolution is not None and (dpi := like.resolution.dpi()):
        exif[0x011A], exif[0x011B], exif[0x0128] = dpi[0], dpi[1], 2
    return exif.tobytes()


def append_exif(path: Path, record: bytes) -> None:
    """Put a camera's record into a little-endian TIFF below 4 GiB; what describes the pixels is the TIFF's own.

    Tifffile writes no EXIF directories, so they go to the end of the file, with a new first directory that holds the
    entries of the old one and the record's.
    """
    exif = Image.Exif()
    exif.load(record)
    for tag in set(exif) - {*_CAMERA, _DETAILS, _PLACE}:
        del exif[tag]
    exif.endian = "<"
    with path.open("r+b") as file:
        magic, start = struct.unpack("<4sI", file.read(8))
        if magic != b"II*\0":
            return
        file.seek(start)
        entries, following = _entries(file), file.read(4)
        offset = _even_end(file)
        addition = exif.tobytes(offset).removeprefix(b"Exif\0\0")[8:]
        file.write(addition)
        entries = sorted(entries + _entries(io.BytesIO(addition)), key=lambda entry: struct.unpack("<H", entry[:2]))
        offset = _even_end(file)
        file.write(struct.pack("<H", len(entries)) + b"".join(entries) + following)
        file.seek(4)
        file.write(struct.pack("<I", offset))


def _entries(file: BinaryIO) -> list[bytes]:
    """Read the entries of a TIFF's directory that begins here, 12 bytes each."""
    (count,) = struct.unpack("<H", file.read(2))
    return [file.read(12) for _ in range(count)]


def _even_end(file: BinaryIO) -> int:
    """Go to the end of a file, filled up to an even offset, where directories begin."""
    end = file.seek(0, io.SEEK_END)
    return end + file.write(b"\0" * (end % 2))
