"""Denoising by classical methods. They are told how strong the noise is, or else estimate it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...degrade.pictures import as_bytes, as_unit
from ..cases import Case
from ..method import Method, Package
from ..photos import Picture

# In standard deviations of the noise: what is best on scikit-image's photos with Gaussian noise of 15 to 50 levels.
TV_WEIGHT = 0.8
NLM_STRENGTH = 0.6
LEAST_SIGMA = 0.5


def total_variation(case: Case) -> Picture:
    """Denoise by total variation (Chambolle, 2004)."""
    from skimage.restoration import denoise_tv_chambolle

    weight = TV_WEIGHT * sigma_of(case) / 255
    smooth = denoise_tv_chambolle(  # type: ignore[no-untyped-call]
        as_unit(case.given), weight=weight, channel_axis=_colors(case)
    )
    return as_bytes(smooth)


def non_local_means(case: Case) -> Picture:
    """Denoise by non-local means (Buades et al., 2005)."""
    from skimage.restoration import denoise_nl_means

    sigma = sigma_of(case) / 255
    options = {"h": NLM_STRENGTH * sigma, "sigma": sigma, "patch_size": 5, "patch_distance": 6}
    return as_bytes(denoise_nl_means(as_unit(case.given), channel_axis=_colors(case), **options))


def block_matching(case: Case) -> Picture:
    """Denoise by BM3D (Dabov et al., 2007)."""
    import bm3d

    denoise = bm3d.bm3d if case.given.ndim == 2 else bm3d.bm3d_rgb
    return as_bytes(denoise(as_unit(case.given), sigma_of(case) / 255))


def median(case: Case) -> Picture:
    """Take the median of 3 x 3 pixels, which takes salt and pepper away."""
    from skimage.filters import median as median_filter

    around = np.ones((3, 3, 1)[: case.given.ndim], bool)
    filtered: Picture = median_filter(case.given, around)  # type: ignore[no-untyped-call]
    return filtered


def median_and_total_variation(case: Case) -> Picture:
    """Take salt and pepper away first, then denoise what is left."""
    return total_variation(replace(case, given=median(case)))


def sigma_of(case: Case) -> float:
    """Return the noise's standard deviation in 8-bit levels: as told, or estimated (Immerkaer, 1996)."""
    if case.sigma is not None:
        return case.sigma
    bends = np.diff(np.diff(case.given.astype(np.float64), 2, 0), 2, 1)
    return max(float(np.sqrt(np.pi / 2) / 6 * np.abs(bends).mean()), LEAST_SIGMA)


def _colors(case: Case) -> int | None:
    return -1 if case.given.ndim == 3 else None


TOTAL_VARIATION = Method("total variation (scikit-image)", total_variation)
NON_LOCAL_MEANS = Method("non-local means (scikit-image)", non_local_means)
BM3D = Method("BM3D", block_matching, (Package("bm3d", "bm3d"),), slow=True)
MEDIAN = Method("median of 3 x 3 (scikit-image)", median)
BOTH = Method("median, total variation (scikit-image)", median_and_total_variation)
DENOISERS = (TOTAL_VARIATION, NON_LOCAL_MEANS, BM3D)
