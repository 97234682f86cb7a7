"""Lazy arrays made worse: the steps are known at once, and a plane is touched when dask asks for it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..intensity import check_finite, fill_nonfinite
from ..planes import Layout
from .operation import Plane, Step
from .replay import Worse, one_size, replay_plane, size_left


def lazily_filled(image: Any) -> Any:
    """Return a dask array whose NaN and infinities are replaced by its finite extremes, which are looked for now."""
    import dask.array as da

    if image.dtype.kind != "f":
        return image
    finite = da.isfinite(image)
    lowest, highest = da.where(finite, image, np.inf).min(), da.where(finite, image, -np.inf).max()
    low, high = (float(bound) for bound in da.compute(lowest, highest))  # type: ignore[no-untyped-call]
    bounds = (low, high) if low <= high else (0.0, 0.0)
    return image.map_blocks(fill_nonfinite, bounds=bounds, dtype=image.dtype, meta=_meta(image.ndim, image.dtype))


def lazily_replayed(image: Any, layout: Layout, steps: list[list[Step]]) -> tuple[Any, Any, Any]:
    """Do the steps to each plane of a dask array; computed together, image, mask and coverage are worked on once.

    Parameters
    ----------
    image : dask array
        NaN or an infinity in it is refused when its plane is computed.
    layout : Layout
        Of the image.
    steps : list
        The steps of each plane, in C order.

    Returns
    -------
    image, mask, coverage : dask array
        Of the image's dtype, of bool and of uint8, each plane a chunk.

    Raises
    ------
    InvalidParameterError
        For records that aren't `Crappified.steps`, or that leave planes of different sizes.
    """
    import dask.array as da

    yx = one_size(size_left(layout.color_shape, image.dtype, drawn) for drawn in steps)
    singles, colors = tuple((1,) * n for n in layout.leading), image.shape[len(layout.leading) + 2 :]
    whole = image.rechunk((*singles, *image.shape[len(singles) :]))
    meta = _meta(image.ndim, image.dtype)
    sizes = {"chunks": (*singles, *yx, *colors), "dtype": image.dtype, "meta": meta}
    both = da.map_blocks(_replayed_block, whole, layout=layout, steps=steps, **sizes)  # type: ignore[no-untyped-call]
    worse = both.map_blocks(operator.itemgetter(0), dtype=image.dtype, meta=meta)
    flat = (*singles, *yx, *(1 for _ in colors))
    mask, coverage = (
        both.map_blocks(operator.itemgetter(part), chunks=flat, dtype=dtype, meta=_meta(image.ndim, dtype))
        for part, dtype in ((1, bool), (2, np.uint8))
    )
    return (worse, mask[..., 0], coverage[..., 0]) if layout.rgb else (worse, mask, coverage)


def _replayed_block(block: Plane, *, layout: Layout, steps: list[list[Step]], block_id: tuple[int, ...]) -> Worse:
    leading = block_id[: len(layout.leading)]
    check_finite(block, (*leading, *(0 for _ in block.shape[len(leading) :])))
    number = int(np.ravel_multi_index(leading, layout.leading)) if leading else 0
    worse = replay_plane(block[(0,) * len(leading)], steps[number])
    around = (None,) * len(leading)
    flat = (*around, ..., *((None,) if layout.rgb else ()))
    return Worse(worse.image[around], worse.mask[flat], worse.coverage[flat])


def _meta(ndim: int, dtype: Any) -> Plane:
    return np.empty((0,) * ndim, dtype)
