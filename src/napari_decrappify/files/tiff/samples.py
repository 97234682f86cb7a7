"""The samples of a TIFF as an image: whole bytes, black is zero, colours last, transparency straight."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from ...errors import FileReadError
from .. import bitmap
from ..image_file import Array

_ASSOCIATED, _UNASSOCIATED = 1, 2  # kinds of alpha: colours multiplied by it, or straight
_FOURTH_BAND = "the fourth band, as the file doesn't say that it is transparency"
_DEEP = ("I;16", "I;16B", "I", "F")  # Pillow's modes that keep values as they are
_TURNED_BITS = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1])


def samples(path: Path, series: Any, max_pixels: int, notes: list[str]) -> tuple[Array, str]:
    """Return a series' array, (..., Y, X) or (..., Y, X, 3 or 4), and its axes; what is left out goes to the notes.

    Samples of 1 to 7 bits become uint8 of its full range, as in a PNG. Grey of 9 to 15 bits keeps its counts in uint16,
    as cameras count and ImageJ reads them; RGB of as many bits becomes uint16 of its full range.
    """
    page = series.keyframe
    if not decodable(page):
        array, plain = _through_libtiff(path, page, max_pixels, notes)
        axes = "YXS" if array.ndim == 3 else "YX"
        array = array if plain else _black_is_zero(array, page)
    else:
        array = _unpacked_series(path, series) if _is_packed(page) else series.asarray()
        axes = series.axes + ("S" if array.ndim == len(series.axes) + 1 else "")
        array = _painted(array, page) if page.photometric.name == "PALETTE" else _black_is_zero(array, page)
        axes += "S" if array.ndim == len(axes) + 1 else ""
        array, axes = _samples_last(path, array, axes, page, notes)
    return np.asarray(array, array.dtype.newbyteorder("=")), axes


def decodable(page: Any) -> bool:
    """Tell whether tifffile can undo a page's compression with what is installed."""
    try:
        page.decode  # noqa: B018 - a property: it raises where a codec is missing
    except (ValueError, ImportError):
        return False
    return page.compression == 1 or page.compression in tifffile.TIFF.DECOMPRESSORS


def _through_libtiff(path: Path, page: Any, max_pixels: int, notes: list[str]) -> tuple[Array, bool]:
    """Read with Pillow what tifffile has no codec for, where Pillow keeps all bits; tell if black is zero already."""
    deep = max(page.bitspersample) if isinstance(page.bitspersample, tuple) else page.bitspersample
    if (deep > 8 and page.samplesperpixel > 1) or page.parent.pages[-1] is not page.parent.pages[0]:
        raise _codec_missing(path, page)
    with bitmap.open_bitmap(path, max_pixels, formats=("TIFF",)) as picture:
        if deep <= 8:
            if page.samplesperpixel == 4 and page.extrasamples[-1:] not in ((_ASSOCIATED,), (_UNASSOCIATED,)):
                notes.append(_FOURTH_BAND)
            return bitmap.pixels_of(path, picture, notes), True
        picture.load()
        if picture.mode not in _DEEP:
            raise _codec_missing(path, page)
        return np.asarray(picture).astype(page.dtype), False


def _codec_missing(path: Path, page: Any) -> FileReadError:
    return FileReadError(
        f"an uncompressed or deflated TIFF at {path}",
        f"one with {page.compression.name} compression",
        "Install the codec with: pip install imagecodecs",
    )


def _is_packed(page: Any) -> bool:
    """Tell whether samples share bytes: 2 to 15 bits, but 8."""
    bits = page.bitspersample
    return isinstance(bits, int) and 1 < bits < 16 and bits != 8 and page.dtype is not None


def _unpacked_series(path: Path, series: Any) -> Array:
    page = series.keyframe
    if page.predictor != 1 or page.imagedepth != 1:
        raise FileReadError(f"a TIFF of 8 or 16 bits at {path}", f"one of {page.bitspersample} bits with a predictor")
    stack = np.stack([_unpacked(frame, page) for frame in series])
    return stack.reshape(series.shape)


def _unpacked(frame: Any, page: Any) -> Array:
    """Return a page of samples that share bytes, strip by strip or tile by tile."""
    separate, _, y, x, contiguous = page.shaped
    high, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, x)
    across, down = math.ceil(x / wide), math.ceil(y / high)
    image = np.zeros((separate, y, x, contiguous), page.dtype)
    for index, data in enumerate(_segments(frame, page)):
        plane, place = divmod(index, across * down)
        top, left = (n * side for n, side in zip(divmod(place, across), (high, wide), strict=True))
        room = image[plane, top : top + high, left : left + wide]
        piece = _unpack(data, page.bitspersample, wide * contiguous).reshape(-1, wide, contiguous)
        room[...] = piece[: room.shape[0], : room.shape[1]]
    return image


