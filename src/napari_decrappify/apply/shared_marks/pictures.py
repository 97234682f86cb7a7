"""The pictures that a shared mark is solved from: some planes of a stack, as float32 of one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InvalidImageError
from ...intensity import NonFinite, check_finite, fill_nonfinite
from ...planes import Layout, is_lazy
from ..engine.blending import Pixels

FEWEST, MOST = 5, 24
MOST_VALUES = 2**27
"""Beyond them, fewer pictures are read, but never less than `ENOUGH`."""
ENOUGH = 8
BRIGHT = 99.9


@dataclass(frozen=True)
class Pictures:
    """Some planes of a stack.

    Attributes
    ----------
    pixels : ndarray of float32
        (N, Y, X, C), where 1 is about the brightest that there is, and 0 is 0: what dims light stays a factor.
    scale : float
        The value of the image that became 1.
    """

    pixels: Pixels
    scale: float


def unit_of(dtype: np.dtype[Any]) -> float:
    """Return the value that is 1 in the colours of a mark: the most that an integer holds; floats stay as they are."""
    return float(np.iinfo(dtype).max) if dtype.kind in "ui" else 1.0


def pictures_of(image: Any, layout: Layout, nonfinite: NonFinite) -> Pictures:
    """Read planes of a NumPy or dask array, evenly spread over the stack.

    Raises
    ------
    InvalidImageError
        For a stack of fewer planes than tell a mark from a picture; for NaN that aren't to be filled.
    """
    planes = list(layout.planes())
    if len(planes) < FEWEST:
        raise InvalidImageError(
            f"a stack of at least {FEWEST} pictures under one mark, its leading axes counted together",
            f"{len(planes)} of shape {layout.shape}",
            "A single picture can be freed of a mark that was solved before: pass it as mark.",
        )
    values = int(np.prod(layout.color_shape))
    count = min(len(planes), MOST, max(ENOUGH, MOST_VALUES // values))
    return _scaled(some_planes(image, layout, count), layout, nonfinite)


def some_planes(image: Any, layout: Layout, most: int) -> list[Any]:
    """Return planes of a NumPy or dask array, read, evenly spread over the stack."""
    planes = list(layout.planes())
    kept = [image[planes[round(i)]] for i in np.linspace(0, len(planes) - 1, min(len(planes), most))]
    if is_lazy(image):
        from dask.base import compute

        kept = list(compute(*kept))  # type: ignore[no-untyped-call]
    return kept


def as_colors(plane: Any, layout: Layout) -> Any:
    """Return a plane as (Y, X, C), without its alpha."""
    return plane[..., :3] if layout.rgb else plane[..., None]


def _scaled(planes: list[Any], layout: Layout, nonfinite: NonFinite) -> Pictures:
    if nonfinite == "raise":
        for plane in planes:
            check_finite(plane)
    pixels = np.stack([fill_nonfinite(as_colors(plane, layout)).astype(np.float32) for plane in planes])
    byte = planes[0].dtype == np.uint8
    scale = 255.0 if byte else float(np.percentile(pixels[:, ::4, ::4], BRIGHT))
    if not scale > 0:
        raise InvalidImageError("pictures that are brighter than 0", f"values up to {pixels.max()}")
    pixels /= np.float32(scale)
    return Pictures(pixels, scale)
