"""What is drawn for the pictures of a batch: the mask of the only one, or of each in a folder; colours as hints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..apply.painted import painted
from ..errors import FileReadError, InvalidImageError, InvalidMaskError, InvalidParameterError
from ..files import BatchItem, is_folder, picture_files, read_image
from ..files.reading import MAX_PIXELS
from ..provenance import HintArrays

Mask = npt.NDArray[np.bool_]

LOSSY = ("JPEG", "WEBP")
NOISE = 32
"""Of 255: what compression may leave in the black of a mask."""
BY_NAME = "Call it as the picture, with any suffix: a.png or a.mask.png for a.jpg."


@dataclass(frozen=True)
class Masks:
    """The masks of a batch.

    Parameters
    ----------
    common : ndarray of bool, optional
        The mask of the only picture, or of all that share a mark.
    folder : Path, optional
        Where each picture has its own instead, in the same tree: ``a.png`` or ``a.mask.png`` for ``a.jpg``.
    max_pixels : int
        As for `read_image`.
    """

    common: Mask | None = None
    folder: Path | None = None
    max_pixels: int = MAX_PIXELS

    @classmethod
    def at(
        cls, path: Path | None, inputs: Sequence[Path], *, shared: bool = False, max_pixels: int = MAX_PIXELS
    ) -> Masks:
        """Return the masks that a file or a folder holds for inputs; `shared` if these have a mark in common.

        Raises
        ------
        InvalidParameterError
            For one mask for several pictures that share nothing, or several masks for what they share.
        InvalidMaskError
            If nothing is marked.
        """
        if path is None:
            return cls()
        if is_folder(path):
            if shared:
                raise InvalidParameterError("one mask for the mark that all pictures share", f"the folder {path}")
            return cls(folder=path, max_pixels=max_pixels)
        if not shared:
            check_single(inputs, "mask")
        return cls(read_mask(path, max_pixels))

    def of(self, item: BatchItem) -> Mask | None:
        """Return the mask of a picture, or None where there are none.

        Raises
        ------
        FileReadError
            If there is none for it in the folder, or several.
        InvalidMaskError
            If it marks nothing.
        """
        return self.common if self.folder is None else read_mask(self._file(item), self.max_pixels)

    def _file(self, item: BatchItem) -> Path:
        name = Path(item.name)
        found = self._files.get(name) or self._files.get(name.with_suffix("")) or []
        if len(found) != 1:
            got = " and ".join(path.name for path in found) or "none"
            raise FileReadError(f"one mask for {item.name} in {self.folder}", got, BY_NAME)
        return found[0]

    @cached_property
    def _files(self) -> dict[Path, list[Path]]:
        """The files of the folder, by what they are the masks of."""
        found: dict[Path, list[Path]] = {}
        for path in picture_files(self.folder) if self.folder else ():
            name = path.relative_to(self.folder or "").with_suffix("")
            found.setdefault(name.with_suffix("") if name.suffix == ".mask" else name, []).append(path)
        return found


def check_single(inputs: Sequence[Path], drawn: str) -> None:
    """Raise `InvalidParameterError` unless there is but one picture, for what is drawn for one."""
    if len(inputs) > 1 or is_folder(inputs[0]):
        advice = f"Give each image its own {drawn}" + (", in a folder." if drawn == "mask" else ".")
        raise InvalidParameterError(f"one image with --{drawn}", "several", advice)


def read_mask(path: Path, max_pixels: int = MAX_PIXELS) -> Mask:
    """Read a mask as people draw them: see `painted`.

    Of what a lossy format holds, only what is half as bright as the brightest counts, as the rest is its noise.

    Raises
    ------
    InvalidMaskError
        If nothing is marked.
    """
    image = read_image(path, max_pixels=max_pixels)
    noise = NOISE if image.metadata.format in LOSSY else 0
    mask = painted(image.array, rgb=bool(image.metadata.rgb), noise=noise)
    if not mask.any():
        raise InvalidMaskError(
            "a mask that marks part of the image",
            f"{path}, which marks nothing",
            "Paint white on black, or in any colour on transparency.",
        )
    return mask


def read_hints(path: Path, max_pixels: int = MAX_PIXELS) -> HintArrays:
    """Read hints: the colours of a picture wherever it isn't wholly transparent.

    Raises
    ------
    InvalidImageError
        If it isn't RGBA in 8 bits.
    InvalidMaskError
        If all of it is transparent.
    """
    picture = read_image(path, max_pixels=max_pixels).array
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] != 4:
        advice = "Paint the colours on a transparent layer, and save that as a PNG."
        shape = f"{path}, of shape {picture.shape} and dtype {picture.dtype}"
        raise InvalidImageError("hints as a picture with transparency (RGBA) in 8 bits", shape, advice)
    mask = picture[..., 3] > 0
    if not mask.any():
        raise InvalidMaskError("hints that colour part of the image", f"{path}, which is all transparent")
    return picture[..., :3], mask
