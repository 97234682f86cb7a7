"""Enlarging by a filter, of what is given or of what a denoiser leaves of it."""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image

from ..cases import Case
from ..method import Method
from ..photos import Picture
from . import denoising


def enlarged(how: Image.Resampling, case: Case) -> Picture:
    """Enlarge with one of Pillow's filters."""
    y, x = case.given.shape[:2]
    return np.asarray(Image.fromarray(case.given).resize((case.scale * x, case.scale * y), how))


def after(denoiser: Method) -> Method:
    """Return the method that enlarges by bicubic what a denoiser makes of a case, which is small."""

    def repair(case: Case) -> Picture:
        small = denoiser.repair(case)
        return enlarged(Image.Resampling.BICUBIC, Case(small, case.target, scale=case.scale))

    return Method(f"{denoiser.name}, then bicubic", repair, denoiser.packages)


BICUBIC = Method("bicubic (Pillow)", functools.partial(enlarged, Image.Resampling.BICUBIC))
LANCZOS = Method("Lanczos (Pillow)", functools.partial(enlarged, Image.Resampling.LANCZOS))
DENOISED_BICUBIC, DESPECKLED_BICUBIC = after(denoising.TOTAL_VARIATION), after(denoising.BOTH)
DENOISED = (
    LANCZOS,
    DENOISED_BICUBIC,
    DESPECKLED_BICUBIC,
    *map(after, (denoising.MEDIAN, denoising.NON_LOCAL_MEANS, denoising.BM3D)),
)
