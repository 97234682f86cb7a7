"""What the head of an image file says of its size, and its planes one by one: pixels are read when they are needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileReadError
from ..planes import Layout, layout_of
from . import bitmap
from .image_file import LOOSE_AXES, Array
from .reading import MAX_PIXELS, is_tiff, read_image
from .tiff import reader as tiff

_PLAIN = (1, 8, 32946)  # uncompressed, or deflated


@dataclass(frozen=True)
class ImageHeader:
    """How many planes an image file has, and how large they are, as `read_image` would give them.

    Parameters
    ----------
    leading : tuple of int
        Lengths of the axes before Y and X; () for a single plane.
    yx : tuple of int
        Height and width in pixels, as upright as the camera was.
    """

    leading: tuple[int, ...]
    yx: tuple[int, int]

    @property
    def planes(self) -> int:
        """How many (Y, X) or (Y, X, C) planes there are."""
        return math.prod(self.leading)


def read_header(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> ImageHeader:
    """Return the size of an image without reading its pixels.

    Raises
    ------
    FileReadError
        As `read_image`, for all that the head of the file and its length tell.
    """
    path = Path(path)
    if not is_tiff(path):
        return ImageHeader((), bitmap.read_yx(path, max_pixels))
    with tiff.open_tiff(path, max_pixels) as (_, series):
        layout = _of_series(path, series)
        return ImageHeader(layout.leading, layout.yx)


def read_planes(path: str | Path, number: int, *, max_pixels: int = MAX_PIXELS) -> dict[int, Array]:
    """Return a plane of an image, with the values that `read_image` would give it, and all others that came with it.

    Of plain stacks only that plane is read; other files are read whole.

    Parameters
    ----------
    path : str or Path
        The file.
    number : int
        Which plane must be among them, counted from 0 in C order.
    max_pixels : int
        As for `read_image`.

    Returns
    -------
    dict of int to ndarray
        (Y, X) or (Y, X, 3 or 4) by number.

    Raises
    ------
    FileReadError
        As `read_image`.
    """
    path = Path(path)
    alone = _plane_alone(path, number, max_pixels) if is_tiff(path) else None
    if alone is not None:
        return {number: alone}
    image = read_image(path, max_pixels=max_pixels)
    layout = layout_of(image.array.shape, rgb=image.metadata.rgb)
    return {place: image.array[index] for place, index in enumerate(layout.planes())}


def _of_series(path: Path, series: Any) -> Layout:
    """Return the layout of what `read_image` gives of a TIFF, as far as planes go."""
    lengths = dict(zip(series.axes, series.shape, strict=False))
    if not {"Y", "X"} <= set(lengths):
        raise FileReadError(f"an image with axes Y and X at {path}", f"axes {series.axes}")
    page = series.keyframe
    colours = lengths.get("S", 1) > 1 or page.photometric.name == "PALETTE"
    leading = [n for letter, n in zip(series.axes, series.shape, strict=False) if letter not in "YXS"]
    turned = not leading and int(page.tags.valueof("Orientation", 1)) in (5, 6, 7, 8)
    yx = (lengths["X"], lengths["Y"]) if turned else (lengths["Y"], lengths["X"])
    loosely_named = bool(set(series.axes) & set(LOOSE_AXES))
    return layout_of((*leading, *yx, *((3,) if colours else ())), rgb=colours or (None if loosely_named else False))


def _plane_alone(path: Path, number: int, max_pixels: int) -> Array | None:
    """Read one plane of a stack whose values lie in the file as they are; None for other files."""
    with tiff.open_tiff(path, max_pixels) as (_, series):
        page, layout = series.keyframe, _of_series(path, series)
        grey = page.photometric.name == "MINISBLACK" and page.samplesperpixel == 1 and not layout.rgb
        whole = page.bitspersample in (8, 16, 32, 64) and page.fillorder == 1 and page.compression in _PLAIN
        if not (layout.leading and grey and whole and series.axes.endswith("YX")):
            return None
        if series.dataoffset is not None:
            dtype, count = np.dtype(series.dtype).newbyteorder(page.parent.byteorder), math.prod(layout.yx)
            values = np.fromfile(path, dtype, count, offset=series.dataoffset + number * count * dtype.itemsize)
        elif len(series) == math.prod(layout.leading):
            values = series.asarray(key=number)
        else:
            return None
        plane: Array = values.reshape(layout.yx).astype(values.dtype.newbyteorder("="), copy=False)
        return plane
