"""What every collection of training pictures offers: planes by index, read whole or a crop at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import TrainingError
from ...intensity import Intensity

Plane: TypeAlias = npt.NDArray[Any]
Section: TypeAlias = tuple[int, int]


class Pictures(Protocol):
    """Planes by index: (Y, X, 3), uint8, or float32 in [0, 1]."""

    @property
    def names(self) -> Sequence[str]:
        """A name for each picture."""

    @property
    def sections(self) -> Sequence[Section]:
        """For each picture the stack that it is of, and its position there: neighbours are nearly equal."""

    @property
    def left_out(self) -> Sequence[str]:
        """What of these, or of the collection that they are part of, isn't used, and why: broken files, say."""
        return ()

    def __len__(self) -> int:
        """How many pictures there are."""

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture in pixels."""

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle that lies inside the picture."""

    def readable(self, index: int) -> bool:
        """Tell whether a picture can be used: False if its file turns out broken, which `left_out` says from then on.

        Raises
        ------
        FileReadError
            If too many are broken to go on without them.
        """
        return True

    def __getitem__(self, index: int) -> Plane:
        """Return a whole picture."""
        return self.crop(index, 0, 0, *self.shape(index))


def readable_from(pictures: Pictures, index: int) -> int:
    """Return the index of a picture, or where it is broken, of the next one after it that isn't.

    So a broken picture is replaced by the same one in every process, and after a resume.

    Raises
    ------
    FileReadError, TrainingError
        If too many are broken, or all.
    """
    count = len(pictures)
    for candidate in range(index, index + count):
        if pictures.readable(candidate % count):
            return candidate % count
    raise TrainingError("a picture that can be read", f"none among {count}: {pictures.left_out[0]}")


class Subset(Pictures):
    """Some pictures of a collection; `without` says which others aren't used, if a person should know."""

    def __init__(self, pictures: Pictures, indices: Sequence[int], without: str = "") -> None:
        self._pictures, self._indices, self._without = pictures, list(indices), without

    @property
    def names(self) -> Sequence[str]:
        """Their names."""
        names = self._pictures.names
        return [names[index] for index in self._indices]

    @property
    def sections(self) -> Sequence[Section]:
        """Their stacks and positions in the whole collection."""
        sections = self._pictures.sections
        return [sections[index] for index in self._indices]

    @property
    def left_out(self) -> Sequence[str]:
        """Broken files of the whole collection, and what else isn't used of it."""
        return [*([self._without] if self._without else ()), *self._pictures.left_out]

    def __len__(self) -> int:
        return len(self._indices)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture in pixels."""
        return self._pictures.shape(self._indices[index])

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a picture."""
        return self._pictures.crop(self._indices[index], y, x, height, width)

    def readable(self, index: int) -> bool:
        """Tell whether a picture can be used."""
        return self._pictures.readable(self._indices[index])


def as_plane(array: npt.NDArray[Any], rgb: bool, intensity: Intensity) -> Plane:
    """Return (Y, X) or, for `rgb`, (Y, X, 3 or 4) values as a plane: grey is repeated, alpha dropped, 8 bits kept."""
    if array.dtype != np.uint8:
        array = np.clip(intensity.to_unit(array[..., :3] if rgb else array), 0, 1)
    return array[..., :3] if rgb else np.repeat(array[..., None], 3, axis=-1)
