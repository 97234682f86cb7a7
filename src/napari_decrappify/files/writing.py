"""Writing an image file."""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from ..atomic import atomic_path
from ..errors import FileWarning, FileWriteError
from ..planes import Layout, layout_of
from .image_file import SUFFIXES, Array, Metadata
from .metadata_limits import fitted
from .png import png16
from .records import NOTE
from .tiff import writer as tiff_writing

JPEG_QUALITY = 95
MOST_A_SIDE = {"JPEG": 65500, "WEBP": 16383}


def write_image(
    path: str | Path, array: Array, like: Metadata | None = None, *, note: Mapping[str, Any] | None = None
) -> None:
    """Write an image file whole or not at all, in the format that its suffix names.

    Parameters
    ----------
    path : str or Path
        Ends in .png, .jpg, .jpeg, .jpe, .jfif, .tif, .tiff, .bmp or .webp. What was there is replaced in one step.
    array : ndarray
        (Y, X), (Y, X, 3 or 4); leading axes and floats only in a TIFF, 16 bits only in a PNG or TIFF.
    like : Metadata, optional
        Of the file that the image was made from: its colour profile, EXIF, texts, axes and units are kept where the
        format has a place for them, and its resolution is scaled by how much larger `array` is. What is too large
        for its place is left out, and said in one `FileWarning`.
    note : mapping, optional
        Kept as JSON in a PNG's text or a TIFF's description; the other formats have no place for it.

    Raises
    ------
    FileWriteError
        If the format can't hold the image without loss of bits, channels or axes; if the folder can't be written.
    """
    path = Path(path)
    layout = layout_of(array.shape, rgb=like.rgb if like is not None and len(like.axes) == array.ndim else None)
    kind = check_writable(path, layout, array.dtype)
    lost: list[str] = []
    if like is not None:
        like, lost = fitted(like, kind, layout, note)
    with atomic_path(path) as part:
        if kind == "TIFF":
            tiff_writing.write(part, array, layout, like, note)
        elif kind == "PNG" and array.dtype == np.uint16 and layout.rgb:
            part.write_bytes(png16.encode(array, _ancillary(like, note)))
        else:
            Image.fromarray(array).save(part, format=kind, **_options(kind, like, note))
    if lost:
        warnings.warn(f"{path} is written without {'; '.join(lost)}.", FileWarning, stacklevel=2)


def check_writable(path: Path, layout: Layout, dtype: npt.DTypeLike) -> str:
    """Return the format that a file name asks for, before an image is made for it.

    Raises
    ------
    FileWriteError
        If it is none of ours, or can't hold an image like this.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise FileWriteError(f"a file name that ends in {', '.join(SUFFIXES)}", repr(path.name))
    if kind != "TIFF":
        _check_fits(path, kind, np.dtype(dtype), layout)
    return kind


def _check_fits(path: Path, kind: str, dtype: np.dtype[Any], layout: Layout) -> None:
    if layout.leading:
        raise FileWriteError(f"one plane for {path}", f"an array of shape {layout.shape}", "Write a TIFF instead.")
    depths = ("uint8", "uint16") if kind == "PNG" else ("uint8",)
    if dtype.name not in depths:
        advice = "Write a TIFF instead." if kind == "PNG" else "Write a TIFF or PNG instead."
        raise FileWriteError(f"{' or '.join(depths)} for {path}", dtype.name, advice)
    if layout.alpha and kind in ("JPEG", "BMP"):
        raise FileWriteError(f"no alpha channel for {path}", "RGBA", "Write a PNG, TIFF or WebP instead.")
    if max(layout.yx) > (most := MOST_A_SIDE.get(kind, max(layout.yx))):
        raise FileWriteError(
            f"at most {most} pixels a side for {path}", str(layout.yx), "Write a PNG, TIFF or BMP instead."
        )


def _options(kind: str, like: Metadata | None, note: Mapping[str, Any] | None) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if kind == "JPEG":
        options |= {"quality": JPEG_QUALITY, "subsampling": 0}
    if kind == "WEBP":
        options |= {"lossless": True}
    if like is not None:
        dpi = like.resolution and like.resolution.dpi()
        found = {"icc_profile": like.icc, "exif": like.exif, "dpi": dpi}
        allowed = {"BMP": ("dpi",), "WEBP": ("icc_profile", "exif")}.get(kind, tuple(found))
        options |= {key: value for key, value in found.items() if value and key in allowed}
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        for key, text in _texts(like, note).items():
            texts.add_itxt(key, text)
        options["pnginfo"] = texts
    return options


def _texts(like: Metadata | None, note: Mapping[str, Any] | None) -> dict[str, str]:
    texts = dict(like.text) if like is not None else {}
    if note is not None:
        texts[NOTE] = json.dumps(note)
    return texts


def _ancillary(like: Metadata | None, note: Mapping[str, Any] | None) -> list[tuple[bytes, bytes]]:
    """Return the chunks of a PNG that `png16` writes: profile, resolution, camera's record, texts."""
    chunks = []
    if like is not None and like.icc:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(like.icc)))
    if like is not None and like.resolution and (dpi := like.resolution.dpi()):
        chunks.append((b"pHYs", struct.pack(">IIB", round(dpi[0] / 0.0254), round(dpi[1] / 0.0254), 1)))
    if like is not None and like.exif:
        chunks.append((b"eXIf", like.exif.removeprefix(b"Exif\0\0")))
    for key, text in _texts(like, note).items():
        chunks.append((b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + text.encode()))
    return chunks
