"""TIFF, with ImageJ's and OME's axes and pixel sizes, read through tifffile."""

from __future__ import annotations

import json
import logging
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from ..errors import FileReadError
from . import bitmap
from .image_file import Array, ImageFile, Metadata, Resolution, upright

BROKEN = (
    *(ValueError, OSError, EOFError, MemoryError, OverflowError, ZeroDivisionError, struct.error, zlib.error),
    *(IndexError, KeyError, TypeError, AttributeError, RuntimeError, AssertionError),
)
_READABLE = ("MINISBLACK", "MINISWHITE", "RGB", "PALETTE", "YCBCR")
_UNITS = {2: "inch", 3: "cm"}
_IMAGEJ = ("unit", "spacing", "finterval", "fps", "loop", "mode", "min", "max", "Ranges", "LUTs", "Labels", "Info")
_OME = (
    *("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ", "PhysicalSizeXUnit", "PhysicalSizeYUnit"),
    *("PhysicalSizeZUnit", "TimeIncrement", "TimeIncrementUnit"),
)


def read(path: Path, max_pixels: int) -> ImageFile:
    """Read the one image of a TIFF; a damaged or truncated file is refused, where tifffile would only log."""
    complaints: list[str] = []
    with _listening(complaints), opened(path, max_pixels) as (file, series):
        image = ImageFile(*_pixels_and_metadata(path, file, series, max_pixels))
    if complaints:
        raise FileReadError(f"a whole TIFF file at {path}", f"a truncated or damaged one ({complaints[0]})")
    return image


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[tuple[Any, Any]]:
    """Open a TIFF and find its one image; give tifffile's file and series.

    Raises
    ------
    FileReadError
        If it holds none or several, one of a kind or size that isn't read, or one that reaches beyond the file's end;
        and for what goes wrong while it is open.
    """
    try:
        with tifffile.TiffFile(path) as file:
            series = _only_series(path, file)
            _check_kind(path, series.keyframe)
            if series.keyframe.compression != 1:
                bitmap.check_size(path, int(np.prod(series.shape)), max_pixels)
            _check_whole(path, series)
            yield file, series
    except FileReadError:
        raise
    except BROKEN as error:
        raise FileReadError(f"a whole TIFF file at {path}", f"a truncated or damaged one ({error})") from error


class _Complaints(logging.Handler):
    """Collects what tifffile logs in this thread about damaged files."""

    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._into, self._thread = into, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._into.append(record.getMessage())


@contextmanager
def _listening(complaints: list[str]) -> Iterator[None]:
    handler, logger = _Complaints(complaints), logging.getLogger("tifffile")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _only_series(path: Path, file: Any) -> Any:
    whole = [series for series in file.series if not series.keyframe.is_reduced]
    if len(whole) != 1:
        raise FileReadError(f"one image at {path}", f"a TIFF of {len(whole)} images of different kinds")
    return whole[0]


def _check_kind(path: Path, page: Any) -> None:
    name = getattr(page.photometric, "name", str(page.photometric))
    if name not in _READABLE:
        raise FileReadError(
            f"a grey, RGB or palette TIFF at {path}", f"one of {name} pixels", "Convert it to RGB first."
        )


def _check_whole(path: Path, series: Any) -> None:
    size = path.stat().st_size
    ends = [offset + count for page in series.pages if page for offset, count in zip(*_segments(page), strict=False)]
    if series.dataoffset is not None:
        ends.append(series.dataoffset + series.nbytes)
    if ends and max(ends) > size:
        raise FileReadError(f"a TIFF file of {max(ends):,} bytes at {path}", f"{size:,}: it is truncated")


def _segments(page: Any) -> tuple[Any, Any]:
    return page.dataoffsets, page.databytecounts


def _pixels_and_metadata(path: Path, file: Any, series: Any, max_pixels: int) -> tuple[Array, Metadata]:
    page = series.keyframe
    axes = series.axes
    orientation = int(page.tags.valueof("Orientation", 1))
    if not _decodable(page):
        array, axes = _through_pillow(path, page, max_pixels)
    else:
        array, axes = _samples_last(path, _plain(series.asarray(), page), axes, page)
        flat = array.ndim == 2 or axes == "YXS"
        array = upright(array, orientation) if flat and orientation in range(2, 9) else array
    yx = array.shape[axes.index("Y")], array.shape[axes.index("X")]
    turned = orientation in (5, 6, 7, 8) and len(axes.replace("S", "")) == 2
    metadata = Metadata("TIFF", axes, yx, _resolution(page, turned), page.tags.valueof(34675), **_described(file))
    return array, metadata


