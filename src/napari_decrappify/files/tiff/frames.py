"""The frames of a TIFF's one image: found, counted, and there to the last byte.

Judged by what lies in the file, never by what tifffile logs: it warns about much that is harmless, and fills what is
missing with zeros.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import tifffile

from ...errors import FileReadError

_GDAL = (42112, 42113)  # files with these may leave empty segments out
_PRIVATE = 32768  # tags from here on are whatever a program makes of them
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_COUNTS = ("frames", "slices", "channels")


@contextmanager
def opened_frames(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a TIFF; give tifffile's file, and the series of its one image with all frames there.

    Raises
    ------
    FileReadError
        For several images, and where a directory, a frame, a segment or a file of a set is missing.
    """
    with tifffile.TiffFile(path) as file:
        _check_directories(path, file)
        _check_partners(path, file)
        if not _miscounted(path, file):
            yield file, _whole_series(path, file)
            return
    with tifffile.TiffFile(path, is_imagej=False) as file:
        yield file, _whole_series(path, file)


def claimed_planes(imagej: dict[str, Any]) -> int:
    """Return how many planes an ImageJ description speaks of."""
    counts = [imagej.get(key, 1) for key in _COUNTS]
    product = math.prod(n for n in counts if isinstance(n, int))
    images = imagej.get("images", 1)
    return max(product, images if isinstance(images, int) else 1)


def _check_directories(path: Path, file: Any) -> None:
    """Follow the chain of directories to its end: tifffile ends a stack where the chain is broken."""
    if file.is_ndpi:
        return
    handle, layout = file.filehandle, file.tiff
    found, offset = set(), file.pages.first.offset
    while offset:
        if offset in found:
            raise FileReadError(f"a TIFF whose directories follow each other at {path}", "a circle of them")
        found.add(offset)
        handle.seek(offset)
        (entries,) = struct.unpack(layout.tagnoformat, handle.read(layout.tagnosize))
        _check_values(path, file, handle.read(entries * layout.tagsize))
        (offset,) = struct.unpack(layout.offsetformat, handle.read(layout.offsetsize))
    if len(found) != len(file.pages):
        raise FileReadError(f"a TIFF of {len(found)} readable directories at {path}", f"{len(file.pages)}")


def _check_values(path: Path, file: Any, entries: bytes) -> None:
    """Refuse a directory whose values lie beyond the end of the file; private ones may say what they like."""
    entry = struct.Struct(file.byteorder + ("HHQQ" if file.is_bigtiff else "HHII"))
    for code, kind, count, place in entry.iter_unpack(entries):
        length = count * _BYTES.get(kind, 0)
        if code < _PRIVATE and length > file.tiff.offsetsize:
            _check_end(path, file, place + length)


def _check_partners(path: Path, file: Any) -> None:
    """Refuse a part of a multi-file OME-TIFF whose other files aren't beside it."""
    if not file.is_ome:
        return
    root = ElementTree.fromstring(file.ome_metadata)
    names = {one.text: one.get("FileName") for one in root.iter() if one.tag.endswith("}UUID")}
    itself = root.get("UUID")
    if itself is None and len(names) == 1:  # the file itself, whatever its name is today
        return
    missing = [name for uuid, name in names.items() if uuid != itself and name and not (path.parent / name).is_file()]
    if missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise FileReadError(
            f"all files of the multi-file OME-TIFF at {path}",
            f"none at {shown}",
            "Put them into one folder, under the names that they were saved with.",
        )


def _miscounted(path: Path, file: Any) -> bool:
    """Tell whether ImageJ's description counts other planes than the pages that are there."""
    if not file.is_imagej:
        return False
    series, first, pages = file.series[0], file.pages.first, len(file.pages)
    if series.kind != "imagej":  # tifffile has gone by the pages
        if pages == 1:
            _check_follows(path, file, first)
        return False
    planes = math.prod(series.shape) // math.prod(first.shape)
    return 1 < pages != planes and not (planes > pages and series.dataoffset is not None)


def _check_follows(path: Path, file: Any, page: Any) -> None:
    """Refuse a hyperstack with one directory that was cut off; a single plane cut out of one is whole."""
    end = page.dataoffsets[0] + page.nbytes
    behind = page.offset > page.dataoffsets[0]
    if page.compression == 1 and not behind and end < file.filehandle.size:
        planes = claimed_planes(file.imagej_metadata)
        raise FileReadError(f"a stack of {planes} planes at {path}", "fewer: it is truncated")


def _whole_series(path: Path, file: Any) -> Any:
    """Return the one series at full size, after a look at every frame."""
    full = [series for series in file.series if not series.keyframe.is_reduced]
    if len(full) != 1:
        raise FileReadError(f"one image at {path}", f"a TIFF of {len(full)} images of different kinds")
    series = full[0]
    pages = [page for page in series if page is not None]
    if series.dataoffset is not None:
        _check_end(path, pages[0].parent, series.dataoffset + series.nbytes)
    elif len(pages) < len(series):
        got = f"{len(pages)}: the others are missing"
        raise FileReadError(f"all {len(series)} frames of the TIFF at {path}", got)
    for page in pages:
        _check_segments(path, page, contiguous=series.dataoffset is not None)
    return series


def _check_segments(path: Path, page: Any, contiguous: bool) -> None:
    """Refuse a page with strips or tiles that are missing, or reach beyond the end of the file."""
    offsets, counts = page.dataoffsets, page.databytecounts
    wanted = math.prod(page.keyframe.chunked)
    if not contiguous and not wanted == len(offsets) == len(counts):
        raise FileReadError(f"{wanted} strips or tiles at {path}", f"{min(len(offsets), len(counts))}: it is damaged")
    unwritten = not all(offsets) or not all(counts)
    if unwritten and not any(tag in page.keyframe.tags for tag in _GDAL):
        raise FileReadError(f"{wanted} strips or tiles at {path}", "empty ones: it was never finished")
    _check_end(path, page.parent, max(offset + count for offset, count in zip(offsets, counts, strict=False)))


def _check_end(path: Path, file: Any, end: int) -> None:
    size = file.filehandle.size
    if end > size:
        raise FileReadError(f"a TIFF file of {end:,} bytes at {path}", f"{size:,}: it is truncated")
