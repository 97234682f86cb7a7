"""Colour and opacity of a mark of known coverage, by robust least squares against a smooth fill of its surroundings.

With S for what lies under the mark, J - S = m (o c) - m S o is linear in the opacity o and in o c: the coverage m is
all that is hard to know. How far off S may be is known from the ground around, and so what is left of it under the
mark, 1 - o times as much, says something of the opacity, too: where the ground is rough, plain least squares take a
mark for more opaque than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from ...nets.push_pull import push_pull
from ..engine.blending import Pixels
from ..engine.tiling import round_up
from ..masks import Mask
from .ground import LEAST, roughness
from .mark import SolvedMark

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Places: TypeAlias = npt.NDArray[np.intp]

LEVELS = 5
"""Halvings of the grid on which marks are filled: colours come from as far as the strokes of large letters need."""
COVERED = 0.4
"""Coverage from which a pixel says something of colour and opacity."""
FEWEST, MOST = 24, 1500
"""Such pixels that there must be, and of which no more are looked at, evenly chosen."""
DOUBT = 0.05
"""By how much coverage is off, typically, where nobody says otherwise."""
SURER = 0.2
"""Share of that doubt which there is in the middle of marks: it is their rims that are hard to see."""
OPACITIES = (0.06, 0.15, 0.3, 0.45, 0.6, 0.75, 0.88, 0.96, 1.0)
"""Those that are tried, before it is found exactly between the best one's neighbours."""
ROUNDS, FINER = 3, 5
FREEDOM = 3.0
"""Of the t distribution that errors have (Lange et al., 1989): few of them are far larger than the others."""
CLEARER = 0.2
"""How much likelier a mark that hides little is than an opaque one, in nats, where nothing else tells: plain ground."""
GAIN = 1.8
"""How much likelier a typical pixel must be with a second colour, in nats."""
EXPLAINED = 0.5
"""Typical squared deviation below which one colour is enough."""
RAREST = 0.04
"""Share of the pixels that the rarer of two colours has, at the least."""


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


def fit_mark(
    image: Pixels, smooth: Pixels, coverage: Pixels, *, rough: Pixels | None = None, doubt: float = DOUBT
) -> SolvedMark:
    """Find the colour, or two colours, and the opacity of a mark.

    Parameters
    ----------
    image : ndarray of float32
        (Y, X, C), with the mark, in the unit range.
    smooth : ndarray of float32
        (Y, X, C): about what lies under the mark, as `smooth_fill` gives it.
    coverage : ndarray of float32
        (Y, X), in [0, 1].
    rough : ndarray of float32, optional
        (Y, X): how far off `smooth` may be; `ground.roughness` of the picture without the mark if left out.
    doubt : float
        How far off the coverage may be, as a standard deviation.

    Returns
    -------
    SolvedMark
        Of that coverage. A colour is kept within the unit range and the marked pixels' own. With too few pixels to go
        by, the mark is one of opacity 1 and infinite residual: something to be filled.
    """
    inside = np.flatnonzero(coverage > COVERED)
    if len(inside) < FEWEST:
        seen = image.reshape(-1, image.shape[-1])[inside]
        color = seen.mean(0) if len(inside) else np.zeros(image.shape[-1])
        return SolvedMark(coverage, color.astype(np.float32), 1.0, float("inf"))
    rough = roughness(image, coverage > 0) if rough is None else rough
    fit = fitted(MarkedPixels.of(inside, image, smooth, coverage, rough, doubt))
    return SolvedMark(coverage, color_map(fit, image, smooth, coverage), fit.opacity, fit.residual)


