"""What is done to scans of old prints: specks filtered away, contrast brought back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..cases import Case
from ..method import Method
from ..photos import Picture
from .denoising import MEDIAN
from .filling import NAVIER_STOKES, OPENCV, TELEA, told_where

CLIP_LIMIT, TILES = 2.0, (8, 8)
PERCENTILES = (0.5, 99.5)


def clahe(case: Case) -> Picture:
    """Equalise the histogram of the lightness where it is, limited in contrast (Zuiderveld, 1994), by OpenCV."""
    import cv2

    lab = cv2.cvtColor(case.given, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(CLIP_LIMIT, TILES).apply(lab[..., 0])
    equal: Picture = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return equal


def channel_stretch(case: Case) -> Picture:
    """Make .5% of each channel black and .5% white, as "auto levels" does."""
    low, high = np.percentile(case.given.reshape(-1, 3), PERCENTILES, axis=0)
    unit = (case.given - low) / np.maximum(high - low, 1)
    stretched: Picture = np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)
    return stretched


CLAHE = Method("CLAHE (OpenCV)", clahe, OPENCV)
STRETCH = Method("each channel stretched", channel_stretch)
MENDERS = (replace(MEDIAN, name=f"{MEDIAN.name}, all over"), told_where(TELEA), told_where(NAVIER_STOKES))
TONERS = (CLAHE, STRETCH)
