"""How rough the ground of a mark is: what a smooth fill of it can't know, and what shines through the mark."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..engine.blending import Pixels
from ..masks import Mask

FINE = 2.0
"""Deviation in pixels of the mean that a pixel is compared with: about what lies across a stroke."""
NEAR, FAR = 21, 83
"""Sides of the windows in which differences are averaged; the far one counts where the near one knows little."""
KNOWN = 0.05
"""Share of the near window that must be known."""
LEAST = 0.004
"""Of what numbers are off anyway, in the unit range: a step of 8 bits."""
DEEPER = 1.4
"""How much further off a fill is than a mean of what lies around a pixel on all sides."""


def roughness(image: Pixels, mask: Mask) -> Pixels:
    """Return how far a picture typically is from a smooth fill of it.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), in the unit range.
    mask : ndarray of bool
        (Y, X): what isn't known; there, it is as rough as it is around.

    Returns
    -------
    ndarray of float32
        (Y, X), a standard deviation for each channel.
    """
    known = (~mask).astype(np.float32)
    share = ndimage.gaussian_filter(known, FINE, truncate=2.5)
    sums = ndimage.gaussian_filter(image * known[..., None], (FINE, FINE, 0), truncate=2.5)
    mean = sums / np.maximum(share, 1e-3)[..., None]
    own = 1 / (2 * np.pi * FINE**2)  # a pixel's share of its own mean
    squares = np.square((image - mean) / (1 - own)).mean(-1) * known
    (near, sure), (far, _) = (_window_mean(squares, known, reach) for reach in (NEAR, FAR))
    rough = DEEPER * np.sqrt(np.where(sure > KNOWN, near, far))
    return rough.astype(np.float32)


def _window_mean(values: Pixels, known: Pixels, side: int) -> tuple[Pixels, Pixels]:
    share = np.maximum(ndimage.uniform_filter(known, side), 0)
    return np.maximum(ndimage.uniform_filter(values, side), 0) / np.maximum(share, 1e-4), share
