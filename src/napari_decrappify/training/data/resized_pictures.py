"""Pictures reduced to a common size before patches are cut, as the loaders of published recipes do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...degrade.pictures import resample
from ...errors import RecipeError
from .folder_pictures import CACHE_BYTES
from .paired_pictures import PairedPictures
from .picture_source import Pictures, Plane, Section


class ResizedPictures(Pictures):
    """Pictures whose short side is `side` pixels; resized when first used and kept in memory, up to 4 GiB.

    Parameters
    ----------
    pictures : Pictures
        Of any size.
    side : int
        Length of the short side in pixels.
    """

    def __init__(self, pictures: Pictures, side: int) -> None:
        self._pictures, self._side = pictures, side
        self._cache: dict[int, Plane] = {}
        self._room = CACHE_BYTES

    def __getstate__(self) -> dict[str, Any]:
        """Leave the resized pictures behind when sent to a worker process."""
        return {**self.__dict__, "_cache": {}, "_room": CACHE_BYTES}

    @property
    def names(self) -> Sequence[str]:
        """Their names."""
        return self._pictures.names

    @property
    def sections(self) -> Sequence[Section]:
        """Their stacks and positions."""
        return self._pictures.sections

    @property
    def left_out(self) -> Sequence[str]:
        """Broken files among them."""
        return self._pictures.left_out

    def __len__(self) -> int:
        return len(self._pictures)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture after resizing."""
        y, x = self._pictures.shape(index)
        return round(y * self._side / min(y, x)), round(x * self._side / min(y, x))

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a resized picture."""
        return self[index][y : y + height, x : x + width]

    def readable(self, index: int) -> bool:
        """Tell whether a picture can be used."""
        return index in self._cache or self._pictures.readable(index)

    def __getitem__(self, index: int) -> Plane:
        if index in self._cache:
            return self._cache[index]
        picture = resample(self._pictures[index], self.shape(index), "bilinear")
        if picture.nbytes <= self._room:
            self._room -= picture.nbytes
            self._cache[index] = picture
        return picture


def resized(pictures: Pictures, side: int) -> Pictures:
    """Return the pictures with that short side; with 0 as they are.

    Raises
    ------
    RecipeError
        For given pairs, whose two sides belong together pixel by pixel.
    """
    if not side:
        return pictures
    if isinstance(pictures, PairedPictures):
        raise RecipeError("data.resize = 0 for given pairs", str(side))
    return ResizedPictures(pictures, side)