def _decodable(page: Any) -> bool:
    try:
        page.decode  # noqa: B018 - a property: it raises where a codec is missing
    except (ValueError, ImportError):
        return False
    codec = tifffile.TIFF.DECOMPRESSORS
    return page.compression == 1 or page.compression in codec


def _through_pillow(path: Path, page: Any, max_pixels: int) -> tuple[Array, str]:
    """Read with Pillow's libtiff what tifffile has no codec for, where Pillow keeps all bits."""
    deep = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    if (deep > 8 and (deep > 16 or page.samplesperpixel > 1)) or page.parent.pages[-1] is not page.parent.pages[0]:
        raise FileReadError(
            f"an uncompressed or deflated TIFF at {path}",
            f"one with {page.compression.name} compression",
            "Install the codec with: pip install imagecodecs",
        )
    array = bitmap.read(path, max_pixels, formats=("TIFF",)).array
    return array, "YXS" if array.ndim == 3 else "YX"


def _plain(array: Array, page: Any) -> Array:
    """Make bilevel 0 and 255, white-is-zero black-is-zero, and a palette RGB, in the native byte order."""
    name = page.photometric.name
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if name == "MINISWHITE" and array.dtype.kind == "u":
        return np.iinfo(array.dtype).max - array
    if name == "PALETTE" and page.colormap is not None:
        colors = np.moveaxis(page.colormap, 0, -1)
        short = (colors >> 8).astype(np.uint8)
        wide = short.astype(np.uint16)
        exact = (wide * 257 == colors).all() or (wide * 256 == colors).all()
        painted: Array = (short if exact else colors)[array]
        return painted
    return array


def _samples_last(path: Path, array: Array, axes: str, page: Any) -> tuple[Array, str]:
    if array.ndim == len(axes) + 1:
        axes += "S"
    if "S" not in axes:
        return array, axes
    array = np.moveaxis(array, axes.index("S"), -1)
    axes = axes.replace("S", "") + "S"
    if array.shape[-1] == 1:
        return array[..., 0], axes[:-1]
    if array.shape[-1] == 2 and page.extrasamples and page.extrasamples[0] in (1, 2):
        array = array[..., [0, 0, 0, 1]]
    if array.shape[-1] not in (3, 4):
        raise FileReadError(
            f"1, 3 (RGB) or 4 (RGBA) samples a pixel at {path}",
            f"{array.shape[-1]}",
            "Save the channels as separate planes, on an axis before Y and X.",
        )
    return array, axes


def _resolution(page: Any, turned: bool) -> Resolution | None:
    rational = page.tags.valueof("XResolution"), page.tags.valueof("YResolution")
    if None in rational or any(0 in value for value in rational):
        return None
    x, y = (above / below for above, below in rational)
    unit = _UNITS.get(int(page.tags.valueof("ResolutionUnit", 2)), "none")
    return Resolution(*((y, x) if turned else (x, y)), unit)  # type: ignore[arg-type]


def _described(file: Any) -> dict[str, Any]:
    """Return what the descriptions say: as text, as ImageJ's properties, or as OME's."""
    if file.is_imagej:
        found = file.imagej_metadata or {}
        return {"imagej": {key: found[key] for key in _IMAGEJ if key in found}}
    if file.is_ome:
        return {"ome": _ome(tifffile.xml2dict(file.ome_metadata))}
    if file.shaped_metadata:
        noted = {key: json.dumps(value) for key, value in file.shaped_metadata[0].items() if key == "decrappify"}
        first = file.pages[0].description
        return {"text": noted | ({} if first.startswith("{") else {"Description": first})}
    first = file.pages[0].description
    return {"text": {"Description": first} if first else {}}


def _ome(tree: dict[str, Any]) -> dict[str, Any]:
    image = tree["OME"]["Image"]
    pixels = image["Pixels"]
    channels = pixels.get("Channel", [])
    names = [one.get("Name") for one in (channels if isinstance(channels, list) else [channels])]
    found = {key: pixels[key] for key in _OME if key in pixels}
    found |= {key: image[key] for key in ("Name", "Description") if image.get(key)}
    if names and all(names):
        found["Channel"] = {"Name": names}
    return found
