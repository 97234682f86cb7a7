"""A solved mark taken off every plane of an array: un-blended pixel by pixel, of NumPy and dask arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InvalidParameterError
from ...planes import Layout, is_lazy
from ..engine.blending import Pixels
from ..marks.mark import LEAST_LEFT, SolvedMark
from ..masks import Mask
from .file import kept, load_mark
from .pictures import unit_of

OPAQUE = 0.9
"""Strength from which too little of the picture is left to be brought back: it is filled."""


def mark_for(mark: str | Path | SolvedMark, layout: Layout) -> SolvedMark:
    """Return a mark, or what its file holds; a typed error if it has colours where the image has none."""
    known = kept(mark) if isinstance(mark, SolvedMark) else load_mark(mark)
    channels = known.color.shape[-1]
    if channels == 1 or channels == layout.colors:
        return known
    raise InvalidParameterError("a grey mark for an image without colours", f"one of {channels} channels")


def hole_of(mark: SolvedMark) -> Mask:
    """Return where a mark hides what is under it, (Y, X)."""
    return np.asarray(mark.strength >= OPAQUE)


def without(image: Any, layout: Layout, mark: SolvedMark, where: Any = None, share: float = 1.0) -> Any:
    """Return the image without a mark, bit-identical where it doesn't cover.

    Parameters
    ----------
    image : ndarray or dask array
        Of any dtype; alpha is left as it is.
    layout : Layout
        Of the image.
    mark : SolvedMark
        Of the size of its planes.
    where : ndarray or dask array of bool, optional
        (..., Y, X): where alone anything may change.
    share : float
        How much of the change is made.
    """
    strength, color = mark.strength, np.broadcast_to(mark.color, (*layout.yx, mark.color.shape[-1]))
    colored = layout.rgb
    strength = strength[..., None] if colored else strength
    color = color if colored else color[..., 0]
    allowed = np.ones((1,) * strength.ndim, bool) if where is None else (where[..., None] if colored else where)
    values = image[..., :3] if layout.alpha else image
    if is_lazy(image):
        import dask.array

        sides = values.chunks[-strength.ndim :] if not colored else (*values.chunks[-3:-1], (1,))
        parts = [
            dask.array.from_array(strength, sides),  # type: ignore[no-untyped-call]
            dask.array.from_array(color, values.chunks[-strength.ndim :]),  # type: ignore[no-untyped-call]
            dask.array.asarray(allowed),  # type: ignore[no-untyped-call]
        ]
        clean = dask.array.map_blocks(_unblended, values, *parts, dtype=values.dtype, share=share)  # type: ignore[no-untyped-call]
        return dask.array.concatenate([clean, image[..., 3:]], -1) if layout.alpha else clean  # type: ignore[no-untyped-call]
    result = image.copy()
    target = result[..., :3] if layout.alpha else result
    permitted = np.broadcast_to(allowed, (*layout.leading, *strength.shape[:2], *((1,) if colored else ())))
    for plane in layout.planes():
        target[plane] = _unblended(values[plane], strength, color, permitted[plane], share=share)
    return result


def _unblended(values: Any, strength: Pixels, color: Pixels, allowed: Mask, *, share: float) -> Any:
    """Return values of any dtype without a mark; those that it doesn't cover as they are."""
    unit = unit_of(values.dtype)
    exact = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    clean = (exact - strength * color * unit) / np.maximum(1 - strength, np.float32(LEAST_LEFT))
    clean = exact + share * (clean - exact)
    if values.dtype.kind in "ui":
        limits = np.iinfo(values.dtype)
        clean = np.clip(np.rint(clean), limits.min, limits.max)
    return np.where((strength > 0) & allowed, clean.astype(values.dtype), values)
