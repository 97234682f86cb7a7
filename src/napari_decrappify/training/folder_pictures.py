"""Pictures in files: a folder with its sub-folders, or one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..bounds import check_claim
from ..errors import DecrappifyError, FileReadError, TrainingError
from ..intensity import check_finite, measure
from .picture_source import Pictures, Plane, Section, as_plane

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})
CACHE_BYTES = 4 * 2**30
BROKEN = (OSError, UnidentifiedImageError, SyntaxError, ValueError, EOFError)


class FolderPictures(Pictures):
    """The picture files below a folder, decoded when first used and then kept in memory, up to 4 GiB.

    Each page of a TIFF is a picture. 16-bit and float grey becomes float32, each page on its own intensity scale as
    `intensity.measure` finds it; pass a stack as an array to give all its planes one scale.

    Parameters
    ----------
    root : Path
        The folder, searched with its sub-folders in sorted order, or one file.

    Raises
    ------
    TrainingError
        If there is no picture file.
    FileReadError
        For a TIFF that can't be opened; for other files that can't be read, when they are first used.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        found = [self.root] if self.root.is_file() else sorted(self.root.rglob("*"))
        paths = [path for path in found if path.suffix.lower() in SUFFIXES and path.is_file()]
        if not paths:
            raise TrainingError(f"a folder with pictures ({', '.join(sorted(SUFFIXES))})", f"{self.root} with none")
        self._pages = [(path, page) for path in paths for page in range(_page_count(path))]
        files = {path: number for number, path in enumerate(paths)}
        self._sections = [(files[path], page) for path, page in self._pages]
        self._shapes: dict[int, tuple[int, int]] = {}
        self._cache: dict[int, Plane] = {}
        self._room = CACHE_BYTES

    def __getstate__(self) -> dict[str, Any]:
        """Leave the decoded pictures behind when sent to a worker process."""
        return {**self.__dict__, "_cache": {}, "_room": CACHE_BYTES}

    @property
    def names(self) -> Sequence[str]:
        """Paths below the root, with the number of the page after the first."""
        return [self._below(path).as_posix() + (f" page {page}" if page else "") for path, page in self._pages]

    @property
    def stems(self) -> Sequence[tuple[str, int]]:
        """Paths below the root without their suffix, and the page: what the two sides of a given pair share."""
        return [(self._below(path).with_suffix("").as_posix(), page) for path, page in self._pages]

    @property
    def sections(self) -> Sequence[Section]:
        """The file of each picture, and its page."""
        return self._sections

    def __len__(self) -> int:
        return len(self._pages)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture, from the head of its file."""
        if index not in self._shapes:
            with _opened(*self._pages[index]) as image:
                self._shapes[index] = (image.height, image.width)
        return self._shapes[index]

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a picture."""
        return self[index][y : y + height, x : x + width]

    def __getitem__(self, index: int) -> Plane:
        """Return one picture."""
        if index in self._cache:
            return self._cache[index]
        picture = _decode(*self._pages[index])
        if picture.nbytes <= self._room:
            self._room -= picture.nbytes
            self._cache[index] = picture
        return picture

    def _below(self, path: Path) -> Path:
        return path.relative_to(self.root.parent if path == self.root else self.root)


def _page_count(path: Path) -> int:
    if path.suffix.lower() not in (".tif", ".tiff"):
        return 1
    with _opened(path) as image:
        return int(getattr(image, "n_frames", 1))


def _opened(path: Path, page: int = 0) -> Image.Image:
    try:
        image = Image.open(path)
        check_claim(path, image)
        if page:
            image.seek(page)
    except BROKEN as error:
        raise _unreadable(path, error) from error
    return image


def _decode(path: Path, page: int) -> Plane:
    try:
        with _opened(path, page) as image:
            if not (image.mode.startswith("I") or image.mode == "F"):
                return np.asarray(image.convert("RGB"))
            values = np.asarray(image)
            check_finite(values)
            return as_plane(values, False, measure(values, values.dtype))
    except BROKEN as error:
        if isinstance(error, FileReadError):
            raise
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DecrappifyError:
    return FileReadError("a readable picture", f"{path}: {error}", "Remove or replace the file.")
