"""A picture as a mask: where it is bright, or where it is opaque."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .masks import Mask


def painted(picture: npt.NDArray[Any], *, rgb: bool, threshold: float = 0.0) -> Mask:
    """Return what is marked in a picture that was drawn as a mask.

    Parameters
    ----------
    picture : ndarray
        (..., Y, X), or (..., Y, X, 3 or 4) for `rgb`.
    rgb : bool
        Whether the last axis is colour; of it the brightest counts, times the alpha if there is one.
    threshold : float
        Marked is what is greater, in the picture's own values.

    Returns
    -------
    ndarray of bool
        (..., Y, X). Where nothing visible is greater, as in a picture drawn in black on transparency, all that is
        opaque is marked: more than half as opaque as the most opaque pixel.
    """
    colors = picture[..., :3].max(-1) if rgb else picture
    if not rgb or picture.shape[-1] < 4:
        marked: Mask = colors > threshold
        return marked
    alpha = picture[..., 3]
    full = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "ui" else 1.0
    marked = colors * (alpha / full) > threshold
    if marked.any():
        return marked
    opaque: Mask = alpha > alpha.max() / 2
    return marked if opaque.all() else opaque
