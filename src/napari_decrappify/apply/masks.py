"""Damage masks: fitted to the image, grown, and used to put the untouched pixels back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidMaskError
from ..planes import Layout
from .engine.tiling import Box

Mask = npt.NDArray[np.bool_]
BAND = 2**22


def fitted(mask: Any, layout: Layout, dilate: int = 0) -> Any:
    """Return a mask as booleans of the shape ``(..., Y, X)`` of an image, broadcast over leading axes.

    Parameters
    ----------
    mask : ndarray or dask array
        Boolean, or integer labels of which 0 means untouched.
    layout : Layout
        Of the image.
    dilate : int
        Pixels by which it is grown in all eight directions.

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
        return np.broadcast_to(grown(mask if mask.dtype == bool else mask != 0, dilate), expected)
    import dask.array

    depth = {mask.ndim - 2: dilate, mask.ndim - 1: dilate}
    wide = dask.array.overlap.map_overlap(  # type: ignore[no-untyped-call]
        grown, mask.astype(bool), depth=depth, boundary="none", dtype=bool, radius=dilate
    )
    return dask.array.broadcast_to(wide, expected)  # type: ignore[no-untyped-call]


def check_known(mask: Mask) -> None:
    """Raise `InvalidMaskError` if a plane of a (..., Y, X) mask is all True: nothing is known there to go by."""
    mask = distinct(mask)
    for plane in np.ndindex(mask.shape[:-2]):
        if mask[plane].all():
            where = f"plane {plane} of it" if plane else "all of it"
            raise InvalidMaskError(
                "a mask that leaves some pixels to go by", f"one that covers {where}", "Mask less, or dilate less."
            )


def grown(mask: Mask, radius: int) -> Mask:
    """Return a (..., Y, X) mask grown by so many pixels in all eight directions; the same one for 0."""
    if not radius:
        return mask
    wide = mask.copy()
    for plane in np.ndindex(mask.shape[:-2]):
        grow(wide[plane], radius)
    return wide


def grow(mask: Mask, radius: int) -> None:
    """Grow a (Y, X) mask in place by so many pixels in all eight directions, band by band."""
    for axis in (1, 0) if radius else ():
        for band in _bands(mask.shape, 1 - axis):
            piece = mask[band]
            piece[...] = _spread(piece, radius, axis)


def bounds(mask: Mask, region: Box) -> Box:
    """Return the smallest box in a region with all that a (..., Y, X) mask has there; an empty one for nothing."""
    rows, columns = np.zeros(mask.shape[-2], bool), np.zeros(mask.shape[-1], bool)
    y, x = region.slices
    mask = distinct(mask)
    for plane in np.ndindex(mask.shape[:-2]):
        rows[y] |= mask[plane][y, x].any(1)
        columns[x] |= mask[plane][y, x].any(0)
    if not rows.any():
        return Box(region.y0, region.y0, region.x0, region.x0)
    (y0, y1), (x0, x1) = (np.flatnonzero(line)[[0, -1]].tolist() for line in (rows, columns))
    return Box(y0, y1 + 1, x0, x1 + 1)


def put_back(result: npt.NDArray[Any], image: npt.NDArray[Any], mask: Mask) -> None:
    """Copy the pixels of a (Y, X) or (Y, X, C) image into the result, bit by bit, wherever the mask is False."""
    for band in _bands(mask.shape, 0):
        untouched = ~mask[band]
        where = untouched[..., None] if image.ndim == 3 else untouched
        np.copyto(result[band], image[band], where=where)


def distinct(mask: Mask) -> Mask:
    """Return the planes of a mask without those that broadcasting repeats."""
    return mask[tuple(slice(1) if stride == 0 else slice(None) for stride in mask.strides[:-2])]


def _spread(mask: Mask, radius: int, axis: int) -> Mask:
    """Return a mask grown along an axis: what is grown already is moved both ways, each time about twice as far."""
    wanted, reached = min(radius, mask.shape[axis] - 1), 0
    while reached < wanted:
        distance = min(reached + 1, wanted - reached)  # further would leave gaps beside the border
        near, far = (_along(axis, part) for part in (slice(None, -distance), slice(distance, None)))
        spread = mask.copy()
        spread[far] |= mask[near]
        spread[near] |= mask[far]
        mask, reached = spread, reached + distance
    return mask


def _along(axis: int, part: slice) -> tuple[slice, slice]:
    return (part, slice(None)) if axis == 0 else (slice(None), part)


def _bands(shape: tuple[int, ...], axis: int) -> Iterator[tuple[slice, slice]]:
    """Cut a plane into bands along an axis, so that what is copied of it stays small."""
    step = max(1, BAND // shape[1 - axis])
    for start in range(0, shape[axis], step):
        yield _along(axis, slice(start, start + step))
