"""The marks of a plane solved: from coverage to groups, from groups to fits, from fits to the picture under them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..engine.tiling import Box
from ..masks import Mask, bounds, grown
from .belief import Belief
from .copies import heard
from .expected import NOISES, expected, likeliest_noise
from .fitting import COVERED, color_map, smooth_fill
from .ground import LEAST, roughness
from .grouping import RIM, Group, grouped
from .mark import SolvedMark, unblended
from .refining import CERTAIN, refined

DOUBT = 0.15
"""How far off a finder's coverage is, typically, in the rims of marks."""
OPAQUE = 0.9
"""Opacity above which nothing is left to be brought back."""
HIDDEN, FAINT = 0.5, 0.1
"""Coverage from which a pixel of a mark that is filled goes, its neighbours with it; and below which such a neighbour
stays if it looks like its ground. A fill goes by what is left."""
SURE = 0.72
"""Mean coverage in the middle of a mark from which a finder is believed that nobody told, and no copies vouch for; and
where only filling is left. What merely looks like a mark, such as a net or petals, it is less sure of."""
STROKE = 8.0
"""Half the width, in pixels, of what is filled smoothly: a texture of its own would be seen in nothing so narrow."""
ROUGH, POOR = 2.5, 6.0
"""How much rougher than its ground the un-blended picture may be, in variance, before what is too much of it is damped,
and before the fit counts as poor."""
DAMPING = 1.5
"""Deviation, in pixels, of the window in which roughness under a mark is measured."""


@dataclass(frozen=True)
class Solution:
    """What is under the marks of a plane.

    Attributes
    ----------
    image : ndarray of float32
        (Y, X, C): un-blended, and filled smoothly where that can't be.
    changed : ndarray of bool
        (Y, X): where it isn't what was given.
    holes : ndarray of bool
        (Y, X): the part of that which has to be filled, as marks are opaque there or couldn't be solved.
    marks : list of SolvedMark
        Those that were un-blended, each of the size of the plane.
    opaque, unsolved : int
        Groups that were filled, as nothing shines through them, and as no mark explains what is seen.
    """

    image: Pixels
    changed: Mask
    holes: Mask
    marks: list[SolvedMark] = field(default_factory=list)
    opaque: int = 0
    unsolved: int = 0


def solve_plane(image: Pixels, coverage: Pixels, *, doubt: float | Pixels = DOUBT) -> Solution:
    """Take the marks off a plane.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    coverage : ndarray of float32
        (Y, X), in [0, 1]: what is believed of it. Where it is 0, nothing changes, unless copies say so.
    doubt : float or ndarray
        How far off the coverage may be, as a standard deviation.
    """
    together = heard(image, coverage, DOUBT)
    coverage, off = (coverage, doubt) if together is None else together
    hole = grown(coverage > RIM, 1)
    coverage = np.where(hole, coverage, 0).astype(np.float32)
    found = Solution(image.copy(), np.zeros(hole.shape, bool), np.zeros(hole.shape, bool))
    if not hole.any():
        return found
    smooth, rough = smooth_fill(image, hole), roughness(image, hole)
    limits = min(float(image.min()), 0.0), max(float(image.max()), 1.0)
    planes = (image, smooth, coverage, rough, off * np.ones_like(rough))
    for group in grouped(*planes[:4], DOUBT):
        found = _with(found, group, planes, 0.0 if together else SURE, limits)
    return found


def wide_parts(holes: Mask) -> Mask:
    """Return the parts of a (Y, X) mask that are wide enough to have a texture of their own."""
    if not holes.any():
        return holes
    labels, count = ndimage.label(holes, np.ones((3, 3)))
    depth = np.asarray(ndimage.maximum(ndimage.distance_transform_edt(holes), labels, np.arange(count + 1)))
    wide: Mask = holes & (depth > STROKE)[labels]
    return wide


def _with(
    found: Solution, group: Group, planes: tuple[Pixels, ...], sure: float, limits: tuple[float, float]
) -> Solution:
    """Add a group to what is found, if its coverage is that sure where it is un-blended; its pixels are written."""
    y, x = group.where.shape
    at = bounds(group.where, Box(0, y, 0, x)).slices
    image, smooth, coverage, rough, doubt = (plane[at] for plane in planes)
    coverage = np.where(group.where[at], coverage, 0)
    seen = _core_mean(coverage)
    if seen < sure:
        return found
    solved = None if group.fit is None else _solved(group, image, smooth, coverage, rough, doubt)
    if solved is None:
        if seen < SURE:
            return found
        hole = np.zeros((y, x), bool)
        hole[at] = _hidden(image, smooth, coverage, rough)
        found.holes[hole] = found.changed[hole] = True
        found.image[hole] = planes[1][hole]
        opaque = group.fit is not None and group.fit.opacity > OPAQUE
        return replace(found, opaque=found.opaque + opaque, unsolved=found.unsolved + (not opaque))
    mark, picture = solved
    inside = mark.coverage > 0
    found.changed[at] |= inside
    found.image[at][inside] = np.clip(picture, *limits)[inside]
    return replace(found, marks=[*found.marks, _on_plane(mark, at, (y, x))])


