"""Single pictures in and out of files with Pillow, as far as `crappify_folder` needs it: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import struct
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

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
        with Image.open(path) as image:
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
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=path.suffix, delete=False) as file:
            temporary = Path(file.name)
            options = {"quality": 95} if path.suffix == ".jpg" else {}
            Image.fromarray(image).save(file, FORMATS[path.suffix], **options)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        temporary = None
    except (OSError, TypeError) as error:
        advice = "A .tif holds 16-bit and float grey; alpha needs .png or .tif."
        raise FileWriteError(f"to be able to write {path.name}", f"{error}", advice) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


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
