"""Single pictures in and out of files with Pillow, as far as `crappify_folder` needs it: whole or not at all."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ..atomic import atomic_path
from ..bounds import check_claim, check_regular
from ..errors import FileReadError, FileWriteError
from .operation import Plane

FORMATS = {".png": "PNG", ".tif": "TIFF", ".jpg": "JPEG"}
DIRECT = ("L", "RGB", "RGBA", "I;16", "F")
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


def read_picture(path: Path) -> Plane:
    """Read a picture, turned upright as its EXIF says: grey, RGB or RGBA, uint8; 16-bit and float grey are kept.

    Raises
    ------
    FileReadError
        For a file that is missing, broken, no picture, several pictures, or 16-bit colour, which Pillow can't keep.
    """
    try:
        check_regular(path)
        with Image.open(path) as image:
            check_claim(path, image)
            _check_kind(image, path)
            image.load()
            return np.asarray(_direct(ImageOps.exif_transpose(image)))
    except UNREADABLE as error:
        if isinstance(error, FileReadError):
            raise
        raise FileReadError("a picture that can be read", f"{path}: {error}") from error


def write_picture(path: Path, image: Plane) -> None:
    """Write a picture as its suffix says, through a temporary file beside it.

    Raises
    ------
    FileWriteError
        If the folder can't be written, the disk is full, or the format can't hold the picture.
    """
    options = {"quality": 95} if path.suffix == ".jpg" else {}
    try:
        with atomic_path(path) as temporary:
            Image.fromarray(image).save(temporary, FORMATS[path.suffix], **options)
    except TypeError as error:
        raise _cannot_hold(path, error) from error
    except FileWriteError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno is None:
            raise _cannot_hold(path, error.__cause__) from error
        raise


def _cannot_hold(path: Path, error: Exception) -> FileWriteError:
    """Say what one of Pillow's own refusals means, which come as TypeError, or as OSError without a number."""
    advice = "A .tif holds 16-bit and float grey; alpha needs .png or .tif."
    return FileWriteError(f"a picture that {path.name} can hold", str(error), advice)


def _check_kind(image: Image.Image, path: Path) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise FileReadError("one picture in a file", f"{path} with {image.n_frames}")  # type: ignore[attr-defined]
    if image.mode in ("RGB", "RGBA") and any("16" in str(tile[3]) for tile in getattr(image, "tile", ())):
        raise FileReadError("8-bit colour or up to 16-bit grey", f"{path} with 16-bit colour")


def _direct(image: Image.Image) -> Image.Image:
    if image.mode in DIRECT:
        return image
    if image.mode.startswith("I;16"):
        return image.convert("I;16")
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "I":
        return image.convert("F")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
