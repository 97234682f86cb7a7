"""Reading an image file."""

from __future__ import annotations

from pathlib import Path

from ..bounds import check_regular
from ..errors import FileReadError
from . import bitmap, tiff
from .image_file import ImageFile

MAX_PIXELS = 400_000_000
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_image(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Read a PNG, JPEG, TIFF, BMP or WebP file with all the bits that it has.

    The format is found from the content, not from the name. The camera's orientation is applied. A palette becomes RGB,
    transparency becomes a fourth channel, bilevel becomes uint8 with 0 and 255. A JPEG in CMYK becomes sRGB by its
    profile; without one it becomes RGB by the plain formula, with colours that are only roughly those meant.

    Parameters
    ----------
    path : str or Path
        The file.
    max_pixels : int
        A compressed file that claims to hold more pixels is refused before it is unpacked (a few kilobytes can claim
        gigabytes); raise the limit on purpose for larger images.

    Raises
    ------
    FileReadError
        If there is no such file, or it is a folder, unreadable, truncated, no image, or of a kind that can't be
        read without loss.
    """
    path = Path(path)
    try:
        check_regular(path)
        with path.open("rb") as file:
            start = file.read(32)
    except OSError as error:
        raise FileReadError(f"an image file at {path}", error.strerror or str(error)) from error
    read = tiff.read if start[:4] in _TIFF_STARTS else bitmap.read
    return read(path, max_pixels)