def _hidden(image: Pixels, smooth: Pixels, coverage: Pixels, rough: Pixels) -> Mask:
    """Return what a mark hides, with its rims, but for those that look like their ground: colours spread furthest."""
    color, under = (part - part.mean(-1, keepdims=True) for part in (image, smooth))
    stays = (coverage < FAINT) & _alike(image, smooth, rough)
    stays &= _alike(color, under, roughness(color, grown(coverage > RIM, 1)))
    hidden: Mask = grown(coverage > HIDDEN, 1) & ~stays
    return hidden


def _alike(image: Pixels, smooth: Pixels, rough: Pixels) -> Mask:
    alike: Mask = np.square(image - smooth).mean(-1) < CERTAIN**2 * (np.square(rough) + LEAST**2)
    return alike


def _core_mean(coverage: Pixels) -> float:
    """Return the mean of what is well covered; 0 if nothing is."""
    core = coverage[coverage > COVERED]
    return float(core.mean()) if core.size else 0.0


def _solved(
    group: Group, image: Pixels, smooth: Pixels, coverage: Pixels, rough: Pixels, doubt: Pixels
) -> tuple[SolvedMark, Pixels] | None:
    """Return the mark of a group and the picture under it; None where that has to be filled."""
    fit = group.fit
    if fit is None or fit.opacity > OPAQUE:
        return None
    mark = SolvedMark(coverage, color_map(fit, image, smooth, coverage), fit.opacity, fit.residual)
    mark = refined(image, smooth, mark, rough, doubt)
    picture = unblended(image, mark)
    ground = np.square(rough) + np.float32(LEAST**2)
    rest = np.square(picture - smooth).mean(-1)
    rougher = float((mark.coverage * rest).sum() / max(float((mark.coverage * ground).sum()), 1e-12))
    if rougher > POOR:
        return None
    if rougher > ROUGH:
        picture = _damped(picture, smooth, rest, ground, mark.coverage)
    return mark, _where_noisy(picture, (image, smooth, coverage, rough, doubt), mark)


def _where_noisy(picture: Pixels, planes: tuple[Pixels, ...], mark: SolvedMark) -> Pixels:
    """Return a picture, or its mean with what to expect if the image is noisy, as JPEG's are: un-blending amplifies it.

    What looks like noise may be a coverage that is off, which the picture knows more of: so the mean of both.
    """
    at = planes[2] > 0
    image, smooth, coverage, rough, doubt = (plane[at] for plane in planes)
    pixels = image, smooth, Belief(coverage, doubt), mark.color_at(at), mark.opacity, rough
    noise = likeliest_noise(*pixels)
    if noise <= NOISES[0]:
        return picture
    result = picture.copy()
    result[at] = (picture[at] + expected(*pixels, noise)) / 2
    return result


def _damped(picture: Pixels, smooth: Pixels, rest: Pixels, ground: Pixels, coverage: Pixels) -> Pixels:
    """Return a picture that is no rougher under a mark than its ground is (Wiener's filter, by what is expected)."""
    inside = (coverage > RIM).astype(np.float32)
    share = np.maximum(ndimage.gaussian_filter(inside, DAMPING), 1e-4)
    around = ndimage.gaussian_filter(inside * rest, DAMPING) / share
    gain = np.minimum(1, ground / np.maximum(around, 1e-9))[..., None]
    calmer: Pixels = (smooth + gain * (picture - smooth)).astype(np.float32)
    return calmer


def _on_plane(mark: SolvedMark, at: tuple[slice, slice], yx: tuple[int, int]) -> SolvedMark:
    coverage = np.zeros(yx, np.float32)
    coverage[at] = mark.coverage
    color = mark.color
    if color.ndim == 3:
        color = np.zeros((*yx, color.shape[-1]), np.float32)
        color[at] = mark.color
    return SolvedMark(coverage, color, mark.opacity, mark.residual)