@dataclass(frozen=True)
class MarkedPixels:
    """Pixels of a mark: (N, C) colours; (N, 1) coverage, roughness and how far off the coverage may be."""

    image: Floats
    smooth: Floats
    coverage: Floats
    rough: Floats
    doubt: Floats

    @classmethod
    def of(
        cls, places: Places, image: Pixels, smooth: Pixels, coverage: Pixels, rough: Pixels, doubt: float | Pixels
    ) -> MarkedPixels:
        """Return the pixels at places of the flattened plane; of many, some. One doubt for all is that of rims."""
        chosen = places[:: max(1, -(-len(places) // MOST))]
        parts = (image, smooth, coverage[..., None], rough[..., None])
        colors, under, share, ground = (part.reshape(-1, part.shape[-1])[chosen].astype(float) for part in parts)
        if isinstance(doubt, np.ndarray):
            return cls(colors, under, share, ground, doubt.reshape(-1, 1)[chosen].astype(float))
        rims = np.sqrt(np.clip(share * (1 - share), 0, None)) / 0.5
        return cls(colors, under, share, ground, doubt * np.maximum(rims, SURER))

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """The least and the greatest colours that a mark may have."""
        return np.minimum(self.image.min(0), 0), np.maximum(self.image.max(0), 1)


@dataclass(frozen=True)
class Fit:
    """An opacity and (K, C) colours.

    Attributes
    ----------
    opacity, colors
        Of the mark.
    loss : float
        How unlikely a pixel is on the average, in nats.
    residual : float
        See `SolvedMark`.
    share : float
        Of the pixels that the second colour has.
    """

    opacity: float
    colors: Floats
    loss: float
    residual: float
    share: float


def fitted(pixels: MarkedPixels) -> Fit:
    """Return the likeliest opacity with one colour, or with two if they are far likelier."""
    one = _best(pixels, 1)
    if float(np.median(distances(pixels, one))) < EXPLAINED:
        return one
    two = _best(pixels, 2)
    return two if two.loss < one.loss - GAIN and RAREST < two.share < 1 - RAREST else one


def distances(pixels: MarkedPixels, fit: Fit) -> Floats:
    """Return the squared deviation of each pixel from what a fit makes of it, (N,): about 1 where the fit is right."""
    strength = fit.opacity * pixels.coverage
    paint = pixels.image - (1 - strength) * pixels.smooth
    off = _squares(paint, strength[:, 0], fit.colors) / _variance(pixels, fit.opacity, fit.colors)
    nearest: Floats = off.min(0) / paint.shape[1]
    return nearest


def color_map(fit: Fit, image: Pixels, smooth: Pixels, coverage: Pixels) -> Pixels:
    """Return the colour of a fit, (C,), or that of each pixel, (Y, X, C), if it has two."""
    if len(fit.colors) == 1:
        plain: Pixels = fit.colors[0].astype(np.float32)
        return plain
    share = _shares(image, smooth, coverage, fit)
    mixed: Pixels = ((1 - share) * fit.colors[0] + share * fit.colors[1]).astype(np.float32)
    return mixed


def _best(pixels: MarkedPixels, count: int) -> Fit:
    """Return the likeliest opacity, with so many colours."""
    coarse = _fitted(pixels, OPACITIES, count)
    at = int(np.argmin([fit.loss for fit in coarse]))
    low, high = OPACITIES[max(at - 1, 0)], OPACITIES[min(at + 1, len(OPACITIES) - 1)]
    best = coarse[at]
    for _ in range(FINER):  # halve the span around the best one
        width = (high - low) / 4
        near = _fitted(pixels, (best.opacity - width, min(best.opacity + width, 1.0)), count)
        best = min([best, *near], key=lambda fit: fit.loss)
        low, high = best.opacity - width, best.opacity + width
    return best


def _fitted(pixels: MarkedPixels, opacities: Sequence[float], count: int) -> list[Fit]:
    """Return the colours that are likeliest with each of some opacities: arrays are (opacities, colours, pixels)."""
    opacity = np.array(opacities)[:, None, None]
    strength = opacity * pixels.coverage[:, 0]
    paint = pixels.image - (1 - strength.swapaxes(1, 2)) * pixels.smooth  # the colour times the strength
    colors = np.stack([_starts(apparent, count) for apparent in paint / strength.swapaxes(1, 2)])
    ends, channels = pixels.ends, paint.shape[-1]
    for _ in range(ROUNDS):
        variance = _variance(pixels, opacity, colors)
        distance = _squares(paint, strength, colors) / variance
        losses = (FREEDOM + channels) / 2 * np.log1p(distance / FREEDOM) + channels / 2 * np.log(variance)
        chosen = losses.argmin(1)[:, None]
        weight = (FREEDOM + channels) / (FREEDOM + distance) / variance
        weight *= np.arange(count)[:, None] == chosen
        total = np.maximum((weight * np.square(strength)).sum(-1, keepdims=True), 1e-9)
        colors = np.clip((weight * strength) @ paint / total, *ends)
    off = np.median(np.sqrt(np.take_along_axis(distance * variance, chosen, 1) / channels), (1, 2))
    loss, share = losses.min(1).mean(-1) + CLEARER * np.array(opacities), chosen.mean((1, 2))
    found = zip(opacities, colors, loss.tolist(), off.tolist(), share.tolist(), strict=True)
    return [Fit(*fit) for fit in found]


def _variance(pixels: MarkedPixels, opacity: Floats | float, colors: Floats) -> Floats:
    """Return the variance of what colours leave unexplained, (..., K, N): of ground, coverage and numbers."""
    ground = np.square((1 - opacity * pixels.coverage[:, 0]) * pixels.rough[:, 0])
    contrast = _squares(pixels.smooth, np.ones(1), colors) / colors.shape[-1]
    variance: Floats = ground + np.square(pixels.doubt[:, 0] * opacity) * contrast + LEAST**2
    return variance


def _squares(points: Floats, strength: Floats, colors: Floats) -> Floats:
    """Return how far, squared, (..., N, C) points are from so much of each of (..., K, C) colours, (..., K, N).

    By the binomial formula: sums over few channels take NumPy longer than all the rest.
    """
    own = np.einsum("...nc,...nc->...n", points, points)[..., None, :]
    full = np.square(colors).sum(-1, keepdims=True)
    both = colors @ points.swapaxes(-1, -2)
    squares: Floats = np.maximum(own + strength * (strength * full - 2 * both), 0)
    return squares


def _starts(apparent: Floats, count: int) -> Floats:
    """Return the middle of (N, C) colours, or the middles of the two parts that their main direction has."""
    if count == 1:
        return np.median(apparent, 0)[None]
    centred = apparent - np.median(apparent, 0)
    along = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
    low, high = np.sort(along)[[len(along) // 20, -1 - len(along) // 20]]
    above = along > (low + high) / 2
    parts = [apparent[part] if part.any() else apparent for part in (~above, above)]
    return np.stack([np.median(part, 0) for part in parts])


def _shares(image: Pixels, smooth: Pixels, coverage: Pixels, fit: Fit) -> Pixels:
    """Return how much of each pixel is of the second colour, (Y, X, 1): all or nothing, but between the two."""
    strength = fit.opacity * np.maximum(coverage, COVERED)[..., None]
    between = fit.colors[1] - fit.colors[0]
    apart = image - smooth - strength * (fit.colors[0] - smooth)
    share = np.clip(apart @ between / (strength[..., 0] * max(float(between @ between), 1e-9)), 0, 1)
    inside, square = coverage > 0, np.ones((3, 3))
    second = inside & (share > 0.5)
    rims = ndimage.binary_dilation(second, square) & ndimage.binary_dilation(inside & ~second, square)
    shares: Pixels = np.where(rims, share, second)[..., None].astype(np.float32)
    return shares