def _segments(frame: Any, page: Any) -> Any:
    """Yield the uncompressed bytes of each strip or tile."""
    handle = frame.parent.filehandle
    decompress = None if page.compression == 1 else tifffile.TIFF.DECOMPRESSORS[page.compression]
    for offset, count in zip(frame.dataoffsets, frame.databytecounts, strict=True):
        handle.seek(offset)
        data = handle.read(count)
        data = _TURNED_BITS[np.frombuffer(data, np.uint8)].tobytes() if page.fillorder == 2 else data
        yield data if decompress is None else decompress(data)


def _unpack(data: bytes, bits: int, run: int) -> Array:
    """Return rows of `run` numbers of so many bits, the most significant first; each row begins with a byte."""
    length = math.ceil(run * bits / 8)
    rows = np.frombuffer(data, np.uint8, len(data) // length * length).reshape(-1, length)
    single = np.unpackbits(rows, axis=1)[:, : run * bits].reshape(len(rows), run, bits)
    padded = np.pad(single, ((0, 0), (0, 0), (16 - bits, 0)))
    numbers: Array = np.packbits(padded, axis=-1).view(">u2")[..., 0]
    return numbers


def _black_is_zero(array: Array, page: Any) -> Array:
    """Turn white-is-zero round, and make the full range of few bits that of bytes."""
    bits = page.bitspersample if isinstance(page.bitspersample, int) else 8 * page.dtype.itemsize
    negative = page.photometric.name == "MINISWHITE"
    if array.dtype == bool:
        # tifffile declares the masks that it writes white-is-zero, and stores them as if black were
        return (array ^ (negative and not _by_tifffile(page))).astype(np.uint8) * 255
    if negative and array.dtype.kind == "u":
        array = 2**bits - 1 - array
    elif negative and array.dtype.kind == "i":
        array = ~array
    if not _is_packed(page) or (bits > 8 and page.photometric.name != "RGB"):
        return array
    full = 255 if bits < 8 else 65535
    scaled: Array = np.rint(array * (full / (2**bits - 1))).astype(np.uint8 if bits < 8 else np.uint16)
    return scaled


def _by_tifffile(page: Any) -> bool:
    return page.is_shaped or str(page.software).startswith("tifffile")


def _painted(array: Array, page: Any) -> Array:
    """Make RGB of a palette's indices."""
    if page.colormap is None:
        return array
    colors = np.moveaxis(page.colormap, 0, -1)
    short = (colors >> 8).astype(np.uint8)
    wide = short.astype(np.uint16)
    exact = (wide * 257 == colors).all() or (wide * 256 == colors).all()
    painted: Array = (short if exact else colors)[array]
    return painted


def _samples_last(path: Path, array: Array, axes: str, page: Any, notes: list[str]) -> tuple[Array, str]:
    if "S" not in axes:
        return array, axes
    array = np.moveaxis(array, axes.index("S"), -1)
    axes = axes.replace("S", "") + "S"
    count, last = array.shape[-1], page.extrasamples[-1] if page.extrasamples else None
    if count == 1:
        return array[..., 0], axes[:-1]
    if count in (2, 4) and last in (_ASSOCIATED, _UNASSOCIATED):
        array = array[..., [0, 0, 0, 1]] if count == 2 else array
        return _straight(array) if last == _ASSOCIATED else array, axes
    if count == 4 and page.photometric.name == "RGB":
        notes.append(_FOURTH_BAND)
        return array[..., :3], axes
    if count != 3:
        raise FileReadError(
            f"1, 3 (RGB) or 4 (RGBA) samples a pixel at {path}",
            f"{count}",
            "Save the channels as separate planes, on an axis before Y and X.",
        )
    return array, axes


def _straight(array: Array) -> Array:
    """Divide colours by the alpha that they were multiplied by."""
    full = np.iinfo(array.dtype).max if array.dtype.kind in "ui" else 1.0
    colors, alpha = array[..., :3].astype(np.float64), array[..., 3:].astype(np.float64)
    straight = np.divide(colors * full, alpha, out=np.zeros_like(colors), where=alpha > 0)
    if array.dtype.kind in "ui":
        straight = np.minimum(np.rint(straight), full)
    return np.concatenate([straight.astype(array.dtype), array[..., 3:]], -1)
