"""Strokes: what a round pen marks on its way between two places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def draw_stroke(mask: Mask, start: Vector, end: Vector, radius: float, to_image: npt.NDArray[np.float64]) -> None:
    """Mark in a (Y, X) mask what a pen marks; a pen thinner than a pixel marks the pixels that it touches.

    Parameters
    ----------
    mask : ndarray of bool
        Changed in place; what lies beside it is left out.
    start, end : ndarray
        In pixels of the mask; the same place twice gives a disc.
    radius : float
        The pen's, in the units of the drawing.
    to_image : ndarray
        (2, 2) matrix from the drawing's units to pixels: a round pen may be an ellipse on the mask.
    """
    reach = np.maximum(radius * np.hypot(to_image[:, 0], to_image[:, 1]), 0.5)
    low = np.clip(np.floor(np.minimum(start, end) - reach).astype(int), 0, mask.shape)
    high = np.clip(np.ceil(np.maximum(start, end) + reach).astype(int) + 1, 0, mask.shape)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    pixels = np.moveaxis(np.mgrid[window], 0, -1)
    from_image = np.linalg.inv(to_image).T
    along, places = (end - start) @ from_image, (pixels - start) @ from_image
    share = np.clip(places @ along / max(along @ along, 1e-12), 0, 1)
    beside = places - share[..., None] * along
    touched = np.abs(beside @ to_image.T).max(axis=-1) <= 0.5
    mask[window] |= touched | (np.hypot(beside[..., 0], beside[..., 1]) <= radius)


def plane_of(corners: npt.NDArray[np.float64], grid: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the plane of an image's grid that corners lie in, by their leading coordinates; None if it has none."""
    plane = tuple(int(n) for n in np.floor(corners[:, :-2].mean(axis=0) + 0.5))
    return plane if all(0 <= n < size for n, size in zip(plane, grid[:-2], strict=True)) else None
