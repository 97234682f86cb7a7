"""An enlarged image reduced to an enlargement between two that models reach, by the mean over each pixel's area."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidParameterError
from ..jobs import Job, Progress
from ..planes import is_lazy
from .source import Array, allocate

Edges = npt.NDArray[np.float64]

BAND = 512  # rows of the result that are made at once, and columns of a chunk of a lazy one


def check_exact(exact: Any, factor: int) -> tuple[float, float]:
    """Return an enlargement in Y and X as two floats.

    Raises
    ------
    InvalidParameterError
        If it isn't two numbers above 0, of which none is above `factor`.
    """
    wanted = f"exact to be two numbers above 0 and at most the factor {factor}"
    try:
        y, x = (float(number) for number in exact)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(wanted, repr(exact)) from error
    if not (0 < y <= factor and 0 < x <= factor):
        raise InvalidParameterError(wanted, repr(exact))
    return y, x


def exactly(fine: Any, yx: tuple[int, int], factor: int, exact: tuple[float, float], axis: int) -> Job[Any]:
    """Reduce an image that was enlarged by `factor` to one that is enlarged by `exact`, plane by plane.

    Pixels of the result have exactly that size, and begin where the image begins. Their number is rounded: the last
    ones may end up to half a pixel before or behind the end of the image; what isn't there doesn't count.

    Parameters
    ----------
    fine : ndarray or dask array
        The enlarged image.
    yx : (int, int)
        Size of its planes before they were enlarged.
    factor : int
        Pixels of `fine` for each of the image, along Y and X.
    exact : (float, float)
        Pixels of the result for each of the image, along Y and X.
    axis : int
        The axis Y of `fine`; X is the next one.

    Returns
    -------
    ndarray or dask array
        Of the same dtype; integers are rounded.
    """
    edges = [_edges(size, factor, wanted) for size, wanted in zip(yx, exact, strict=True)]
    if is_lazy(fine):
        return _lazily(fine, edges, axis)
    sizes = (len(edges[0]) - 1, len(edges[1]) - 1)
    result = allocate((*fine.shape[:axis], *sizes, *fine.shape[axis + 2 :]), fine.dtype)
    planes = list(np.ndindex(*fine.shape[:axis]))
    for number, plane in enumerate(planes):
        yield Progress(number, len(planes), f"plane {number + 1} of {len(planes)}, to its exact size")
        for band, rows, ends in _pieces(edges[0]):
            result[plane][band] = _rounded(_means(_means(fine[plane][rows], ends, 0), edges[1], 1), fine.dtype)
    return result


def _edges(size: int, factor: int, exact: float) -> Edges:
    """Return where the pixels of the result begin and end along an axis, in pixels of the enlarged image."""
    count = max(1, round(size * exact))
    edges: Edges = np.minimum(np.arange(count + 1) * (factor / exact), size * factor)
    return edges


def _pieces(edges: Edges) -> Iterator[tuple[slice, slice, Edges]]:
    """Cut an axis: what of the result, from what of the enlarged image, with which edges in that."""
    cuts = [*range(0, len(edges) - 1, BAND), len(edges) - 1]
    for start, stop in itertools.pairwise(cuts):
        first, last = math.floor(edges[start]), math.ceil(edges[stop])
        yield slice(start, stop), slice(first, last), edges[start : stop + 1] - first


def _means(pixels: Array, edges: Edges, axis: int) -> npt.NDArray[np.float64]:
    """Return the means between edges along an axis; a pixel that is cut counts for its part."""
    along = np.moveaxis(pixels, axis, 0)
    sums = np.zeros((len(along) + 1, *along.shape[1:]))
    np.cumsum(along, axis=0, dtype=np.float64, out=sums[1:])
    whole = np.minimum(edges.astype(np.intp), len(along) - 1)
    column = (-1,) + (1,) * (along.ndim - 1)
    upto = sums[whole] + along[whole] * (edges - whole).reshape(column)
    return np.moveaxis(np.diff(upto, axis=0) / np.diff(edges).reshape(column), 0, axis)


def _rounded(means: npt.NDArray[np.float64], dtype: np.dtype[Any]) -> Array:
    return (means if dtype.kind == "f" else np.rint(means)).astype(dtype)


def _lazily(fine: Any, edges: Sequence[Edges], axis: int) -> Any:
    import dask.array

    result = fine
    for along, ends in enumerate(edges, axis):
        parts = []
        for band, lines, own in _pieces(ends):
            part = result[(slice(None),) * along + (lines,)].rechunk({along: -1})
            sizes = (*part.chunks[:along], (band.stop - band.start,), *part.chunks[along + 1 :])
            parts.append(part.map_blocks(_means, own, along, dtype=np.float64, chunks=sizes))
        result = dask.array.concatenate(parts, axis=along)  # type: ignore[no-untyped-call]
    return result.map_blocks(_rounded, fine.dtype, dtype=fine.dtype)
