"""What files that others wrote may claim: to be files at all, to be so long, so deep, so many pixels."""

from __future__ import annotations

import errno
import json
import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_TEXT = 64 * 2**20
DEEPEST = 64
TOO_DEEP = f"nested more than {DEEPEST} levels deep"
MOST_VALUES = 10**7

FEW_PIXELS = 2**22
DENSEST = {"JPEG": 1024, "MPO": 1024}
"""Pixels that a byte of a format holds at most: of a JPEG, 8 x 8 take a bit at the least; with some reserve."""


def expanded(path: str | Path) -> Path:
    """Return a path with one's own folder for ``~``; where whose it is isn't known, ``~`` stays."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_file(path: Path) -> bool:
    """Tell whether there is such a file; of a name that no file can have, there is none."""
    try:
        return check_regular(path) >= 0
    except OSError:
        return False


def check_regular(path: Path) -> int:
    """Return the size of a file in bytes; a pipe, which may keep a reader waiting for ever, or a device is no file.

    Raises
    ------
    OSError
        If there is no such file, if it is of another kind, or if no file can have that name.
    """
    try:
        state = path.stat()
    except ValueError as error:  # a NUL, or half a character
        raise OSError(errno.EINVAL, "no file can have such a name", str(path)) from error
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, no file", str(path))
    return state.st_size


def read_text(path: Path, longest: int = LONGEST_TEXT) -> str:
    """Return the text of a file in UTF-8.

    Raises
    ------
    OSError
        As `check_regular`, or if the file is longer than `longest` bytes or can't be read.
    ValueError
        If it isn't UTF-8.
    """
    size = check_regular(path)
    if size > longest:
        raise OSError(errno.EFBIG, f"{size} bytes, where {longest} are the most", str(path))
    return path.read_text(encoding="utf-8")


def parse_json(text: str | bytes) -> Any:
    """Return what a JSON text holds; raise `ValueError` if it isn't JSON, or nested too deeply."""
    try:
        return check_depth(json.loads(text))
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds; raise `ValueError` if it isn't TOML, or nested too deeply."""
    try:
        tables: dict[str, Any] = check_depth(tomllib.loads(text))
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    return tables


def check_depth(value: Any) -> Any:
    """Return plain data as it is; raise `ValueError` if it is nested too deeply, or in itself."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
        if len(level) > MOST_VALUES:
            break
    raise ValueError(TOO_DEEP)


def check_claim(path: Path, picture: Image) -> None:
    """Raise `OSError` for a picture whose file is too short to hold the pixels that its header claims.

    Only of some formats can that be told: others hold any number of equal pixels in a few bytes.
    """
    densest, size, pixels = DENSEST.get(picture.format or ""), check_regular(path), picture.width * picture.height
    if densest is not None and pixels > max(FEW_PIXELS, densest * size):
        raise OSError(errno.EINVAL, f"its header claims {pixels:,} pixels, which {size:,} bytes can't hold", str(path))


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
