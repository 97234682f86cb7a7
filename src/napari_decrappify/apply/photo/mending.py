"""Damage of old photos mended: by what the finder sees shine through, and what the filler makes of what lies around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...degrade.pictures import smooth as blurred
from ...jobs import Job
from ...models import DamageRule
from ...planes import is_lazy
from ...tasks import task_named
from ..masks import Mask, grown
from ..source import allocate
from ..tasks.execution import replaced
from ..tasks.infill import infill
from ..tasks.request import TaskRequest

FILLER = task_named("old-photo").uses["scratches"]
AGREED = 0.05
"""Difference, of the range, at which the finder's guess counts half as much beside the fill as where both agree."""
LEAST = 0.01
"""Change, of the range, that the finder is taken to make at least; where it makes far less than what its guess lies
from the fill, it hasn't seen the damage, and its guess counts the less."""
OPAQUE = 0.2
"""Change, of the range, by the guess, or between it and the fill, from which nothing is taken to shine through."""
SEEN, NEAR = 0.03, 8
"""Change, of the range, that the finder makes within so many pixels where it has seen damage."""
DETAIL = 1.4
"""Standard deviation in pixels of the blur that leaves no detail: what it takes away shines through a shadow."""
ROUGH = 0.08
"""Strength of such detail, of the range, of which half is kept: it may be damage itself."""
THICK = 3
"""Pixels from its rim from which a hole gets texture: what is thinner has no room for any."""


def mended(
    call: TaskRequest, rule: DamageRule | None, keywords: Mapping[str, Any], texture: float, seed: int
) -> Job[tuple[Any, Any]]:
    """Return the image with its damage mended, and the mask of it: the request's, or what is found by a rule.

    `keywords` are those of `infill` that say how the image is to be read, and where its model runs.
    """
    guess, used, _ = yield from replaced(call, rule)
    if rule is not None:
        used = used & ~used.all(axis=(-2, -1), keepdims=True)  # nothing is known of a plane that is all damage
    if not call.lazy and not used.any():
        return call.image.copy(), used
    smooth = yield from infill.job(call.image, used, model=FILLER, texture=0.0, **keywords)
    mixed, opaque = (_mixed if call.lazy else _mixed_by_planes)(call.image, guess, smooth, used, _spans(call))
    if texture:
        mixed = yield from infill.job(mixed, thick(opaque), model=FILLER, texture=texture, seed=seed, **keywords)
    return mixed, used


def thick(mask: Any) -> Any:
    """Return what of a (..., Y, X) mask, a NumPy or dask array, is thicker than `THICK` pixels to both sides."""
    return _nearby(lambda plain: grown(~grown(~plain, THICK), THICK + 1) & plain, mask, mask.ndim - 2, 2 * THICK + 2)


def _nearby(change: Callable[[Any], Any], values: Any, y: int, depth: int) -> Any:
    """Do to a NumPy or dask array, whose axes `y` and the next are Y and X, what looks so many pixels far."""
    if not is_lazy(values):
        return change(values)
    import dask.array

    depths, kind = {y: depth, y + 1: depth}, values.dtype
    return dask.array.overlap.map_overlap(change, values, depth=depths, boundary="none", dtype=kind)  # type: ignore[no-untyped-call]


def _softened(values: Any, y: int) -> Any:
    """Return a NumPy or dask array without its detail along the axes `y` and the next."""

    def soften(plain: Any) -> Any:
        soft = np.empty_like(plain)
        for plane in np.ndindex(*plain.shape[:y]):
            soft[plane] = blurred(plain[plane], DETAIL)
        return soft

    return _nearby(soften, values, y, round(4 * DETAIL))


def _spans(call: TaskRequest) -> Any:
    """Return how much of the intensity of each plane is 1 to the net, to be broadcast with the image."""
    layout = call.layout
    lengths = [call.ranges.of(plane).length for plane in np.ndindex(*layout.leading)]
    return np.reshape(lengths, (*layout.leading, 1, 1)).astype(np.float32)


def _mixed_by_planes(image: Any, guess: Any, smooth: Any, used: Mask, spans: Any) -> tuple[Any, Mask]:
    mixed, opaque = allocate(image.shape, image.dtype), np.zeros(used.shape, bool)
    for plane in np.ndindex(*used.shape[:-2]):
        mixed[plane], opaque[plane] = _mixed(image[plane], guess[plane], smooth[plane], used[plane], spans[plane])
    return mixed, opaque


def _mixed(image: Any, guess: Any, smooth: Any, used: Any, spans: Any) -> tuple[Any, Any]:
    """Return the smooth fill with what is to be trusted of the finder's guess; and where texture is wanted.

    Where the finder lightens wide damage, a fold's shadow say, detail shines through: that of its guess is taken, and
    nothing else. Elsewhere the guess counts half at most: less where it lies far from the fill, or has changed little.
    """
    wide = np.float32 if image.dtype.itemsize <= 2 else np.float64
    colored, y = image.ndim > used.ndim, used.ndim - 2
    far = smooth.astype(wide)
    off = guess.astype(wide) - far
    apart, change = (_by_pixel(one, colored) / spans for one in (off, guess.astype(wide) - image.astype(wide)))
    seen = _nearby(lambda plain: grown(plain, NEAR), used & (change > SEEN), y, NEAR)
    shining = thick(used) & seen & (change < OPAQUE)
    opaque = used & ~shining & ((change > OPAQUE) | (apart > OPAQUE))
    trust = 0.5 * (change + LEAST) / (change + LEAST + apart / 4) / (1 + (apart / AGREED) ** 2)
    weight, there, inside = (mask[..., None] if colored else mask for mask in (trust, used, shining))
    detail = np.where(inside, off, 0)
    share = np.maximum(_softened(shining.astype(wide), y), 1e-3)
    detail = detail - _softened(detail, y) / (share[..., None] if colored else share)
    kept = 1 / (1 + (_by_pixel(detail, colored) / spans / ROUGH) ** 2)
    mixed = far + np.where(inside, (kept[..., None] if colored else kept) * detail, weight * off)
    mixed = np.rint(mixed) if image.dtype.kind in "ui" else mixed
    return np.where(there, mixed.astype(image.dtype), image), opaque


def _by_pixel(difference: Any, colored: bool) -> Any:
    """Return the mean absolute difference of each pixel's colours."""
    return abs(difference[..., :3]).mean(-1) if colored else abs(difference)
