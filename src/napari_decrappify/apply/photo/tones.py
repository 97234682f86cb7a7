"""Faded tones and casts, measured on a print and corrected by a curve for each channel that clips nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...degrade.operations.tone import LUMA
from ...degrade.pictures import smooth
from .print_area import print_box

Unit = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float64]

DARKEST, BRIGHTEST = 0.5, 99.5
"""Percentiles that become black and white."""
BLACK, WHITE = 0.02, 0.98
"""What they become; the rest of the range is left for what is darker and brighter."""
PALEST_BLACK, DARKEST_WHITE = 0.35, 0.5
"""What blacks and whites fade to at most: beyond it a picture isn't faded, but pale or dark."""
TINTED_BLACK = 0.03
"""How far the blacks of the channels may lie apart and still be taken for the same black."""
BLUR = 1.0
"""Standard deviation in blocks of what is smoothed away before edges are looked at: grain has edges too."""
BLOCK, FEWEST = 5, 100
"""Side in pixels of the blocks whose medians are measured, so that dust and scratches don't count; and how many there
are along the short side at least, if there are so many pixels."""
NORM = 6
"""Of Minkowski, by which edges are summed (van de Weijer et al., 2007)."""
MOST_CAST = 3.0
"""Most by which one channel may have faded more than another."""
FLAT = 0.05
"""Range of tones below which there is nothing to stretch."""
TONED = 0.01
"""Deviation, of the range, up to which colours follow from luma alone: then the print is monochrome, and toned."""
STEPS = 16


@dataclass(frozen=True)
class Tones:
    """What of each channel is black and white, and what it is to become.

    Attributes
    ----------
    black, white : ndarray
        (C,) unit values of each channel.
    to_black, to_white : ndarray
        What they are mapped to; between them, and from them to 0 and 1, straight lines.
    toned : bool
        Whether the print is monochrome, and its tone, sepia say, is kept.
    """

    black: Levels
    white: Levels
    to_black: Levels
    to_white: Levels
    toned: bool = False

    def corrected(self, unit: Unit, strength: float = 1.0) -> Unit:
        """Return (..., Y, X) or (..., Y, X, C) unit values with their tones corrected, so far as `strength` says.

        The curves rise everywhere: what differs goes on to differ, and nothing leaves [0, 1] that lies within.
        """
        if unit.ndim and self.black.size > 1:
            channels = [self._curve(unit[..., c], c) for c in range(self.black.size)]
            full = np.stack(channels, -1)
        else:
            full = self._curve(unit, 0)
        mixed: Unit = unit + np.float32(strength) * (full - unit)
        return mixed

    def _curve(self, values: Unit, channel: int) -> Unit:
        knots = [0.0, self.black[channel], self.white[channel], 1.0]
        ends = [0.0, self.to_black[channel], self.to_white[channel], 1.0]
        inside = np.interp(values, knots, ends)
        beyond = values - np.clip(values, 0, 1)  # of floats whose range is another: carried along
        curve: Unit = (inside + beyond).astype(np.float32)
        return curve


def measured_tones(unit: Unit) -> Tones:
    """Measure a (Y, X) or (Y, X, 3) plane of unit values; neither dust and scratches nor a scan's borders count."""
    pixels = _block_medians(unit if unit.ndim == 3 else unit[..., None])
    pixels = np.clip(pixels[print_box(_luma(pixels)).slices], 0, 1)
    if pixels.shape[-1] == 1:
        return _of_grey(pixels)
    return _of_toned(pixels) if is_toned(pixels) else _of_colors(pixels)


def is_toned(pixels: Unit) -> bool:
    """Tell whether the colours of (Y, X, 3) pixels follow from their luma alone, as those of monochrome prints do."""
    luma = _luma(pixels)
    chroma = pixels - luma[..., None]
    step = np.clip((luma * STEPS).astype(int), 0, STEPS - 1).ravel()
    count = np.maximum(np.bincount(step, minlength=STEPS), 1)
    rest = 0.0
    for channel in (0, 2):
        values = chroma[..., channel].ravel()
        means = np.bincount(step, values, STEPS) / count
        rest += float(np.mean((values - means[step]) ** 2))
    return bool(np.sqrt(rest / 2) < TONED)


def cast_of(pixels: Unit, black: float) -> Levels:
    """Return how much of the light each of three channels has kept, 1 for the one that has kept most.

    Three guesses are made, and of each channel the middle one is taken: that the mean is grey (Buchsbaum, 1980), that
    the brightest is white (Land, 1977), and that the mean edge is grey (van de Weijer et al., 2007).
    """
    light = np.clip(pixels - np.float32(black), 1e-4, None)
    fine = smooth(light, BLUR)
    slopes = np.concatenate([np.abs(np.diff(fine, axis=axis)).reshape(-1, 3) for axis in (0, 1)]).astype(np.float64)
    guesses = [
        light.reshape(-1, 3).mean(0),
        np.percentile(light.reshape(-1, 3), BRIGHTEST, axis=0),
        (slopes**NORM).mean(0) ** (1 / NORM) + 1e-6,
    ]
    ratios = np.array([np.log(guess / np.exp(np.log(guess).mean())) for guess in guesses])
    agreed = np.where(np.abs(np.sign(ratios).sum(0)) == len(guesses), np.abs(ratios).min(0), 0) * np.sign(ratios[0])
    kept: Levels = np.exp(agreed - agreed.max())
    return np.clip(kept, 1 / MOST_CAST, 1)


def _of_grey(pixels: Unit) -> Tones:
    black, white = np.percentile(pixels, (DARKEST, BRIGHTEST))
    return _stretch(np.array([black]), np.array([white]), np.ones(1))


def _of_toned(pixels: Unit) -> Tones:
    """Stretch the tones of a monochrome print; its white keeps its tone."""
    black, white = np.percentile(pixels.reshape(-1, 3), (DARKEST, BRIGHTEST), axis=0)
    return _stretch(black, white, white / max(white.max(), 1e-6), toned=True)


def _of_colors(pixels: Unit) -> Tones:
    flat = pixels.reshape(-1, 3)
    blacks = np.percentile(flat, DARKEST, axis=0)
    black = np.minimum(blacks, blacks.min() + TINTED_BLACK)
    kept = cast_of(pixels, float(black.min()))
    white = black + np.percentile((flat - black) / kept, BRIGHTEST) * kept
    return _stretch(black, white, np.ones(3))


def _stretch(black: Levels, white: Levels, tone: Levels, toned: bool = False) -> Tones:
    """Return the tones that become black and white, of which a print that isn't faded has its own."""
    if (white - black).max() < FLAT:
        return Tones(black, white, black, white, toned)
    black = np.minimum(black, PALEST_BLACK)
    white = np.clip(white, DARKEST_WHITE * tone, 1.0)
    return Tones(black, white, np.minimum(black, BLACK), np.maximum(WHITE * tone, np.minimum(white, tone)), toned)


def _block_medians(pixels: Unit) -> Unit:
    y, x, colors = pixels.shape
    side = int(np.clip(min(y, x) // FEWEST, 1, BLOCK))
    blocks = pixels[: y // side * side, : x // side * side].reshape(y // side, side, x // side, side, colors)
    medians: Unit = np.median(blocks, axis=(1, 3))
    return medians


def _luma(pixels: Unit) -> Unit:
    grey: Unit = pixels[..., 0] if pixels.shape[-1] == 1 else pixels @ LUMA
    return grey
