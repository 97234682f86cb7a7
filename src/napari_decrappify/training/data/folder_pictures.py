"""Pictures in files: a folder with its sub-folders, or one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import DecrappifyError, FileReadError, TrainingError
from ...files import (
    READABLE,
    ImageHeader,
    picture_files,
    read_header,
    read_planes,
)
from ...intensity import Intensity, check_finite, measure
from .picture_source import (
    Pictures,
    Plane,
    Section,
    as_plane,
)

CACHE_BYTES = 4 * 2**30
NAMED = 5
"""Files that an error names; the others are counted."""
TOO_MANY = 10
"""A training goes on without files that turn out broken, as long as they are fewer than one in so many."""
Values: TypeAlias = tuple[Plane, Intensity]


class FolderPictures(Pictures):
    """The picture files below a folder, decoded when first used and then kept in memory, up to 4 GiB.

    Files are found by `files.picture_files` and read by `files.read_planes`, as everywhere; each plane of a stack is a
    picture. Beyond 8 bits it becomes float32, each plane on its own intensity scale as `intensity.measure` finds it;
    pass a stack as an array to give all its planes one scale.

    Parameters
    ----------
    root : Path
        The folder, searched with its sub-folders in sorted order, or one file.

    Raises
    ------
    TrainingError
        If there is no picture file.
    FileReadError
        If the heads of some files say that they can't be read; it names them all, up to five.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self._paths = [self.root] if self.root.is_file() else picture_files(self.root)
        if not self._paths:
            raise TrainingError(f"a folder with pictures ({', '.join(READABLE)})", f"{self.root} with none")
        headings = self._headings()
        self._sections = [(file, plane) for file, header in enumerate(headings) for plane in range(header.planes)]
        self._first = [index for index, (_, plane) in enumerate(self._sections) if plane == 0]
        self._shapes = [headings[file].yx for file, _ in self._sections]
        self._broken: dict[int, str] = {}
        self._forget()

    def _forget(self) -> None:
        self._cache: dict[int, Values] = {}
        self._room = CACHE_BYTES
        self._last: dict[int, Values] = {}  # what was read last, where there is no room

    def __getstate__(self) -> dict[str, Any]:
        """Leave the decoded pictures behind when sent to a worker process."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_cache", "_room", "_last")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    @property
    def names(self) -> Sequence[str]:
        """Paths below the root, with the number of the plane after the first."""
        files = [self._below(path).as_posix() for path in self._paths]
        return [files[file] + (f" page {plane}" if plane else "") for file, plane in self._sections]

    @property
    def stems(self) -> Sequence[tuple[str, int]]:
        """Paths below the root without their suffix, and the plane: what the two sides of a given pair share."""
        files = [self._below(path).with_suffix("").as_posix() for path in self._paths]
        return [(files[file], plane) for file, plane in self._sections]

    @property
    def sections(self) -> Sequence[Section]:
        """The file of each picture, and its plane."""
        return self._sections

    @property
    def left_out(self) -> Sequence[str]:
        """The files that turned out broken, and why."""
        return list(self._broken.values())

    def __len__(self) -> int:
        return len(self._sections)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture, as the head of its file says."""
        return self._shapes[index]

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a picture."""
        values, intensity = self._values(index)
        return as_plane(values[y : y + height, x : x + width], values.ndim == 3, intensity)

    def readable(self, index: int) -> bool:
        """Tell whether a picture can be decoded.

        Raises
        ------
        FileReadError
            If a tenth or more of all files can't be.
        """
        file = self._sections[index][0]
        if file not in self._broken:
            try:
                self._values(index)
            except DecrappifyError as error:
                self._leave_out(file, error)
        return file not in self._broken

    def _leave_out(self, file: int, error: DecrappifyError) -> None:
        self._broken[file] = _named(self._paths[file], error)
        if len(self._broken) * TOO_MANY >= len(self._paths):
            raise self._unreadable(list(self._broken.items())) from error

    def _values(self, index: int) -> Values:
        """Return a picture's own values and what they mean."""
        known = self._cache.get(index) or self._last.get(index)
        if known is not None:
            return known
        file, number = self._sections[index]
        found = {self._first[file] + n: _measured(one) for n, one in read_planes(self._paths[file], number).items()}
        self._last = {index: found[index]}
        for place, values in found.items():
            if values[0].nbytes <= self._room and place not in self._cache:
                self._room -= values[0].nbytes
                self._cache[place] = values
        return found[index]

    def _headings(self) -> list[ImageHeader]:
        found, failures = [], []
        for number, path in enumerate(self._paths):
            try:
                found.append(read_header(path))
            except DecrappifyError as error:
                failures.append((number, _named(path, error)))
        if failures:
            raise self._unreadable(failures)
        return found

    def _unreadable(self, failures: Sequence[tuple[int, str]]) -> FileReadError:
        others = [self._below(self._paths[number]).as_posix() for number, _ in failures[1:]]
        named, more = others[: NAMED - 1], len(others) - NAMED + 1
        listed = f" Nor can {', '.join(named)}{f' and {more} more' if more > 0 else ''}." if others else ""
        got = f"{len(failures)} of {len(self._paths)} that can't be read. {failures[0][1]}{listed}"
        return FileReadError("readable pictures", got.rstrip("."), "Remove or replace them.")

    def _below(self, path: Path) -> Path:
        return path.relative_to(self.root.parent if path == self.root else self.root)


def _named(path: Path, error: DecrappifyError) -> str:
    """Say what is wrong with which file."""
    return str(error) if str(path) in str(error) else f"{path}: {error}"


def _measured(plane: Plane) -> Values:
    """Return the colours of a plane without its alpha, and the intensity scale that they are on."""
    values = plane[..., :3] if plane.ndim == 3 else plane
    check_finite(values)
    return values, measure(values, values.dtype)
