"""Reading an image file."""

from __future__ import annotations

import warnings
from pathlib import Path

from ..bounds import check_regular
from ..errors import FileReadError, FileWarning
from . import bitmap
from .image_file import ImageFile
from .tiff import reader as tiff

MAX_PIXELS = 400_000_000
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_STARTS = (*_TIFF_STARTS, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"RIFF", b"GIF8")


def read_image(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Read a PNG, JPEG, TIFF, BMP, WebP or GIF file with all the bits that it has.

    The format is found from the content, not from the name. The camera's orientation is applied. A palette becomes RGB,
    transparency becomes a fourth channel, bilevel becomes uint8 with 0 and 255. A JPEG in CMYK becomes sRGB by its
    profile; without one it becomes RGB by the plain formula, with colours that are only roughly those meant. TIFFs of
    2 to 7 bits become uint8 of its full range; grey of 9 to 15 bits keeps its counts, in uint16. Colours that a TIFF
    has multiplied by alpha are divided by it. Of a GIF the first frame is read.

    What can't be kept of the file is said in one `FileWarning`, and listed in the result's `notes`.

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
    check_is_picture(path)
    read = tiff.read if is_tiff(path) else bitmap.read
    image = read(path, max_pixels)
    if image.notes:
        warnings.warn(f"{path} is read without {'; '.join(image.notes)}.", FileWarning, stacklevel=2)
    return image


def check_is_picture(path: Path) -> None:
    """Raise `FileReadError` for a file that begins like no format of ours, or that can't be read."""
    if not _start(path).startswith(_STARTS):
        raise FileReadError(f"a picture (PNG, JPEG, TIFF, BMP, WebP or GIF) at {path}", "another kind of file")


def is_tiff(path: Path) -> bool:
    """Tell from its first bytes whether a file is a TIFF.

    Raises
    ------
    FileReadError
        If there is no such file, or it is a folder or unreadable.
    """
    return _start(path).startswith(_TIFF_STARTS)


def _start(path: Path) -> bytes:
    try:
        check_regular(path)
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise FileReadError(f"an image file at {path}", error.strerror or str(error)) from error
    except ValueError as error:  # a name with a NUL
        raise FileReadError("the name of an image file", repr(str(path))) from error
