"""The pictures of a run: written once into its folder, opened from there, and split for an honest judgement.

Arrays are copied, exactly as they are, so that a run can go on after the program that had them has ended; folders and
files are read where they lie.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic import atomic_path
from ...bounds import expanded, is_file
from ...errors import FileReadError, InvalidImageError, TrainingError
from ...intensity import check_finite
from ...jobs import Job, Progress
from ...planes import (
    PlaneIndex,
    as_array,
    is_lazy,
    is_photo,
    layout_of,
)
from ...training.data.paired_pictures import PairedPictures, pair_up
from ...training.data.patches import gradient
from ...training.data.pictures import (
    ArrayPictures,
    Pictures,
    Plane,
    open_pictures,
    split,
)
from ...training.data.size_filter import large_enough
from ...type_checks import shown
from .pieces import (
    Joined,
    Piece,
    cut_out,
    tiles,
)

DATA = "data"
LEAST = 32
"""Side of the smallest picture, and rows of a single one, that are worth learning from, or judging."""
LOOKED_AT = 64
"""Pieces among which those that are judged are chosen."""
ZARR_SIGNS = (".zarray", ".zgroup", "zarr.json")


def items_of(images: Any) -> list[Any]:
    """Return arrays and paths one by one; a single array or path is one item.

    Raises
    ------
    InvalidImageError
        If there is none, or if one is neither an array nor a path.
    """
    single = isinstance(images, str | Path) or hasattr(images, "shape")
    if not single and not isinstance(images, Iterable):
        raise InvalidImageError("images to learn from, or paths of them", shown(images))
    items = [images] if single else list(images)
    if not items:
        raise InvalidImageError("one or more images to learn from", "none")
    return [item if isinstance(item, str | Path | np.ndarray) else as_array(item, InvalidImageError) for item in items]


def all_photos(images: Any) -> bool:
    """Tell whether arrays are like photos, 8-bit and in colour; files count as such, as no pixel of them is read."""
    arrays = [item for item in items_of(images) if not isinstance(item, str | Path)]
    return all(is_photo(array.dtype.itemsize, layout_of(array.shape)) for array in arrays)


def write_items(folder: Path, items: Sequence[Any], side: str) -> Job[list[str]]:
    """Write arrays as data/<side>-NNN.npy, plane by plane; return what `open_items` takes.

    Raises
    ------
    InvalidImageError
        For NaN or infinity, with the first index, and for an array whose values are all equal.
    FileWriteError
        If the disk is full.
    """
    written = []
    for number, item in enumerate(items):
        if isinstance(item, str | Path):
            written.append(str(expanded(item).absolute()))
            continue
        yield Progress(number, len(items), f"Keeping a copy of image {number + 1} of {len(items)}")
        name = f"{DATA}/{side}-{number:03d}.npy"
        _write(folder / name, item)
        written.append(name)
    return written


def open_items(clean: Sequence[Any], crappy: Sequence[Any] = ()) -> Pictures:
    """Return the pictures of arrays and paths, as pairs where the crappy side is given too; thumbnails are left out.

    Raises
    ------
    FileReadError, TrainingError
        If a folder or file has gone, or has no pictures.
    """
    return large_enough(_paired(clean, crappy) if crappy else _joined([open_item(item) for item in clean]), LEAST)


def _joined(opened: Sequence[Pictures]) -> Pictures:
    return opened[0] if len(opened) == 1 else Joined(opened)


def _paired(clean: Sequence[Any], crappy: Sequence[Any]) -> PairedPictures:
    if len(crappy) != len(clean):
        raise TrainingError(f"a crappy image for each of {len(clean)} clean ones", f"{len(crappy)}")
    pairs = [pair_up(open_item(one), open_item(other)) for one, other in zip(clean, crappy, strict=True)]
    scales = {pair.scale for pair in pairs}
    if len(scales) > 1:
        raise TrainingError("given pairs of one scale", f"scales {sorted(scales)}")
    return PairedPictures(Joined([pair.clean for pair in pairs]), Joined([pair.crappy for pair in pairs]), *scales)


def open_item(item: Any) -> Pictures:
    """Return the pictures of an array, a folder, a picture file, a .npy file or a zarr array."""
    if not isinstance(item, str | Path):
        return ArrayPictures([item])
    path = expanded(item)
    return _zarr(path) if any(is_file(path / sign) for sign in ZARR_SIGNS) else open_pictures(path)


def divided(pictures: Pictures, holdout: float, seed: int) -> tuple[Pictures, Pictures]:
    """Split into training and held-out pictures; the lower part of a single one is held out, if it is high enough."""
    if len(pictures) > 1:
        return split(pictures, holdout, seed)
    height, width = pictures.shape(0)
    scale = scale_of(pictures)
    upper = (height - max(round(height * holdout), LEAST)) // scale * scale
    if holdout == 0 or upper < LEAST:
        return pictures, pictures
    training, held = Piece(0, 0, 0, upper, width), Piece(0, upper, 0, height - upper, width)
    return cut_out(pictures, [training]), cut_out(pictures, [held])


def judged_pieces(held: Pictures, side: int) -> Pictures:
    """Return squares of held-out pictures that are judged: the half of those beside each other with most in it.

    Empty background says nothing of a model, and would outweigh all else in decibels. Of many squares, some that are
    spread evenly are looked at.
    """
    pieces = [piece for piece in tiles(held, side, scale_of(held)) if held.readable(piece.picture)]
    spread = np.unique(np.linspace(0, len(pieces) - 1, LOOKED_AT).astype(int))
    full = {int(number): gradient(_clean(held, pieces[number])) for number in spread}
    kept = sorted(sorted(full, key=lambda number: full[number])[len(full) // 2 :])
    return cut_out(held, [pieces[number] for number in kept])


def _clean(pictures: Pictures, piece: Piece) -> Plane:
    return pictures.crop(piece.picture, piece.y, piece.x, piece.height, piece.width)


def scale_of(pictures: Pictures) -> int:
    """Return how many clean pixels lie along one crappy pixel of given pairs; 1 for others."""
    return pictures.scale if isinstance(pictures, PairedPictures) else 1


def scale_between(clean: Sequence[Any], crappy: Sequence[Any]) -> int | None:
    """Return how many times smaller the first crappy image is than the first clean one; None without any.

    Raises
    ------
    TrainingError
        If that is no whole number.
    """
    if not crappy:
        return None
    large, small = (open_item(side[0]).shape(0) for side in (clean, crappy))
    if small[0] > large[0] or large[0] % small[0]:
        expected = "crappy images that are a whole number of times (1, 2, 3...) smaller than the clean ones"
        raise TrainingError(expected, f"{small} and {large} pixels")
    return large[0] // small[0]


def check_array(array: Any) -> None:
    """Raise `InvalidImageError` for NaN, infinity, or values that are all equal; it goes plane by plane."""
    layout = layout_of(array.shape)
    least, most = math.inf, -math.inf
    for plane in layout.planes():
        values = _values(array, plane)
        check_finite(values[(None,) * len(plane)], (*_numbers(plane), *(0,) * values.ndim))
        least, most = min(least, float(values.min())), max(most, float(values.max()))
    if least == most:
        raise InvalidImageError("an image with something in it", f"one whose values are all {least:g}")


def _write(path: Path, array: Any) -> None:
    """Write an array plane by plane: not through a memory map, whose process a full disk would end."""
    check_array(array)
    dtype = np.dtype(array.dtype)
    head = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(array.shape)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head)
        for plane in layout_of(array.shape).planes():
            file.write(np.ascontiguousarray(_values(array, plane), dtype).tobytes())


def _values(array: Any, plane: PlaneIndex) -> np.ndarray[Any, Any]:
    values = array[plane] if plane else array
    return np.asarray(values.compute(scheduler="synchronous") if is_lazy(values) else values)


def _numbers(plane: PlaneIndex) -> tuple[int, ...]:
    return tuple(part for part in plane if isinstance(part, int))


def _zarr(path: Path) -> Pictures:
    from dask.array import from_zarr

    component = None if any((path / sign).exists() for sign in (".zarray",)) or not (path / "0").exists() else "0"
    try:
        array: Any = from_zarr(str(path), component=component)  # type: ignore[no-untyped-call]
        return ArrayPictures([array])
    except ImportError as error:
        raise FileReadError("the package zarr, to read zarr arrays", "none", "pip install zarr") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileReadError("a zarr array, or a group with one named 0", f"{path}: {error}") from error
