"""Writing a TIFF as what it came from: ImageJ, OME, or plain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tifffile

from ...planes import Layout
from ..exif import append_exif
from ..image_file import Array, Metadata
from ..records import NOTE, record_in, with_note

IMAGEJ_BYTES = 2**32 - 2**25
OME_NUMBERS = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64")


def write(path: Path, array: Array, layout: Layout, like: Metadata | None, note: Mapping[str, Any] | None) -> None:
    """Write all the planes, with axes, units, resolution, profile, the camera's record and note."""
    axes = _axes(layout, like)
    options: dict[str, Any] = {"photometric": "rgb" if layout.rgb else "minisblack", "software": "napari-decrappify"}
    if layout.alpha:
        options["extrasamples"] = ["unassalpha"]
    if like is not None and like.icc:
        options["iccprofile"] = like.icc
    if like is not None and like.resolution is not None:
        options["resolution"] = (like.resolution.x, like.resolution.y)
        options["resolutionunit"] = {"inch": 2, "cm": 3, "none": 1}[like.resolution.unit]
    tifffile.imwrite(path, array, byteorder="<", **options, **_flavour(array, layout, axes, like, note))
    if like is not None and like.exif:
        append_exif(path, like.exif)


def _axes(layout: Layout, like: Metadata | None) -> str:
    if like is not None and len(like.axes) == len(layout.shape) and bool(like.rgb) == layout.rgb:
        return like.axes
    return "Q" * len(layout.leading) + ("YXS" if layout.rgb else "YX")


def _flavour(
    array: Array, layout: Layout, axes: str, like: Metadata | None, note: Mapping[str, Any] | None
) -> dict[str, Any]:
    if like is not None and like.imagej is not None and _fits_imagej(array, layout, axes):
        return {"imagej": True, "metadata": {"axes": axes, **_noted(like.imagej, "Info", note)}}
    if like is not None and like.ome is not None and _fits_ome(array, axes):
        return {"ome": True, "metadata": {"axes": axes, **_noted(like.ome, "Description", note)}}
    metadata: dict[str, Any] = {"axes": axes}
    description = None
    if like is not None:
        description = like.text.get("Description")
        record = record_in(like.text)
        metadata |= {} if record is None else {NOTE: record}
    if note is not None:
        metadata[NOTE] = dict(note)
    flat = {"description": description.encode()} if description else {}
    return {"compression": "zlib", "metadata": metadata, **flat}


def _fits_imagej(array: Array, layout: Layout, axes: str) -> bool:
    kinds = ("uint8",) if layout.rgb else ("uint8", "uint16", "float32")
    in_order = "".join(letter for letter in "TZCYXS" if letter in axes) == axes
    return array.dtype.name in kinds and in_order and array.nbytes < IMAGEJ_BYTES


def _fits_ome(array: Array, axes: str) -> bool:
    return set(axes) <= set("TZCYXS") and array.dtype.name in OME_NUMBERS


def _noted(properties: Mapping[str, Any], key: str, note: Mapping[str, Any] | None) -> dict[str, Any]:
    """Add the note as a line of ImageJ's or OME's own free text, in place of an earlier one."""
    if note is None:
        return dict(properties)
    return {**properties, key: with_note(str(properties.get(key, "")), note)}
