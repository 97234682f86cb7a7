"""TIFF, with ImageJ's and OME's axes and pixel sizes, read through tifffile."""

from __future__ import annotations

import logging
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import tifffile

from ...errors import FileReadError
from .. import bitmap
from ..image_file import (
    ImageFile,
    Metadata,
    Resolution,
    upright,
)
from .descriptions import described
from .frames import opened_frames
from .samples import decodable, samples

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # its complaints decide nothing here

BROKEN = (
    *(ValueError, OSError, EOFError, MemoryError, OverflowError, ZeroDivisionError, struct.error, zlib.error),
    *(IndexError, KeyError, TypeError, AttributeError, RuntimeError, AssertionError, ParseError),
    tifffile.TiffFileError,
)
_READABLE = ("MINISBLACK", "MINISWHITE", "RGB", "PALETTE", "YCBCR")
_UNITS = {2: "inch", 3: "cm"}


def read(path: Path, max_pixels: int) -> ImageFile:
    """Read the one image of a TIFF; a damaged or truncated file is refused."""
    notes: list[str] = []
    with open_tiff(path, max_pixels) as (file, series):
        page = series.keyframe
        orientation = int(page.tags.valueof("Orientation", 1))
        array, axes = samples(path, series, max_pixels, notes)
        flat = len(axes.replace("S", "")) == 2
        if flat and decodable(page) and orientation in range(2, 9):
            array = upright(array, orientation)
        yx = array.shape[axes.index("Y")], array.shape[axes.index("X")]
        said = described(path, file, math.prod(array.shape) // math.prod(yx), notes)
        axes = axes.replace("I", "Z") if "imagej" in said and "Z" not in axes else axes
        resolution = _resolution(page, turned=flat and orientation in (5, 6, 7, 8))
        metadata = Metadata("TIFF", axes, yx, resolution, page.tags.valueof(34675), **said)
    return ImageFile(array, metadata, tuple(notes))


@contextmanager
def open_tiff(path: Path, max_pixels: int) -> Iterator[tuple[Any, Any]]:
    """Open a TIFF and find its one image; give tifffile's file and series.

    Raises
    ------
    FileReadError
        If it holds none or several, one of a kind or size that isn't read, or one of which anything is missing;
        and for what goes wrong while it is open.
    """
    try:
        with opened_frames(path) as (file, series):
            _check_kind(path, series.keyframe)
            if series.keyframe.compression != 1:
                bitmap.check_size(path, math.prod(series.shape), max_pixels)
            yield file, series
    except FileReadError:
        raise
    except (NotImplementedError, ImportError) as error:
        advice = "Install more codecs with: pip install imagecodecs"
        raise FileReadError(f"a TIFF of a common kind at {path}", f"another one ({error})", advice) from error
    except BROKEN as error:
        raise FileReadError(f"a whole TIFF file at {path}", f"a truncated or damaged one ({error})") from error


def _check_kind(path: Path, page: Any) -> None:
    name = getattr(page.photometric, "name", str(page.photometric))
    if name not in _READABLE:
        raise FileReadError(
            f"a grey, RGB or palette TIFF at {path}", f"one of {name} pixels", "Convert it to RGB first."
        )


def _resolution(page: Any, turned: bool) -> Resolution | None:
    rational = page.tags.valueof("XResolution"), page.tags.valueof("YResolution")
    if None in rational or any(0 in value for value in rational):
        return None
    x, y = (above / below for above, below in rational)
    unit = _UNITS.get(int(page.tags.valueof("ResolutionUnit", 2)), "none")
    return Resolution(*((y, x) if turned else (x, y)), unit)  # type: ignore[arg-type]
