"""The tones of an image corrected, plane by plane, each by what was measured of all that share its range."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...jobs import Job, Progress
from ...planes import Layout, is_lazy
from ..source import Array, Key, allocate, range_key
from .tones import Tones, Unit, measured_tones

MOST_PLANES = 4
"""Planes that are measured of those that share their tones, evenly spread."""
LARGEST = 2**22
"""Pixels of a plane that are measured; of more, every second or third along both axes."""
DEPTHS = (8, 10, 12, 14, 16, 32)
"""Bits that cameras and scanners give: the whites of unsigned integers."""


@dataclass(frozen=True)
class Toning:
    """A correction of tones, made for an image; plain values, so that it crosses process borders with lazy work.

    Attributes
    ----------
    tones : Tones
        Curves for unit values.
    low, high : float
        The values of the image that are 0 and 1 to them.
    strength : float
        0 leaves the tones, 1 corrects all.
    """

    tones: Tones
    low: float
    high: float
    strength: float

    def corrected(self, values: Array) -> Array:
        """Return (..., Y, X) or (..., Y, X, 3 or 4) values with their tones corrected; alpha stays as it is."""
        colors = values[..., :3] if self.tones.black.size > 1 else values
        length = self.high - self.low
        wide: Array = colors.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
        unit: Array = (wide - self.low) / length
        made = self.tones.corrected(unit, self.strength) * length + self.low
        if values.dtype.kind in "ui":
            limits = np.iinfo(values.dtype)
            made = np.clip(np.rint(made), limits.min, limits.max)
        result = values.copy()
        result[..., : colors.shape[-1]] = made
        return result


def toned(image: Any, measured: Any, layout: Layout, strength: float, per_plane: bool) -> Job[Any]:
    """Return an image with its tones corrected.

    Parameters
    ----------
    image : ndarray or dask array
        It isn't changed.
    measured : ndarray or dask array
        Of the same layout: the image whose tones are measured.
    layout : Layout
        Its axes.
    strength : float
        0 leaves the tones, 1 corrects all.
    per_plane : bool
        Whether each plane has its own tones; all planes share them otherwise, or those of a channel.
    """
    keys = {plane: range_key(plane, per_plane, layout.channel_axis) for plane in np.ndindex(*layout.leading)}
    groups: dict[Key, list[Key]] = {}
    for plane, key in keys.items():
        groups.setdefault(key, []).append(plane)
    by_key = {}
    for number, (key, planes) in enumerate(groups.items()):
        yield Progress(number, len(groups), "Measuring tones")
        by_key[key] = _toning(measured, layout, planes, strength)
    if is_lazy(image):
        return _lazily(image, layout, keys, by_key)
    result = allocate(image.shape, image.dtype)
    for number, (plane, key) in enumerate(keys.items()):
        yield Progress(number, len(keys), f"plane {number + 1} of {len(keys)}, tones")
        result[plane] = by_key[key].corrected(image[plane])
    return result


def _toning(image: Any, layout: Layout, planes: list[Key], strength: float) -> Toning:
    chosen = sorted({round(i) for i in np.linspace(0, len(planes) - 1, min(len(planes), MOST_PLANES))})
    step = max(1, math.ceil(math.sqrt(math.prod(layout.yx) / LARGEST)))
    index = (slice(None, None, step), slice(None, None, step), *((slice(0, 3),) if layout.rgb else ()))
    samples = [_finite(np.asarray(image[planes[i]][index])) for i in chosen]
    low, high = _ends(samples)
    measured = [measured_tones(_unit(sample, low, high)) for sample in samples]
    return Toning(_mean(measured), low, high, strength)


def _ends(samples: list[Array]) -> tuple[float, float]:
    """Return what is black and white: as far as so many bits go, or [0, 1] for floats within it, or the extremes."""
    least, most = (float(end(samples)) for end in (_least, _most))
    dtype = samples[0].dtype
    if dtype.kind == "u":
        bits = next(bits for bits in DEPTHS if most < 2**bits)
        return 0.0, float(2 ** min(bits, 8 * dtype.itemsize) - 1)
    if dtype.kind == "f" and least >= 0 and most <= 1:
        return 0.0, 1.0
    return (least, most) if least < most else (least, least + 1)


def _least(samples: list[Array]) -> float:
    return min(float(sample.min()) for sample in samples)


def _most(samples: list[Array]) -> float:
    return max(float(sample.max()) for sample in samples)


def _finite(sample: Array) -> Array:
    """Return a sample with its median where it isn't finite."""
    if sample.dtype.kind != "f":
        return sample
    known = np.isfinite(sample)
    return sample if known.all() else np.where(known, sample, np.median(sample[known]) if known.any() else 0)


def _unit(sample: Array, low: float, high: float) -> Unit:
    unit: Unit = ((sample.astype(np.float64) - low) / (high - low)).astype(np.float32)
    return unit


def _mean(measured: list[Tones]) -> Tones:
    """Return what planes that share their tones have together."""
    fields = ("black", "white", "to_black", "to_white")
    means = {name: np.mean([getattr(one, name) for one in measured], axis=0) for name in fields}
    return replace(measured[0], **means)


def _lazily(image: Any, layout: Layout, keys: dict[Key, Key], by_key: dict[Key, Toning]) -> Any:
    import dask.array

    if len(by_key) == 1:
        (only,) = by_key.values()
        return _mapped(image, layout, only)
    planes = [_mapped(image[plane], layout, by_key[key]) for plane, key in keys.items()]
    return dask.array.stack(planes).reshape(image.shape)  # type: ignore[no-untyped-call]


def _mapped(array: Any, layout: Layout, toning: Toning) -> Any:
    whole = array.rechunk({array.ndim - 1: -1}) if layout.rgb else array
    return whole.map_blocks(toning.corrected, dtype=array.dtype, meta=np.empty((0,) * array.ndim, array.dtype))
