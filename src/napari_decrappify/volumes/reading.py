"""Opening a volume: an OME-Zarr, a zarr array, or an npy file, none of whose pixels are read yet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..apply.halos import OnDisk
from ..errors import FileReadError
from ..files import real
from .axes import Axes, channel_axis, check_ordered
from .ngff import Multiscale, are_colors, multiscale_of, without_metadata
from .requirement import zarr

MARKS = (".zgroup", ".zarray", ".zattrs", "zarr.json")
"""Files that make a folder a zarr store."""
METADATA = (*MARKS, ".zmetadata")
"""Files of a zarr store that hold no pixels."""
NPY = ".npy"
MULTIPLE = 64
"""Pixels that sides of regions are multiples of, as sides of what nets see."""


@dataclass(frozen=True)
class NpyFile:
    """The array of an npy file; it crosses process borders as its path, and is read where it is indexed."""

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __getitem__(self, index: Any) -> np.ndarray[Any, Any]:
        return np.array(np.load(self.path, mmap_mode="r", allow_pickle=False)[index])


class ComputedPart:
    """A dask array of which just that is computed where it is indexed, in the thread that asks.

    It is no dataclass on purpose: dask looks for arrays in those, and would compute all of it.
    """

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape: tuple[int, ...] = array.shape
        self.dtype: np.dtype[Any] = array.dtype
        self.ndim: int = array.ndim
        self.chunks: tuple[int, ...] = tuple(map(max, array.chunks))

    def __getitem__(self, index: Any) -> np.ndarray[Any, Any]:
        return np.asarray(self._array[index].compute(scheduler="sync"))

    def __dask_tokenize__(self) -> tuple[str, str]:
        return type(self).__name__, self._array.name


@dataclass(frozen=True)
class Volume:
    """An image on disk, or one that is computed part by part.

    Attributes
    ----------
    path : Path
        Where it is, or what it is called.
    stored : zarr.Array, NpyFile, ComputedPart or ndarray
        Its pixels.
    axes : tuple of Axis, optional
        One for each axis of `stored`; None where the file doesn't name them.
    omero : mapping
        How an OME-Zarr calls and shows its channels.
    colors_last : bool
        Whether colours, where it has any, are the last axis, as calls take them, which isn't among `axes` then.
    """

    path: Path
    stored: Any
    axes: Axes | None = None
    omero: Mapping[str, Any] = field(default_factory=dict)
    colors_last: bool = False

    @property
    def chunks(self) -> tuple[int, ...]:
        """What is read at once."""
        if isinstance(self.stored, NpyFile | np.ndarray):
            return (1,) * self.stored.ndim
        chunks: tuple[int, ...] = getattr(self.stored, "shards", None) or self.stored.chunks
        return chunks

    @property
    def place(self) -> str:
        """Where it is, or what it is called."""
        return str(self.path if isinstance(self.stored, ComputedPart | np.ndarray) else real(self.path))

    def lazy(self, chunks: tuple[int, ...]) -> Any:
        """Return the pixels as a dask array, cut so."""
        import dask.array

        return dask.array.from_array(OnDisk(self.stored), chunks=chunks)  # type: ignore[no-untyped-call]


def is_volume(path: str | Path) -> bool:
    """Whether a path is a zarr store, or names one, or an npy file."""
    path = Path(path)
    try:
        return path.suffix.lower() in (NPY, ".zarr") or any((path / mark).is_file() for mark in MARKS)
    except OSError:
        return False


def open_volume(path: str | Path) -> Volume:
    """Open a volume.

    Parameters
    ----------
    path : path
        Of an OME-Zarr image (NGFF 0.4 or 0.5; its finest level is taken), a zarr array, or an npy file.

    Raises
    ------
    FileReadError
        If there is none, or it is damaged.
    InvalidImageError
        If its axes are in an order that planes can't be taken from.
    PluginError
        If zarr is needed and not installed.
    """
    path = Path(path)
    return _npy(path) if path.suffix.lower() == NPY else _zarr(path)


def _npy(path: Path) -> Volume:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FileReadError(f"an array at {path}", str(error)) from error
    return Volume(path, NpyFile(str(path.resolve()), array.shape, array.dtype))


def _zarr(path: Path) -> Volume:
    package = zarr()
    try:
        opened = package.open(str(path.resolve()), mode="r")
        if isinstance(opened, package.Array):
            names = getattr(opened.metadata, "dimension_names", None)
            return Volume(path, opened, without_metadata(names))
        found = multiscale_of(opened.attrs.asdict(), str(path))
        stored = opened[found.path]
    except FileReadError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileReadError(f"a zarr store at {path}", f"{type(error).__name__}: {error}") from error
    return _checked(Volume(path, stored, found.axes, found.omero), found)


def _checked(volume: Volume, found: Multiscale) -> Volume:
    if not hasattr(volume.stored, "shape") or len(volume.stored.shape) != len(found.axes):
        raise FileReadError(f"an array of {len(found.axes)} axes at {volume.path}/{found.path}", repr(volume.stored))
    check_ordered(found.axes, str(volume.path))
    return volume


def levels_on_disk(path: str | Path, *, colors_last: bool = False) -> list[Any]:
    """Return the levels of an OME-Zarr that `apply_to_zarr` wrote as dask arrays, the finest first.

    With `colors_last`, channels that are called as colours are the last axis, and none otherwise.
    """
    import dask.array

    group = zarr().open_group(str(Path(path).resolve()), mode="r")
    found = multiscale_of(group.attrs.asdict(), str(path))
    stored = [group[one["path"]] for one in group.attrs["ome"]["multiscales"][0]["datasets"]]
    levels = [dask.array.from_array(one, chunks=one.chunks) for one in stored]  # type: ignore[no-untyped-call]
    at = channel_axis(found.axes) if colors_last and are_colors(found.omero) else None
    return levels if at is None else [dask.array.moveaxis(level, at, -1) for level in levels]


def region_shape(
    shape: tuple[int, ...], chunks: tuple[int, ...], pixels: int, *, whole: bool = False, planes: Mapping[int, int]
) -> tuple[int, ...]:
    """Return the part of a (..., Y, X) array that is worked on at once: whole chunks, about so many pixels.

    Parameters
    ----------
    shape, chunks : tuple of int
        Of the array.
    pixels : int
        How many; more where one chunk along the leading axes is higher than that.
    whole : bool
        Whether planes may not be cut.
    planes : mapping of int
        Least numbers of planes, by axis.
    """
    leading = [min(n, max(c, planes.get(i, 1))) for i, (n, c) in enumerate(zip(shape[:-2], chunks[:-2], strict=True))]
    if whole:
        return (*leading, *shape[-2:])
    side = max(1, math.isqrt(pixels // math.prod(leading)))
    sides = (min(n, _side(side, c)) for n, c in zip(shape[-2:], chunks[-2:], strict=True))
    return (*leading, *sides)


def _side(wanted: int, chunk: int) -> int:
    """Return a side near the wanted one that nets take without a rest; of whole chunks, where that isn't far."""
    step = math.lcm(chunk, MULTIPLE)
    step = step if step <= wanted else MULTIPLE
    return max(1, round(wanted / step)) * step
