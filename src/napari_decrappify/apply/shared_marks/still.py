"""What stands still in a stack of pictures: the gradients that most of them have in common."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.fft import dctn, idctn

from ..engine.blending import Pixels
from ..masks import Mask

SURE = 2.3
"""Deviations of a median from 0, from which a gradient is taken for the mark's."""
MEDIAN = 1.858
"""Deviation of the median of normal values, by their median distance from it and the root of their number."""
LEAST = 0.5 / 255
"""Of that distance, in the unit range: half a step of 8 bits."""
REACH = 30.0
"""Pixels beyond which what was found fades, as errors of gradients add up."""
FAINT, CLEAR = 0.012, 0.03
"""Contrast from which a pixel may be of the mark, if one near it is as clear as that."""
SHARE, AROUND = 0.15, 31
"""Of the clearest contrast in a square of so many pixels a side: what is less is the halo of an uncertain sum."""
FEWEST, ALIKE = 6, 0.2
"""Pictures of a half that says by itself what stands still, and the likeness from which it is asked."""
NEAR = 12.0
"""Pixels over which chance is measured."""
FAINTLY, CLEARLY = 3.0, 5.0
"""Times chance."""
COARSE = 4
"""Pixels to one, where soft marks are looked for whose gradients are too faint at full size."""
DARKEST = 0.02
"""Of the unit range, below which noise is most of a logarithm."""
RIM = 3
BAND = 128
SMOOTH = 31
"""Pixels a side, over which gradients that stay alike are shading, or chance in smooth pictures, and no mark's."""


def region_standing_still(pictures: Pixels) -> Mask:
    """Return where something may lie that (N, Y, X, C) pictures have in common: (Y, X), with room around it.

    The median over the pictures of their gradients is the gradient of what lies over all of them (Dekel et al.,
    2017); what is clear of it is put together to a picture by the screened Poisson equation.
    """
    region = _contrasting(pictures)
    y, x = region.shape
    if min(y, x) >= 8 * COARSE:
        soft = _contrasting(_reduced(pictures))
        region |= np.repeat(np.repeat(soft, COARSE, 0), COARSE, 1)[:y, :x]
    if pictures.shape[-1] == 1:  # dust on a sensor: a factor, which in logarithms is the same in all, however bright
        region |= _contrasting(np.log(np.maximum(pictures, DARKEST)))
    around: Mask = ndimage.binary_dilation(region, np.ones((3, 3)), iterations=RIM)
    return around


def common_picture(pictures: Pixels) -> Pixels:
    """Return (Y, X, C): what lies over all pictures, as far as its gradients are clear; 0 where nothing does."""
    sources = np.zeros(pictures.shape[1:], np.float32)
    down, right = _common_differences(pictures), _common_differences(pictures.swapaxes(1, 2)).swapaxes(0, 1)
    sources[:-1] -= down
    sources[1:] += down
    sources[:, :-1] -= right
    sources[:, 1:] += right
    _, y, x, _ = pictures.shape
    along_y, along_x = (2 - 2 * np.cos(np.pi * np.arange(side) / side) for side in (y, x))
    damped = along_y[:, None, None] + along_x[:, None] + REACH**-2
    picture: Pixels = idctn(dctn(sources, axes=(0, 1), norm="ortho") / damped, axes=(0, 1), norm="ortho")
    narrow: Pixels = picture.astype(np.float32)
    return narrow


def _common_differences(pictures: Pixels) -> Pixels:
    """Return the median difference of each row to the next, (Y - 1, X, C), where it is clear of 0; band by band."""
    count, y = pictures.shape[:2]
    common = np.empty((y - 1, *pictures.shape[2:]), np.float32)
    error = np.empty((y - 1, pictures.shape[2], 1), np.float32)
    for start in range(0, y - 1, BAND):
        differences = np.diff(pictures[:, start : start + BAND + 1], axis=1)
        middle = np.median(differences, axis=0)
        spread = np.median(np.abs(differences - middle), axis=0).mean(-1, keepdims=True)
        common[start : start + BAND] = middle
        error[start : start + BAND] = MEDIAN * np.maximum(spread, LEAST) / np.sqrt(count)
    common -= ndimage.uniform_filter(common, (SMOOTH, SMOOTH, 1))
    clear = np.sqrt(np.square(common).mean(-1, keepdims=True)) > SURE * error
    found: Pixels = common * clear
    return found


def _contrasting(pictures: Pixels) -> Mask:
    """Return where pictures have something in common.

    Frames of a time-lapse show nearly the same, one after the other: together they say less than their number would,
    and what they share by chance is told by how much the first half of them differs from the last.
    """
    contrast = np.abs(common_picture(pictures)).max(-1)
    least = np.maximum(SHARE * ndimage.maximum_filter(contrast, AROUND), FAINT)
    clear, half = np.full_like(least, CLEAR), len(pictures) // 2
    if half >= FEWEST and _likeness(pictures) > ALIKE:
        apart = np.abs(common_picture(pictures[:half]) - common_picture(pictures[half:])).max(-1) / 2
        chance = ndimage.gaussian_filter(apart, NEAR)
        least, clear = np.maximum(least, FAINTLY * chance), np.maximum(clear, CLEARLY * chance)
    return connected(contrast > least, contrast > clear)


def _likeness(pictures: Pixels) -> float:
    """Return how much successive pictures correlate, from 0 to 1, apart from what all have in common."""
    own = pictures - pictures.mean(0)
    power = float(np.sqrt(np.square(own[1:]).sum() * np.square(own[:-1]).sum()))
    return max(0.0, float((own[1:] * own[:-1]).sum()) / power) if power > 0 else 0.0


def connected(faint: Mask, clear: Mask) -> Mask:
    """Return the pieces of a mask that have something clear in them."""
    pieces, count = ndimage.label(faint, np.ones((3, 3)))
    kept = np.zeros(count + 1, bool)
    kept[pieces[clear & faint]] = True
    return np.asarray(kept[pieces])


def _reduced(pictures: Pixels) -> Pixels:
    """Return pictures at a `COARSE` part of their size, by means over squares."""
    y, x = pictures.shape[1:3]
    wide = np.pad(pictures, [(0, 0), (0, -y % COARSE), (0, -x % COARSE), (0, 0)], mode="edge")
    cells = wide.reshape(len(wide), wide.shape[1] // COARSE, COARSE, wide.shape[2] // COARSE, COARSE, -1)
    means: Pixels = cells.mean((2, 4))
    return means
