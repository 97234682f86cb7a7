"""Given pairs: clean pictures, and crappy ones of the same places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import TrainingError
from .array_pictures import ArrayPictures
from .folder_pictures import FolderPictures
from .picture_source import (
    Pictures,
    Plane,
    Section,
    Subset,
)


@dataclass(frozen=True)
class PairedPictures(Pictures):
    """Clean pictures with the crappy ones that belong to them; as a collection it is that of the clean ones.

    Parameters
    ----------
    clean : Pictures
        What is to be learned.
    crappy : Pictures
        At each index the same place, `scale` times smaller.
    scale : int
        How many clean pixels lie along one crappy pixel.
    """

    clean: Pictures
    crappy: Pictures
    scale: int

    @property
    def names(self) -> Sequence[str]:
        """Names of the clean pictures."""
        return self.clean.names

    @property
    def sections(self) -> Sequence[Section]:
        """Stacks and positions of the clean pictures."""
        return self.clean.sections

    @property
    def left_out(self) -> Sequence[str]:
        """Broken files of both sides."""
        return [*self.clean.left_out, *self.crappy.left_out]

    def __len__(self) -> int:
        return len(self.clean)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a clean picture in pixels."""
        return self.clean.shape(index)

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a clean picture."""
        return self.clean.crop(index, y, x, height, width)

    def readable(self, index: int) -> bool:
        """Tell whether both sides of a pair can be used."""
        return self.clean.readable(index) and self.crappy.readable(index)


def pair_up(clean: Pictures, crappy: Pictures) -> PairedPictures:
    """Match clean and crappy pictures: folders by relative path without suffix, anything else by position.

    Beyond 8 bits each side is on its own intensity scale, as an image is that the model is applied to; float arrays
    in one unit share theirs.

    Raises
    ------
    TrainingError
        Naming the first picture without a partner, or the first whose size isn't the whole multiple of its crappy
        one's that the others have.
    """
    if isinstance(clean, FolderPictures) and isinstance(crappy, FolderPictures):
        crappy = Subset(crappy, _by_stem(clean, crappy))
    elif len(clean) != len(crappy):
        raise TrainingError(f"a crappy picture for each of {len(clean)} clean ones", f"{len(crappy)}")
    if isinstance(clean, ArrayPictures) and isinstance(crappy, ArrayPictures):
        clean.share_scales(crappy)
    scales = [_scale(clean, crappy, index) for index in range(len(clean))]
    for name, scale in zip(clean.names, scales, strict=True):
        if scale != scales[0]:
            expected = f"pairs of one scale, {scales[0]} as that of {clean.names[0]}"
            raise TrainingError(expected, f"scale {scale} for {name}")
    return PairedPictures(clean, crappy, scales[0])


def _by_stem(clean: FolderPictures, crappy: FolderPictures) -> list[int]:
    """Return the index of the crappy picture of each clean one."""
    wanted, found = _indices(clean), _indices(crappy)
    for mine, theirs, there in ((clean, found, crappy.root), (crappy, wanted, clean.root)):
        for name, stem in zip(mine.names, mine.stems, strict=True):
            if stem not in theirs:
                raise TrainingError(f"a partner of {mine.root / name} in {there}", "none of that name")
    return [found[stem] for stem in clean.stems]


def _indices(pictures: FolderPictures) -> dict[tuple[str, int], int]:
    indices: dict[tuple[str, int], int] = {}
    for index, stem in enumerate(pictures.stems):
        if indices.setdefault(stem, index) != index:
            names = pictures.names
            raise TrainingError(f"one picture of a name in {pictures.root}", f"{names[indices[stem]]}, {names[index]}")
    return indices


def _scale(clean: Pictures, crappy: Pictures, index: int) -> int:
    (height, width), (small_height, small_width) = clean.shape(index), crappy.shape(index)
    scale = height // small_height
    if scale < 1 or (height, width) != (scale * small_height, scale * small_width):
        raise TrainingError(
            f"{clean.names[index]} to be a whole number of times (1, 2, 3...) the size of its crappy picture",
            f"{height} x {width} and {small_height} x {small_width} pixels",
        )
    return scale
