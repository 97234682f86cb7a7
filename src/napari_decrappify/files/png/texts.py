"""The texts of a PNG that are too large to be read: Pillow would refuse the whole picture for them."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from .png16 import SIGNATURE

MOST = 2**20  # bytes of one compressed text or profile, unpacked
MOST_TOGETHER = 2**26
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")


def readable(path: Path, notes: list[str]) -> BinaryIO | None:
    """Return a PNG without its oversized texts and profiles; None for any file that has none of these."""
    with path.open("rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            return None
        spans = _oversized(file)
    if not spans:
        return None
    content = path.read_bytes()
    notes.append(f"{len(spans)} of its texts or profiles, as they are larger than {MOST:,} bytes")
    for start, end in reversed(spans):
        content = content[:start] + content[end:]
    return io.BytesIO(content)


def _oversized(file: BinaryIO) -> list[tuple[int, int]]:
    """Return where the chunks begin and end that hold too much."""
    spans, together = [], 0
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        start = file.tell() - 8
        if kind in _TEXTS:
            packed, size = _size(kind, file.read(length))
            if (packed and size > MOST) or together + size > MOST_TOGETHER:
                spans.append((start, start + length + 12))
            else:
                together += size
        file.seek(start + length + 12, os.SEEK_SET)
    return spans


def _size(kind: bytes, body: bytes) -> tuple[bool, int]:
    """Return whether a text is compressed, and how long it is; no more than a little beyond `MOST` is unpacked."""
    _, _, rest = body.partition(b"\0")
    packed = kind in (b"zTXt", b"iCCP") or (kind == b"iTXt" and rest[:1] == b"\1")
    if not packed:
        return False, len(body)
    data = rest[1:] if kind != b"iTXt" else rest[2:].split(b"\0", 2)[-1]
    try:
        return True, len(zlib.decompressobj().decompress(data, MOST + 1))
    except zlib.error:
        return True, 0
