"""The pictures that quality is measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ..degrade import Greyscale
from ..errors import FileReadError, InvalidImageError
from ..files import picture_files, read_image

Picture: TypeAlias = npt.NDArray[np.uint8]
T = TypeVar("T")

SAMPLES = ("astronaut", "chelsea", "coffee", "rocket", "immunohistochemistry", "stereo_motorcycle")
MICROGRAPHS = ("cell", "immunohistochemistry", "microaneurysms")


@dataclass(frozen=True)
class Photos:
    """Named 8-bit pictures, RGB or grey, and where they come from in words."""

    origin: str
    pictures: dict[str, Picture]


def photos(data: str | Path | None, limit: int | None) -> Photos:
    """Return the pictures of a folder, or scikit-image's own, as RGB.

    Parameters
    ----------
    data : path, optional
        A folder, searched with its sub-folders in sorted order.
    limit : int, optional
        Take so many at the most, spread evenly over all.

    Raises
    ------
    FileReadError, InvalidImageError
        For a folder without pictures, or a picture that isn't 8-bit RGB or grey.
    """
    return _pictures(data, limit, SAMPLES, _colored)


def micrographs(data: str | Path | None, limit: int | None) -> Photos:
    """Return the pictures of a folder, or some that ship with scikit-image, as (Y, X) grey; otherwise as `photos`."""
    return _pictures(data, limit, MICROGRAPHS, _grey)


def middles(photos: Photos, count: int, side: int) -> Photos:
    """Return the middles of so many of the pictures, or of all, spread evenly over the large ones.

    They are squares of one size: of `side` pixels, or of the short side of the smallest that is needed.
    """
    sides = sorted((min(picture.shape[:2]) for picture in photos.pictures.values()), reverse=True)
    common = min(side, sides[min(count, len(sides)) - 1])
    large = [name for name, picture in photos.pictures.items() if min(picture.shape[:2]) >= common]
    chosen = {name: _middle(photos.pictures[name], common) for name in _spread(large, count)}
    return Photos(f"the middles, {common} x {common} pixels, of {len(chosen)} of {photos.origin}", chosen)


def _middle(picture: Picture, side: int) -> Picture:
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def _pictures(
    data: str | Path | None, limit: int | None, samples: tuple[str, ...], view: Callable[[Picture], Picture]
) -> Photos:
    if data is None:
        names = _spread(samples, limit)
        origin = f"{len(names)} pictures that ship with scikit-image ({', '.join(names)}); not a validation set"
        return Photos(origin, {name: view(_sample(name)) for name in names})
    paths = _spread(picture_files(data), limit)
    if not paths:
        raise FileReadError(f"a folder with pictures at {data}", "none")
    found = {path.relative_to(data).as_posix(): view(_read(path)) for path in paths}
    return Photos(f"{len(found)} pictures of {'/'.join(Path(data).absolute().parts[-2:])}", found)


def _spread(every: Sequence[T], limit: int | None) -> list[T]:
    if limit is None or limit >= len(every):
        return list(every)
    return [every[number * len(every) // limit] for number in range(limit)]


def _sample(name: str) -> Picture:
    import skimage.data

    loaded = getattr(skimage.data, name)()
    picture: Picture = loaded[0] if isinstance(loaded, tuple) else loaded
    return picture


def _read(path: Path) -> Picture:
    array: npt.NDArray[Any] = read_image(path).array
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise InvalidImageError(f"an 8-bit picture at {path}", f"{array.dtype} of shape {array.shape}")
    return array[..., :3] if array.ndim == 3 else array


def _colored(picture: Picture) -> Picture:
    return picture if picture.ndim == 3 else picture[..., None].repeat(3, axis=-1)


def _grey(picture: Picture) -> Picture:
    return picture if picture.ndim == 2 else Greyscale.apply(picture, {})[0][..., 0]
