"""Where neighbours know a place better than the plane's own surroundings do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask, grown
from .prediction import Prediction
from .smooth_fill import smoothly_filled

GAP = 5  # pixels between a hole and its copies, rims included
NEARBY = 5
"""Side of the square, in pixels, within which errors are held against each other."""
LEAST_SIGMA = 12.0
"""Errors beside a hole are averaged over as many pixels, or as far as its copies lie; in it over `WITHIN`."""
WITHIN = 8.0
CLEARLY = 0.5
"""Of the smooth fill's squared error: what the neighbours' may be."""
LEAST_SHARE = 1e-6
"""Of the pixels around one, below which nothing was tested there."""
NOISE = 0.15
"""Share of an error's energy that neighbouring pixels may have in common in what counts as noise."""
NOTHING = 0.002**2
"""Of the squared range: errors below are none."""
AGREEMENT = 0.25
"""How far both sides may differ, as a share of what they show that a smooth fill doesn't; all of it for a ghost."""
UNEVEN = 4.0
"""How much more than beside a hole they may differ in it, as a steady drift does where there are more edges."""


class Errors(NamedTuple):
    """Of a fill, (Y, X) each: products with the errors nearby, squares, and how often each pixel was tested."""

    coherent: Pixels
    squared: Pixels
    tested: Pixels

    def near(self, sigma: float) -> tuple[Pixels, Pixels]:
        """Return both as means over a bell of so many pixels; 0 where nothing was tested nearby."""
        share = _mean(self.tested, sigma)
        weight = np.where(share > LEAST_SHARE, 1 / np.maximum(share, LEAST_SHARE), 0)
        coherent: Pixels = _mean(self.coherent, sigma) * weight
        squared: Pixels = _mean(self.squared, sigma) * weight
        return coherent, squared


def borrowed_fill(seen: Pixels, known: Mask, prediction: Prediction) -> Pixels:
    """Return what neighbours predict, and the smooth fill of what they miss around: so no rim shows."""
    unknown = ~(known & prediction.there)
    missed = np.clip(seen - prediction.values, -1, 1)  # a hot pixel isn't spread
    return prediction.values + smoothly_filled(missed, unknown)


def trusted(seen: Pixels, known: Mask, hole: Mask, prediction: Prediction) -> Mask:
    """Return where in a hole neighbours know the place.

    Copies of the hole are laid beside it, over what is known, and filled both ways: with what neighbours have, and
    smoothly. The errors of both are compared by what they have in common with those of the pixels nearby, as noise has
    nothing in common. Where the neighbours' is the smaller, or they miss nothing but noise, they know the place, unless
    the two sides show different things in the hole itself: then something has moved through it.
    """
    there = hole & prediction.there
    if not (known & prediction.there).any():
        return there
    step = apart(ndimage.distance_transform_edt(~known)[hole].max())
    sigma = max(LEAST_SIGMA, float(step))
    own, theirs, sides = _beside(seen, known, hole, prediction, step)
    miss, squared = theirs.near(sigma)
    better = miss <= CLEARLY * own.near(sigma)[0] + NOISE * squared + NOTHING
    return there & better & _agree(seen, known, there, prediction, sides, sigma)


def apart(depth: float) -> int:
    """Return how far from a hole its copies lie, if what is deepest in it is so many pixels from its border."""
    return 2 * math.ceil(depth) + GAP


def _beside(seen: Pixels, known: Mask, hole: Mask, prediction: Prediction, step: int) -> tuple[Errors, Errors, Errors]:
    """Return the errors of the smooth fill and of the neighbours' in copies of a hole, and how these differ there."""
    own, theirs, sides = [], [], []
    for copies in _copies(hole, step):
        tested = copies & known & prediction.there
        if tested.any():
            rest = known & ~copies
            own.append(_errors(smoothly_filled(seen, ~rest) - seen, tested))
            theirs.append(_errors(borrowed_fill(seen, rest, prediction) - seen, tested))
            sides.append(_errors(prediction.differing, tested))
    return _sum(own, hole), _sum(theirs, hole), _sum(sides, hole)


def _agree(seen: Pixels, known: Mask, there: Mask, prediction: Prediction, beside: Errors, sigma: float) -> Mask:
    """Return where both sides differ by no more than beside the hole, or by little of what they show in it."""
    shown = borrowed_fill(seen, known, prediction) - smoothly_filled(seen, ~known)
    differing, squared = _errors(prediction.differing, there).near(WITHIN)
    drifting = UNEVEN * beside.near(sigma)[0]
    allowed = drifting + AGREEMENT * _errors(shown, there).near(WITHIN)[0] + NOISE * squared + NOTHING
    agree: Mask = differing <= allowed
    return agree


def _copies(hole: Mask, step: int) -> Iterator[Mask]:
    """Yield copies of a hole with its rim, moved up, down, left and right, and then four that are moved across."""
    wide = grown(hole, 1)
    for (dy, dx), (other_dy, other_dx) in (((step, 0), (0, step)), ((step, step), (step, -step))):
        both = _moved(wide, dy, dx) | _moved(wide, -dy, -dx)
        yield (both | _moved(wide, other_dy, other_dx) | _moved(wide, -other_dy, -other_dx)) & ~wide


def _moved(mask: Mask, dy: int, dx: int) -> Mask:
    moved = np.zeros_like(mask)
    (to_y, from_y), (to_x, from_x) = (_overlap(distance) for distance in (dy, dx))
    moved[to_y, to_x] = mask[from_y, from_x]
    return moved


def _overlap(distance: int) -> tuple[slice, slice]:
    if not distance:
        return slice(None), slice(None)
    ends = slice(distance, None), slice(None, -distance)
    return ends if distance > 0 else (slice(None, distance), slice(-distance, None))


def _errors(error: Pixels, tested: Mask) -> Errors:
    error = np.where(tested[..., None], error, np.float32(0))
    count = tested.astype(np.float32)
    others = _square_sum(count) - count
    nearby = (_square_sum(error) - error) / np.maximum(others, 1)[..., None]
    return Errors((error * nearby).mean(-1), (error**2).mean(-1), count)


def _square_sum(values: Pixels) -> Pixels:
    """Sum the values in the square around each pixel."""
    size = (NEARBY, NEARBY) + (1,) * (values.ndim - 2)
    total: Pixels = ndimage.uniform_filter(values, size, mode="constant") * NEARBY**2
    return total


def _sum(errors: list[Errors], like: Mask) -> Errors:
    nothing = np.zeros(like.shape, np.float32)
    return Errors(*(sum(parts, nothing) for parts in zip(*errors, strict=True))) if errors else Errors(*[nothing] * 3)


def _mean(values: Pixels, sigma: float) -> Pixels:
    """Return means over a bell of so many pixels: three box filters, whose time doesn't grow with it."""
    side = 2 * math.ceil(sigma) + 1
    for _ in range(3):
        values = ndimage.uniform_filter(values, side, mode="constant")
    return values
