"""Damage masks: fitted to the image, grown, and used to put the untouched pixels back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidMaskError
from ..planes import Layout

Mask = npt.NDArray[np.bool_]
BAND = 2**22


def fitted(mask: Any, layout: Layout) -> Any:
    """Return a mask as booleans of the shape ``(..., Y, X)`` of an image, broadcast over leading axes.

    Parameters
    ----------
    mask : ndarray or dask array
        Boolean, or integer labels of which 0 means untouched.
    layout : Layout
        Of the image.

    Raises
    ------
    InvalidMaskError
        If it has another dtype, or doesn't fit the image.
    """
    expected = (*layout.leading, *layout.yx)
    if mask.dtype.kind not in "bui":
        raise InvalidMaskError("a mask of dtype bool or integer labels", f"dtype {mask.dtype}", "Try mask > 0.5.")
    short = expected[len(expected) - mask.ndim :]
    fits = 2 <= mask.ndim <= len(expected) and all(a in (1, b) for a, b in zip(mask.shape[:-2], short, strict=False))
    if not fits or tuple(mask.shape[-2:]) != layout.yx:
        raise InvalidMaskError(
            f"a mask of shape {layout.yx} or {expected}, as the image has it without colours",
            f"shape {tuple(mask.shape)}",
        )
    if isinstance(mask, np.ndarray):
        return np.broadcast_to(mask if mask.dtype == bool else mask != 0, expected)
    import dask.array

    return dask.array.broadcast_to(mask.astype(bool), expected)  # type: ignore[no-untyped-call]


def grow(mask: Mask, radius: int) -> None:
    """Grow a (Y, X) mask in place by so many pixels in all eight directions, band by band."""
    for axis in (1, 0) if radius else ():
        for band in _bands(mask.shape, 1 - axis):
            piece = mask[band]
            piece[...] = _spread(piece, radius, axis)


def put_back(result: npt.NDArray[Any], image: npt.NDArray[Any], mask: Mask) -> None:
    """Copy the pixels of a (Y, X) or (Y, X, C) image into the result, bit by bit, wherever the mask is False."""
    for band in _bands(mask.shape, 0):
        untouched = ~mask[band]
        where = untouched[..., None] if image.ndim == 3 else untouched
        np.copyto(result[band], image[band], where=where)


def _spread(mask: Mask, radius: int, axis: int) -> Mask:
    spread = mask.copy()
    for distance in range(1, min(radius, mask.shape[axis] - 1) + 1):
        near, far = (_along(axis, part) for part in (slice(None, -distance), slice(distance, None)))
        spread[far] |= mask[near]
        spread[near] |= mask[far]
    return spread


def _along(axis: int, part: slice) -> tuple[slice, slice]:
    return (part, slice(None)) if axis == 0 else (slice(None), part)


def _bands(shape: tuple[int, ...], axis: int) -> Iterator[tuple[slice, slice]]:
    """Cut a plane into bands along an axis, so that what is copied of it stays small."""
    step = max(1, BAND // shape[1 - axis])
    for start in range(0, shape[axis], step):
        yield _along(axis, slice(start, start + step))
