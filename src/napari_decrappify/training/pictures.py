"""Clean pictures to train on: folders of files or arrays, as (Y, X, 3) planes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from ..errors import FileReadError, TrainingError
from ..intensity import check_dtype, check_finite, measure
from ..planes import layout_of

Plane: TypeAlias = npt.NDArray[Any]
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})
CACHE_BYTES = 4 * 2**30


class Pictures(Protocol):
    """Clean planes by index: (Y, X, 3), uint8, or float32 in [0, 1]."""

    @property
    def names(self) -> Sequence[str]:
        """A name for each picture."""

    def __len__(self) -> int:
        """How many pictures there are."""

    def __getitem__(self, index: int) -> Plane:
        """Return one picture."""


class FolderPictures:
    """The picture files below a folder, decoded when first used and then kept in memory, up to 4 GiB.

    Parameters
    ----------
    root : Path
        The folder, searched with its sub-folders in sorted order.

    Raises
    ------
    TrainingError
        If there is no picture file.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self._paths = sorted(p for p in self.root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not self._paths:
            raise TrainingError(f"a folder with pictures ({', '.join(sorted(SUFFIXES))})", f"{self.root} with none")
        self._cache: dict[int, Plane] = {}
        self._room = CACHE_BYTES

    def __getstate__(self) -> dict[str, Any]:
        """Leave the decoded pictures behind when sent to a worker process."""
        return {**self.__dict__, "_cache": {}, "_room": CACHE_BYTES}

    @property
    def names(self) -> Sequence[str]:
        """Paths below the root."""
        return [path.relative_to(self.root).as_posix() for path in self._paths]

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Plane:
        if index in self._cache:
            return self._cache[index]
        picture = _decode(self._paths[index])
        if picture.nbytes <= self._room:
            self._room -= picture.nbytes
            self._cache[index] = picture
        return picture


class ArrayPictures:
    """The planes of arrays of any supported dtype, each array on one intensity scale.

    Parameters
    ----------
    arrays : sequence of ndarray
        (Y, X), (Y, X, 3), or stacks of them; grey is repeated to three channels, alpha is dropped.
    """

    def __init__(self, arrays: Sequence[npt.NDArray[Any]]) -> None:
        self._planes: list[Plane] = []
        names: list[str] = []
        for number, array in enumerate(arrays):
            layout = layout_of(array.shape)
            check_dtype(array.dtype)
            check_finite(array)
            intensity = measure(array, array.dtype)
            for index in layout.planes():
                self._planes.append(_three_channels(array[index], layout.rgb, intensity.to_unit))
                names.append(f"array {number} plane {index}")
        self.names: Sequence[str] = names
        if not self._planes:
            raise TrainingError("one or more arrays to train on", "none")

    def __len__(self) -> int:
        return len(self._planes)

    def __getitem__(self, index: int) -> Plane:
        return self._planes[index]


class Subset:
    """Some pictures of a collection."""

    def __init__(self, pictures: Pictures, indices: Sequence[int]) -> None:
        self._pictures, self._indices = pictures, list(indices)

    @property
    def names(self) -> Sequence[str]:
        """Their names."""
        names = self._pictures.names
        return [names[index] for index in self._indices]

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Plane:
        return self._pictures[self._indices[index]]


def open_pictures(source: str | os.PathLike[str] | Sequence[npt.NDArray[Any]]) -> Pictures:
    """Return the pictures of a folder or of a sequence of arrays."""
    if isinstance(source, str | os.PathLike):
        return FolderPictures(source)
    return ArrayPictures(source)


def split(pictures: Pictures, held_out: float, seed: int) -> tuple[Subset, Subset]:
    """Split by picture into training and held-out ones, at least one each where there are two or more."""
    order = [int(i) for i in np.random.default_rng(seed).permutation(len(pictures))]
    count = min(max(1, round(held_out * len(order))), len(order) - 1) if held_out else 0
    kept, held = sorted(order[count:]), sorted(order[:count])
    return Subset(pictures, kept), Subset(pictures, held or kept)


def _decode(path: Path) -> Plane:
    try:
        with Image.open(path) as opened:
            return np.asarray(opened.convert("RGB"))
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise FileReadError("a readable picture", f"{path}: {error}", "Remove or replace the file.") from error


def _three_channels(plane: Plane, rgb: bool, to_unit: Any) -> Plane:
    if plane.dtype == np.uint8:
        return plane[..., :3] if rgb else np.repeat(plane[..., None], 3, axis=-1)
    unit = np.clip(to_unit(plane[..., :3] if rgb else plane[..., None]), 0, 1)
    return unit if rgb else np.repeat(unit, 3, axis=-1)
