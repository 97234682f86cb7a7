"""What the planes on both sides say of a plane: between the nearest ones that know the place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...intensity import Intensity
from ..engine.blending import Pixels
from ..masks import Mask
from .brightness import matched
from .surroundings import Surroundings

Distances = npt.NDArray[np.int8]


class Prediction(NamedTuple):
    """A plane as its neighbours have it.

    Attributes
    ----------
    values : ndarray
        (Y, X, C) float32, interpolated.
    there : ndarray of bool
        (Y, X): where they say anything. In the hole that is wherever one within reach knows the place; around it, where
        planes as far away as those that serve the nearest pixel of the hole do, so that its errors there are those of
        the hole.
    differing : ndarray
        (Y, X, C): the root of the product of both sides' weights, times the difference between them: half of it in the
        middle. 0 where there is one side only.
    intensity : Intensity
        How the values are measured.
    """

    values: Pixels
    there: Mask
    differing: Pixels
    intensity: Intensity


def predicted(around: Surroundings, hole: Mask) -> Prediction | None:
    """Predict a plane in a hole and around it; None where no neighbour within reach knows any of the hole."""
    nearest = [_nearest(around, hole, sign) for sign in (-1, 1)]
    served = (nearest[0] > 0) | (nearest[1] > 0)
    if not served.any():
        return None
    before, after = (distances[_nearest_of(served)] for distances in nearest)
    first = -int(before.max()) or int(after.max())
    intensity = around.intensity(first)
    (left, left_there), (right, right_there) = (
        _side(around, distances, sign, intensity) for distances, sign in ((before, -1), (after, 1))
    )
    weight = _weight(before, after)[..., None]
    there = ((before == 0) | left_there) & ((after == 0) | right_there) & (served | ~hole)
    differing = np.sqrt(weight * (1 - weight)) * (right - left)
    return Prediction(weight * left + (1 - weight) * right, there, differing, intensity)


def _nearest(around: Surroundings, hole: Mask, sign: int) -> Distances:
    """Return for each pixel of the hole how far away the nearest plane on one side is that knows it; 0 for none."""
    nearest = np.zeros(hole.shape, np.int8)
    for distance in around.distances(sign):
        open_ = hole & (nearest == 0)
        if not open_.any():
            break
        nearest[open_ & around.known(sign * distance)] = distance
    return nearest


def _nearest_of(served: Mask) -> tuple[npt.NDArray[np.int32], ...]:
    """Return for each pixel the index of the nearest one that is served."""
    return tuple(ndimage.distance_transform_edt(~served, return_distances=False, return_indices=True))


def _side(around: Surroundings, distances: Distances, sign: int, intensity: Intensity) -> tuple[Pixels, Mask]:
    """Return what the planes at these distances on one side have, as bright as the plane itself, and where."""
    seen, known = around.pixels(0, intensity), around.known()
    values, there = np.zeros_like(seen), np.zeros_like(known)
    for distance in np.unique(distances[distances > 0]).tolist():
        knows = around.known(sign * distance)
        donor = matched(around.pixels(sign * distance, intensity), seen, known & knows)
        taken = (distances == distance) & knows
        values[taken] = donor[taken]
        there |= taken
    return values, there


def _weight(before: Distances, after: Distances) -> Pixels:
    """Return the share of the plane before: 1 or 0 where there is one side only."""
    total = np.maximum(before + after, 1).astype(np.float32)
    both = (before > 0) & (after > 0)
    return np.where(both, after / total, before > 0).astype(np.float32)
