"""PNG of 16 bits a sample in more than one channel, which Pillow reads and writes as 8 bits."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 4: 2, 6: 4}  # colour type: channels; RGB, grey with alpha, RGBA
_RAW_EXIF = b"Raw profile type exif"  # how ImageMagick wrote it into texts, before PNG had a chunk for it
_COLOR_TYPES = {3: 2, 4: 6}


class Header(NamedTuple):
    """The part of a PNG's IHDR chunk that matters here."""

    width: int
    height: int
    depth: int
    color_type: int
    interlaced: bool

    @property
    def squeezed_by_pillow(self) -> bool:
        """Whether Pillow would drop the low byte of every sample."""
        return self.depth == 16 and self.color_type in _CHANNELS


def header(start: bytes) -> Header | None:
    """Return the header from a file's first 29 bytes, or None if it isn't a PNG's."""
    if len(start) < 29 or not start.startswith(SIGNATURE) or start[12:16] != b"IHDR":
        return None
    width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", start[16:29])
    return Header(width, height, depth, color_type, interlace == 1)


def decode(content: bytes) -> npt.NDArray[np.uint16]:
    """Return all 16 bits of an RGB, grey with alpha, or RGBA PNG: (Y, X, 3), (Y, X, 2) or (Y, X, 4).

    Pillow's decoder undoes compression, filters and interlacing; asked for the samples once as big-endian and once
    as little-endian numbers, it returns their high bytes and their low bytes.

    Raises
    ------
    ValueError
        For a file that is truncated or damaged.
    """
    head = header(content)
    if head is None or not head.squeezed_by_pillow:
        raise ValueError("not a PNG of 16 bits in several channels")
    data = b"".join(body for kind, body in _chunks(content) if kind == b"IDAT")
    channels = _CHANNELS[head.color_type]
    if channels == 2:
        pairs = _unpacked(head, data, "RGBA", "RGBA")
        samples: npt.NDArray[np.uint16] = pairs.view(">u2").astype(np.uint16)
        return samples
    mode = "RGB" if channels == 3 else "RGBA"
    high = _unpacked(head, data, mode, f"{mode};16B")
    low = _unpacked(head, data, mode, f"{mode};16L")
    both: npt.NDArray[np.uint16] = high.astype(np.uint16) << 8 | low
    return both


def encode(array: npt.NDArray[np.uint16], ancillary: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """Return the PNG file of a (Y, X, 3) or (Y, X, 4) uint16 image.

    Parameters
    ----------
    array : ndarray of uint16
        The image.
    ancillary : iterable of (kind, body)
        Chunks to put before the pixels: iCCP, pHYs, eXIf, iTXt.
    """
    y, x, channels = array.shape
    rows = array.astype(">u2").reshape(y, -1).view(np.uint8)
    filtered = np.empty((y, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = 2  # the filter "up": each row as the difference to the one above
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    ihdr = struct.pack(">IIBBBBB", x, y, 16, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = [(b"IHDR", ihdr), *ancillary, (b"IDAT", zlib.compress(filtered.tobytes(), 6)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(SIGNATURE)
    while position < len(content):
        if position + 12 > len(content):
            raise ValueError("truncated")
        (length,) = struct.unpack_from(">I", content, position)
        kind, body = content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        check = content[position + 8 + length : position + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + body) != int.from_bytes(check, "big"):
            raise ValueError(f"truncated or damaged in its {kind!r} chunk")
        yield kind, body
        if kind == b"IEND":
            return
        position += 12 + length
    raise ValueError("truncated")


def exif_is_late(path: Path) -> bool:
    """Tell whether a PNG has the camera's record behind its pixels, where it is found only with them."""
    pixels_met = False
    with path.open("rb") as file:
        file.seek(len(SIGNATURE))
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            pixels_met |= kind == b"IDAT"
            keyword = file.read(min(length, len(_RAW_EXIF)))
            if pixels_met and (kind == b"eXIf" or keyword == _RAW_EXIF):
                return True
            file.seek(length - len(keyword) + 4, io.SEEK_CUR)
    return False


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _unpacked(head: Header, data: bytes, mode: str, raw_mode: str) -> npt.NDArray[Any]:
    image = Image.frombytes(mode, (head.width, head.height), data, "zip", raw_mode, int(head.interlaced))
    return np.asarray(image)
