"""Memory-mapped arrays as they are sent to worker processes: by file and offset, not by their values."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Mapped:
    """Where in which file an array lies.

    Parameters
    ----------
    path : str
        The file.
    offset : int
        Of the array's first value, in bytes from the start of the file.
    shape, strides : tuple of int
        As NumPy has them; a view of a map has its own.
    dtype : numpy.dtype
        Of the values.
    """

    path: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]

    def open(self) -> npt.NDArray[Any]:
        """Map the file again, read-only, and return the array."""
        file = np.memmap(self.path, np.uint8, mode="r")
        return np.ndarray(self.shape, self.dtype, file, self.offset, self.strides)


def mapped(array: Any) -> Mapped | None:
    """Return where an array is mapped from; None for one in memory, lazy, or mapped with private changes."""
    root: Any = array
    while isinstance(root, np.ndarray) and isinstance(root.base, np.ndarray):
        root = root.base
    if not isinstance(root, np.memmap) or not isinstance(getattr(root, "_mmap", None), mmap.mmap) or root.mode == "c":
        return None
    inside = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return Mapped(str(root.filename), root.offset + inside, array.shape, array.strides, array.dtype)
