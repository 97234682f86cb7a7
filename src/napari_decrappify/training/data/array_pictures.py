"""Pictures in arrays: in memory, memory-mapped, or lazy, read a crop at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...apply.source import ranges_of
from ...errors import InvalidImageError, TrainingError
from ...intensity import (
    Intensity,
    check_dtype,
    check_finite,
    measure,
)
from ...planes import Layout, PlaneIndex, layout_of
from .mapped import Mapped, mapped
from .picture_source import (
    Pictures,
    Plane,
    Section,
    as_plane,
)

SAMPLE_PLANES = 16
SAMPLE_CROPS = 32
SAMPLE_SIDE = 256


class ArrayPictures(Pictures):
    """The planes of arrays of any supported dtype, each array on one intensity scale.

    Memory-mapped and dask arrays are never read whole: a crop is read when it is asked for, and the intensity is
    measured from a sample. They go to worker processes as file and offset, and as graph.

    Parameters
    ----------
    arrays : sequence of ndarray or dask array
        (Y, X), (Y, X, 3), or stacks of them; grey is repeated to three channels, alpha is dropped.

    Raises
    ------
    TrainingError
        If there is no array.
    InvalidImageError
        For a shape or dtype that isn't an image's, and for NaN or infinity: at once for arrays in memory, for others
        when a crop with one is read.
    """

    def __init__(self, arrays: Sequence[Any]) -> None:
        if not len(arrays):
            raise TrainingError("one or more arrays to train on", "none")
        self._stacks = [_Stack(array) for array in arrays]
        self._planes = [(n, plane) for n, stack in enumerate(self._stacks) for plane in stack.layout.planes()]

    @property
    def names(self) -> Sequence[str]:
        """The number of the array, and the index of the plane in it."""
        return [f"array {number} plane {plane}" for number, plane in self._planes]

    @property
    def sections(self) -> Sequence[Section]:
        """The array of each picture, and its position along that array's longest leading axis."""
        return [(number, self._stacks[number].position(plane)) for number, plane in self._planes]

    @property
    def intensities(self) -> Sequence[Intensity]:
        """The scale of each array: which of its values become 0 and 1."""
        return [stack.intensity for stack in self._stacks]

    def share_scales(self, other: ArrayPictures) -> None:
        """Give both sides of given pairs one scale where they seem to be in one unit.

        They are floats of one dtype, and neither range is twice as long as the other.
        """
        if len(self._stacks) != len(other._stacks):
            return
        for mine, its in zip(self._stacks, other._stacks, strict=True):
            lengths = sorted(side.intensity.high - side.intensity.low for side in (mine, its))
            dtype = mine.intensity.dtype
            if dtype.kind == "f" and dtype == its.intensity.dtype and lengths[1] < 2 * lengths[0]:
                low = min(mine.intensity.low, its.intensity.low)
                mine.intensity = its.intensity = Intensity(low, max(mine.intensity.high, its.intensity.high), dtype)

    def __len__(self) -> int:
        return len(self._planes)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture in pixels."""
        return self._stacks[self._planes[index][0]].layout.yx

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a picture, the only part that is read."""
        number, plane = self._planes[index]
        stack = self._stacks[number]
        return as_plane(stack.read(plane, y, x, height, width), stack.layout.rgb, stack.intensity)


class _Stack:
    """One array, its planes' layout and its intensity."""

    def __init__(self, array: Any) -> None:
        self._array = array if hasattr(array, "dask") else np.asanyarray(array)
        if any(math.isnan(n) for n in self._array.shape):
            raise InvalidImageError("an array of known shape", f"shape {array.shape}", "Call compute_chunk_sizes().")
        self.layout: Layout = layout_of(self._array.shape)
        check_dtype(self._array.dtype)
        self._lazy = not isinstance(self._array, np.ndarray)
        if not (self._lazy or mapped(self._array)):
            check_finite(self._array)
        self.intensity = self._measured()

    def __getstate__(self) -> dict[str, Any]:
        """Send a mapped array as a place in a file."""
        return {**self.__dict__, "_array": mapped(self._array) or self._array}

    def __setstate__(self, state: dict[str, Any]) -> None:
        array = state["_array"]
        self.__dict__.update(state, _array=array.open() if isinstance(array, Mapped) else array)

    def position(self, plane: PlaneIndex) -> int:
        """Return the index of a plane along the longest leading axis."""
        place = plane[int(np.argmax(self.layout.leading))] if self.layout.leading else 0
        return int(place)  # type: ignore[arg-type]

    def read(self, plane: PlaneIndex, y: int, x: int, height: int, width: int) -> npt.NDArray[Any]:
        """Read a rectangle of a plane, and check its values."""
        values = self._array[(*plane, slice(y, y + height), slice(x, x + width))]
        if self._lazy:
            values = values.compute(scheduler="synchronous")
        origin = (*plane, y, x, *((0,) if self.layout.rgb else ()))
        check_finite(values[(None,) * len(plane)], origin)
        return np.asarray(values)

    def _measured(self) -> Intensity:
        dtype = np.dtype(self._array.dtype)
        if not self._lazy or dtype == np.uint8:
            return ranges_of(self._array, self.layout, "auto").of(()).intensity
        return measure(self._sample(), dtype, rgb=self.layout.rgb)

    def _sample(self) -> npt.NDArray[Any]:
        """Read crops spread over planes spread over the stack, so that few chunks are in memory at a time."""
        planes = list(self.layout.planes())
        chosen = sorted({round(i) for i in np.linspace(0, len(planes) - 1, min(len(planes), SAMPLE_PLANES))})
        along = math.ceil(math.sqrt(SAMPLE_CROPS / len(chosen)))
        spans = [_spread(n, along) for n in self.layout.yx]
        crops = [
            self.read(planes[i], y, x, height, width)[..., : 3 if self.layout.rgb else None].ravel()
            for i, (y, height), (x, width) in itertools.product(chosen, *spans)
        ]
        return np.concatenate(crops)


def _spread(length: int, count: int) -> list[tuple[int, int]]:
    """Return at most `count` starts and lengths of windows, evenly spread along an axis."""
    side = min(length, SAMPLE_SIDE)
    return [(round(start), side) for start in np.unique(np.linspace(0, length - side, count).round())]
