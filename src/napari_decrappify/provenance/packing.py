"""Masks and hints in records: compressed, as text."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import InvalidParameterError
from ..type_checks import is_of_kind, shown
from .form import MADE_BY

HintArrays: TypeAlias = tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]
"""Colours, (..., Y, X, 3), and where they hold, (..., Y, X)."""


def pack_mask(mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return a mask of any shape as a record keeps it."""
    return {"shape": list(mask.shape), "bits": _deflated(np.packbits(np.asarray(mask, dtype=bool)))}


def pack_hints(hints: HintArrays) -> dict[str, Any]:
    """Return hints as a record keeps them: where they hold, and only there their colours."""
    colors, mask = hints
    return {**pack_mask(mask), "colors": _deflated(colors[mask])}


def unpack_mask(packed: Mapping[str, Any], most: int, what: str = "mask") -> npt.NDArray[np.bool_]:
    """Return the mask that a record keeps, its "mask"; nothing more is unpacked, whatever is packed.

    Parameters
    ----------
    packed : mapping
        ``record["mask"]``.
    most : int
        Pixels that there may be: the size of the image.
    what : str
        What it is, for messages.

    Raises
    ------
    InvalidParameterError
        If it is damaged, or of more pixels.
    """
    try:
        shape = tuple(packed["shape"])
        count = math.prod(shape)
        if not is_of_kind(shape, tuple[int, ...]) or not 0 <= count <= most:
            raise ValueError(f"shape {shown(shape)} for an image of {most} values")
        unpacked = _inflated(packed["bits"], count // 8 + 1)
        return np.unpackbits(unpacked, count=count).reshape(shape).astype(bool)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise InvalidParameterError(MADE_BY, f"one whose {what} is damaged ({error})") from error


def unpack_hints(packed: Mapping[str, Any], most: int) -> HintArrays:
    """Return the hints that a record keeps, its "hints": colours, and where they hold; raise as `unpack_mask` does."""
    mask = unpack_mask(packed, most, "hints")
    colors = np.zeros((*mask.shape, 3), np.uint8)
    try:
        colors[mask] = _inflated(packed["colors"], 3 * int(np.count_nonzero(mask))).reshape(-1, 3)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise InvalidParameterError(MADE_BY, f"one whose hints are damaged ({error})") from error
    return colors, mask


def _deflated(values: npt.NDArray[np.uint8]) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), 9)).decode("ascii")


def _inflated(text: str, most: int) -> npt.NDArray[np.uint8]:
    packed = base64.b64decode(text)
    return np.frombuffer(zlib.decompressobj().decompress(packed, max(1, most)), np.uint8)  # as 0 would be without end
