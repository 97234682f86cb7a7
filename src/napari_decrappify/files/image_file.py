"""An image as it came from a file: its array, and what the file said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".webp": "WEBP",
}
"""The formats that are written, by the endings of file names."""

READABLE = (*SUFFIXES, ".gif")
"""The endings of files that are read."""


def as_written(path: Path) -> Path:
    """Return a path named after a file that was read: .png takes the place of a format that isn't written."""
    only_read = path.suffix.lower() in READABLE and path.suffix.lower() not in SUFFIXES
    return path.with_suffix(".png") if only_read else path


LOOSE_AXES = "QI"
"""Tifffile's letters for axes that a file doesn't name: a last one of 3 or 4 may be colour."""


@dataclass(frozen=True)
class Resolution:
    """Pixels per unit of length along X and Y."""

    x: float
    y: float
    unit: Literal["inch", "cm", "none"] = "inch"

    def dpi(self) -> tuple[float, float] | None:
        """Return pixels per inch along X and Y, or None where the unit isn't known."""
        if self.unit == "none":
            return None
        factor = 2.54 if self.unit == "cm" else 1.0
        return self.x * factor, self.y * factor


@dataclass(frozen=True)
class Metadata:
    """What a file says beside its pixels, to be kept in the file that is made from it.

    Parameters
    ----------
    format : str
        "PNG", "JPEG", "TIFF", "BMP", "WEBP" or "GIF".
    axes : str
        One letter an axis, as tifffile names them: "YX", "YXS" (S: colour samples), "ZCYX", ...
    yx : tuple of int
        Height and width that `resolution` and the pixel sizes are about.
    resolution : Resolution, optional
        Pixels per inch or centimetre.
    icc : bytes, optional
        The colour profile.
    exif : bytes, optional
        The camera's record, its orientation applied to the array and reset.
    text : mapping of str
        A PNG's texts by keyword.
    imagej, ome : mapping, optional
        What ImageJ or OME-TIFF know: pixel sizes, units, channel names, as tifffile writes them.
    """

    format: str
    axes: str
    yx: tuple[int, int]
    resolution: Resolution | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    imagej: Mapping[str, Any] | None = None
    ome: Mapping[str, Any] | None = None

    @property
    def rgb(self) -> bool | None:
        """Whether the last axis is colour; None where the file names its axes so loosely that its shape must tell."""
        return True if self.axes.endswith("S") else None if set(self.axes) & set(LOOSE_AXES) else False

    @property
    def channel_axis(self) -> int | None:
        """The axis of independent channels, if the file names one before Y and X."""
        axis = self.axes.find("C")
        return axis if 0 <= axis < self.axes.index("Y") else None

    def resized(self, yx: tuple[int, int]) -> Metadata:
        """Return the metadata of the same field of view in `yx` pixels: twice the pixels, twice the resolution."""
        up_y, up_x = yx[0] / self.yx[0], yx[1] / self.yx[1]
        resolution = self.resolution and replace(
            self.resolution, x=self.resolution.x * up_x, y=self.resolution.y * up_y
        )
        ome = self.ome and {
            key: value / {"PhysicalSizeX": up_x, "PhysicalSizeY": up_y}[key] if key in _PIXEL_SIZES else value
            for key, value in self.ome.items()
        }
        return replace(self, yx=yx, resolution=resolution, ome=ome)


_PIXEL_SIZES = ("PhysicalSizeX", "PhysicalSizeY")


@dataclass(frozen=True)
class ImageFile:
    """An image as it came from a file.

    Parameters
    ----------
    array : ndarray
        (Y, X), (Y, X, 3 or 4), or with leading axes; as upright as the camera was.
    metadata : Metadata
        What else the file says.
    notes : tuple of str
        What of the file was left out: "all frames of the animation but the first", say.
    """

    array: Array
    metadata: Metadata
    notes: tuple[str, ...] = ()

    def part(self, bounds: Sequence[tuple[int, int]]) -> ImageFile:
        """Return a box of the image, with pixels of the same size.

        Parameters
        ----------
        bounds : sequence of (int, int)
            First pixel, and the one after the last, for each axis; colour is no axis.
        """
        array = self.array[tuple(slice(start, end) for start, end in bounds)]
        (top, bottom), (left, right) = bounds[-2:]
        return replace(self, array=array, metadata=replace(self.metadata, yx=(bottom - top, right - left)))


def upright(array: Array, orientation: int) -> Array:
    """Turn a (Y, X) or (Y, X, C) array as its EXIF or TIFF orientation (1 to 8) says."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)
