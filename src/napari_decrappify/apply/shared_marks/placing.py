"""Where a mark lies in an image of another size than the pictures that it was solved from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft

from ...errors import InvalidParameterError
from ...intensity import fill_nonfinite
from ...planes import Layout
from ..engine.blending import Pixels
from ..marks.mark import SolvedMark
from .pictures import as_colors, some_planes, unit_of

Offset: TypeAlias = tuple[int, int]
Complex: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]

PLANES = 8
"""Of a stack, evenly chosen, in which a mark is looked for."""
DARKEST = 2 / 255
"""Distance from a mark's colour, in the unit range, below which nothing more is told apart."""
FEW, MOST = 3.0, 0.7
"""Times the median step between neighbours that a step counts at the most; steps of the mark itself, at least this."""
COLORFUL = 0.1
"""Mean distance of a mark's colours from their mean, in the unit range, from which they are several."""
LIKE, CLEARER = 0.25, 1.06
"""Correlation that a mark must have with what it is found in, and how many times that of any other place."""
APART = 4
"""Pixels from which a place is another one."""
INSIDE = 0.5
"""Share of a mark that must lie in the image for it to be found."""


def placed(
    mark: SolvedMark, image: Any, layout: Layout, offset: Offset | Literal["find"] | None, known: bool
) -> SolvedMark:
    """Return a mark of the size of an image's planes, moved to where it lies in them.

    Parameters
    ----------
    mark : SolvedMark
        Of any size.
    image : ndarray or dask array
        The image that it is on.
    layout : Layout
        Of the image.
    offset : (int, int) or "find", optional
        The row and column of the image at which the mark's first pixel lies; they may be negative. Left out, a mark of
        the image's own size stays where it is, and another one is found.
    known : bool
        Whether the image's values are finite.

    Raises
    ------
    InvalidParameterError
        If the mark covers nothing, or is nowhere to be found, or at several places.
    """
    if offset is None and mark.coverage.shape == layout.yx:
        return mark
    at = found_offset(mark, _some_planes(image, layout, known)) if offset is None or offset == "find" else _pair(offset)
    coverage = _moved(mark.coverage, layout.yx, at)
    if not coverage.any():
        raise InvalidParameterError("a mark that covers something of the image", f"none at offset {at}")
    color = mark.color if mark.color.ndim == 1 else _moved(mark.color, layout.yx, at)
    return replace(mark, coverage=coverage, color=color)


def found_offset(mark: SolvedMark, planes: Pixels) -> Offset:
    """Return where a mark lies in (N, Y, X, C) planes of the unit range.

    What is seen differs from the mark's colour by 1 - s times what was there, s being the mark's strength: in
    logarithms a mark is added to the picture, whatever that is. A mark of several colours, such as outlined letters, is
    itself what is seen of it, on the picture's mean. Steps between neighbours are compared, each counted up to a bound,
    so that the edges of the picture don't drown those of the mark; by Fourier transforms, for all places at once.
    """
    rows, columns = (np.flatnonzero(mark.coverage.max(axis)) for axis in (1, 0))
    if not len(rows):
        raise InvalidParameterError("a mark that covers something", "one that covers nothing")
    at = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    seen, template = _comparable(mark, planes)
    part = np.pad(template[at], 1)
    likeness = _likeness(seen, part)
    y, x = (int(i) for i in np.unravel_index(np.argmax(likeness), likeness.shape))
    best = float(likeness[y, x])
    likeness[max(0, y - APART) : y + APART + 1, max(0, x - APART) : x + APART + 1] = 0
    if best < LIKE or best < CLEARER * float(likeness.max()):
        found = "no place that is like it" if best < LIKE else "several places that are alike"
        advice = "Pass where its first pixel lies as mark_offset."
        raise InvalidParameterError("an image in which the mark can be found", found, advice)
    return y - (part.shape[0] - 1) + 1 - int(rows[0]), x - (part.shape[1] - 1) + 1 - int(columns[0])


