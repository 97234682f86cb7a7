"""What a strongly coloured mark spills beside itself when a picture is saved as JPEG: colours at half the resolution.

JPEG keeps colour differences as means of 2 x 2 pixels (ITU-T T.871), so a tenth to a half of a mark's colour stands
beside its mask, and whatever is filled from there takes it on.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask
from .ground import roughness

SPREAD = 1.0
"""Deviation, in pixels, of a blur that is about what the halved colours do."""
INNER, OUTER = 1.6, (2.5, 6.0)
"""Distances from the mask's border from which a pixel is all mark, and between which it is surely ground."""
NEARBY = 3.0
"""Deviation of the means of both."""
KNOWN = 0.02
"""Share of their windows that they need."""
CLEAR, STRONG = 3.0, 0.1
"""How much more than the ground's roughness, and than the unit range's, colours must differ to be taken for spilled."""
FEWEST = 200
"""Pixels that must tell."""
LEAST = 0.3
"""Share of what would be expected from which it is corrected."""


def without_spill(image: Pixels, mask: Mask) -> Pixels:
    """Return a (Y, X, C) picture whose pixels beside a mask have their own colours again; others stay.

    How much is spilled follows by least squares from what stands beside all of the mask. Nothing changes where a
    picture has no colours, or nothing is spilled.
    """
    if image.shape[-1] < 3:
        return image
    color = image - image.mean(-1, keepdims=True)
    inside, outside = ndimage.distance_transform_edt(mask), ndimage.distance_transform_edt(~mask)
    marks, deep = _means(color, inside > INNER)
    ground, far = _means(color, (outside > OUTER[0]) & (outside <= OUTER[1]))
    apart = marks - ground
    contrast = np.sqrt(np.square(apart).mean(-1))
    share = ndimage.gaussian_filter(mask.astype(np.float32), SPREAD)
    beside = ~mask & (share > KNOWN) & (deep > KNOWN) & (far > KNOWN)
    beside &= (contrast > STRONG) & (contrast > CLEAR * roughness(color, mask | beside))
    if beside.sum() < FEWEST:
        return image
    whole = share[beside][:, None] * apart[beside]
    spilled = float((whole * (color - ground)[beside]).sum() / np.square(whole).sum())
    if spilled < LEAST:
        return image
    result = image.copy()
    result[beside] -= min(spilled, 1.0) * whole
    return result


def _means(values: Pixels, where: Mask) -> tuple[Pixels, Pixels]:
    """Return the means of what is nearby of a part, and how much of it there is."""
    weight = where.astype(np.float32)
    share = ndimage.gaussian_filter(weight, NEARBY)
    sums = ndimage.gaussian_filter(values * weight[..., None], (NEARBY, NEARBY, 0))
    return sums / np.maximum(share, 1e-4)[..., None], share
