"""Colour and opacity of a mark of known coverage, by robust least squares against a smooth fill of its surroundings.

With S for what lies under the mark, J - S = m (o c) - m S o is linear in the opacity o and in o c: the coverage m is
all that is hard to know.
"""

from __future__ import annotations

import numpy as np
import torch

from ...nets.push_pull import push_pull
from ..engine.blending import Pixels
from ..engine.tiling import round_up
from ..masks import Mask
from .mark import SolvedMark

LEVELS = 5
"""Halvings of the grid on which marks are filled: colours come from as far as the strokes of large letters need."""
COVERED = 0.4
"""Coverage from which a pixel says something of colour and opacity."""
FEWEST = 24
"""Such pixels that there must be."""
ROUNDS = 8
FLOOR = 0.004
"""Least deviation, in the unit range, that sets what an outlier is: a step of 8 bits."""
TRUSTED = 2.0
"""Typical deviations up to which a pixel counts fully (Huber, 1964)."""


def smooth_fill(image: Pixels, mask: Mask) -> Pixels:
    """Return a picture with smooth colours of the surroundings in a mask.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C).
    mask : ndarray of bool
        (Y, X): what is filled. It should hold the rims of a mark too, or they shine into the fill.

    Returns
    -------
    ndarray of float32
        (Y, X, C), outside the mask exactly the image.
    """
    y, x = mask.shape
    room = [(0, round_up(side, 2**LEVELS) - side) for side in (y, x)]
    picture = torch.from_numpy(np.pad(image, (*room, (0, 0)), mode="edge").transpose(2, 0, 1)[None].copy())
    hole = torch.from_numpy(np.pad(mask, room, constant_values=True)[None, None])
    filled: Pixels = push_pull(picture.float(), hole, LEVELS)[0, :, :y, :x].permute(1, 2, 0).numpy()
    return np.ascontiguousarray(filled)


def fit_mark(image: Pixels, smooth: Pixels, coverage: Pixels) -> SolvedMark:
    """Find the colour and the opacity of a mark.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), with the mark, in the unit range.
    smooth : ndarray of float32
        (Y, X, C): about what lies under the mark, as `smooth_fill` gives it.
    coverage : ndarray of float32
        (Y, X), in [0, 1].

    Returns
    -------
    SolvedMark
        Of that coverage and one colour, which is kept within the unit range and the marked pixels' own. With too few
        pixels to go by, one of opacity 1 and infinite residual: something to be filled.
    """
    inside = coverage > COVERED
    seen, under, m = image[inside].astype(float), smooth[inside].astype(float), coverage[inside].astype(float)
    if len(m) < FEWEST:
        color = seen.mean(0) if len(m) else np.zeros(image.shape[-1])
        return SolvedMark(coverage, color.astype(np.float32), 1.0, float("inf"))
    ends = np.minimum(seen.min(0), 0), np.maximum(seen.max(0), 1)
    weight = np.ones(len(m))
    for _ in range(ROUNDS):
        opacity, color = _fitted(seen - under, under, m, weight, ends)
        off = np.sqrt(np.square(seen - under - opacity * m[:, None] * (color - under)).mean(1))
        typical = max(float(np.median(off)), FLOOR)
        weight = np.minimum(1, TRUSTED * typical / np.maximum(off, 1e-9))
    return SolvedMark(coverage, color.astype(np.float32), opacity, typical)


def _fitted(
    change: np.ndarray, under: np.ndarray, m: np.ndarray, weight: np.ndarray, ends: tuple[np.ndarray, np.ndarray]
) -> tuple[float, np.ndarray]:
    """Return the opacity and the colour that explain (N, C) changes best, each pixel with its weight."""
    heavy = weight * m * m
    total = heavy.sum()
    mean_under, mean_change = heavy @ under / total, (weight * m) @ change / total
    varied = m[:, None] * (under - mean_under)
    own = change - m[:, None] * mean_change
    spread = float(weight @ np.square(varied).sum(1)) + weight.sum() * FLOOR**2
    opacity = -float(weight @ (varied * own).sum(1)) / spread
    known = opacity > FLOOR  # on plain ground any opacity will do with a colour of its own: the purest is likeliest
    color = mean_under + mean_change / opacity if known else np.where(mean_change > 0, ends[1], ends[0])
    inside = np.clip(color, *ends)
    if not known or opacity > 1 or (inside != color).any():
        opacity = _opacity_of(inside, change, under, m, weight)
    return min(max(opacity, 0.0), 1.0), inside


def _opacity_of(color: np.ndarray, change: np.ndarray, under: np.ndarray, m: np.ndarray, weight: np.ndarray) -> float:
    """Return the opacity that explains changes best with a given colour."""
    full = m[:, None] * (color - under)
    power = float(weight @ np.square(full).sum(1))
    return float(weight @ (full * change).sum(1)) / power if power > 0 else 1.0