def _comparable(mark: SolvedMark, planes: Pixels) -> tuple[Pixels, Pixels]:
    """Return (N, Y, X) planes, and a mark, (Y, X), which is 0 where it doesn't cover, as they are compared."""
    weight = mark.coverage / mark.coverage.sum()
    colors = np.broadcast_to(mark.color, (*weight.shape, mark.color.shape[-1]))
    color = np.einsum("yx,yxc->c", weight, colors)
    if np.einsum("yx,yxc->c", weight, np.abs(colors - color)).max() > COLORFUL:
        return planes.mean(-1), mark.strength * (colors - planes.mean((0, 1, 2))).mean(-1)
    seen = np.log(np.maximum(np.abs(planes - color), DARKEST)).mean(-1)
    return seen, np.log(np.maximum(1 - mark.strength, 1 - MOST))


def _likeness(seen: Pixels, template: Pixels) -> npt.NDArray[np.floating[Any]]:
    """Return the normalised correlation of steps for all places where enough of the template is in the picture.

    The less of it is, the less that says.
    """
    shape = tuple(a + b - 1 for a, b in zip(seen.shape[1:], template.shape, strict=True))
    size = [fft.next_fast_len(n, real=True) for n in shape]
    product, power, own = (np.zeros(shape) for _ in range(3))
    inside = np.ones(seen.shape[1:])
    for axis in (0, 1):
        steps = np.diff(seen, axis=axis + 1, append=seen.take([-1], axis + 1))
        bound = FEW * max(float(np.median(np.abs(steps))), 1e-3)
        steps = np.clip(steps, -bound, bound)
        wanted = np.diff(template, axis=axis, append=template.take([-1], axis))
        flipped = fft.rfft2(wanted[::-1, ::-1], size)
        where = fft.rfft2((wanted != 0)[::-1, ::-1].astype(float), size)
        squares = fft.rfft2(np.square(wanted)[::-1, ::-1], size)
        product += _inverse(fft.rfft2(steps.mean(0), size) * flipped, size, shape)
        power += _inverse(fft.rfft2(np.square(steps.mean(0)), size) * where, size, shape)
        own += _inverse(fft.rfft2(inside, size) * squares, size, shape)
    share = np.maximum(own / own.max(), 1e-9)
    likeness = product / np.sqrt(np.maximum(power, 1e-9) * own.max())  # the root of the share is in it already
    return np.where(share > INSIDE, likeness, 0)


def _inverse(spectrum: Complex, size: list[int], shape: tuple[int, ...]) -> npt.NDArray[np.floating[Any]]:
    whole: npt.NDArray[np.floating[Any]] = fft.irfft2(spectrum, size)
    return whole[: shape[0], : shape[1]]


def _some_planes(image: Any, layout: Layout, known: bool) -> Pixels:
    """Return (N, Y, X, C) planes of the unit range."""
    kept = [as_colors(plane, layout) for plane in some_planes(image, layout, PLANES)]
    kept = kept if known else [fill_nonfinite(plane) for plane in kept]
    pixels: Pixels = np.stack(kept).astype(np.float32) / np.float32(unit_of(image.dtype))
    return pixels


def _moved(values: Pixels, yx: tuple[int, int], offset: Offset) -> Pixels:
    """Return (Y, X, ...) values on a plane of another size, 0 where there are none."""
    moved = np.zeros((*yx, *values.shape[2:]), np.float32)
    to, of = [], []
    for side, length, start in zip(yx, values.shape, offset, strict=False):
        first, end = max(0, start), max(0, min(side, start + length))
        to.append(slice(first, max(first, end)))
        of.append(slice(first - start, max(first, end) - start))
    moved[tuple(to)] = values[tuple(of)]
    return moved


def _pair(offset: Any) -> Offset:
    whole = isinstance(offset, tuple | list) and len(offset) == 2
    if not whole or not all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in offset):
        raise InvalidParameterError('mark_offset to be (row, column), "find" or None', f"{offset!r}")
    return int(offset[0]), int(offset[1])
