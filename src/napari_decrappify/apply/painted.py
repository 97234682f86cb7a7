"""A picture as a mask: where it is bright, or where it is opaque."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .masks import Mask


def painted(picture: npt.NDArray[Any], *, rgb: bool, threshold: float = 0.0, noise: float = 0.0) -> Mask:
    """Return what is marked in a picture that was drawn as a mask.

    Parameters
    ----------
    picture : ndarray
        (..., Y, X), or (..., Y, X, 3 or 4) for `rgb`.
    rgb : bool
        Whether the last axis is colour; of it the brightest counts, times the alpha if there is one.
    threshold : float
        Marked is what is greater, in the picture's own values.
    noise : float
        What compression may have left in the black. If it isn't 0, marked is what is greater than this and than half
        of the greatest.

    Returns
    -------
    ndarray of bool
        (..., Y, X). Where all that is visible is black, as in a picture drawn in black on transparency, all that is
        opaque is marked: more than half as opaque as the most opaque pixel.
    """
    values, alpha = _brightness(picture, rgb)
    marked: Mask = values > (max(noise, values.max() / 2) if noise else threshold)
    if alpha is None or (values > noise).any():
        return marked
    opaque: Mask = alpha > alpha.max() / 2
    return marked if opaque.all() else opaque


def _brightness(picture: npt.NDArray[Any], rgb: bool) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
    """Return how bright a picture looks on black, and its alpha."""
    if not rgb:
        return picture, None
    colors = picture[..., :3].max(-1)
    if picture.shape[-1] < 4:
        return colors, None
    alpha = picture[..., 3]
    return colors * (alpha / (np.iinfo(alpha.dtype).max if alpha.dtype.kind in "ui" else 1.0)), alpha
