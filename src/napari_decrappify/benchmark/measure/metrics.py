"""Figures of a result: how near it is to the target, as the papers of each task measure it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...intensity import PERCENTILES
from ...quality import luma, psnr, ssim
from ..cases import COUNTS, OFFSET, Case, grey_of
from ..photos import Picture

Figures: TypeAlias = dict[str, float]
Judge: TypeAlias = Callable[[Case, Picture], Figures]

PSNR_CAP = 100.0
PART, FEWEST = 16, 4


def of_luma(case: Case, result: Picture) -> Figures:
    """PSNR and SSIM of BT.601 luma, or of grey, without a border of `scale` pixels."""
    return _of_grey(_y(result), _y(case.target), case.scale)


def of_counts(case: Case, result: Picture) -> Figures:
    """Figures of 16-bit counts: PSNR and SSIM in the grey levels of the 8-bit picture, deviations in counts."""
    found, target = ((counts.astype(np.float64) - OFFSET) / COUNTS for counts in (result, case.target))
    return {**_of_grey(found, target, case.scale), **level_deviations(result, case.target)}


def of_micrograph(case: Case, result: Picture) -> Figures:
    """Figures of luma, and by how many percent the intensities of dark, middle and bright parts are off."""
    return {**of_luma(case, result), **level_deviations(result, case.target)}


def level_deviations(result: npt.NDArray[Any], target: npt.NDArray[Any]) -> Figures:
    """Return how much more light than the target the result has in its dark, middle and bright parts, in percent.

    Parts are blocks of 16 x 16 pixels, by the third of the target's range (of its percentiles 0.1 and 99.9) that the
    target's mean lies in; a part of fewer than 4 blocks has no figure.
    """
    found, truth = (_block_means(picture) for picture in (result, target))
    low, high = np.percentile(target, PERCENTILES)
    third = np.clip(np.floor(3 * (truth - low) / max(high - low, 1e-9)), 0, 2)
    figures = {}
    for number, name in enumerate(("dark %", "middle %", "bright %")):
        there = third == number
        if np.count_nonzero(there) >= FEWEST and truth[there].sum() > 0:
            figures[name] = 100 * float(found[there].sum() / truth[there].sum() - 1)
    return figures


def _block_means(picture: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    y, x = (n // PART * PART for n in picture.shape[-2:])
    cut = picture[..., :y, :x].astype(np.float64)
    means: npt.NDArray[np.float64] = cut.reshape(*cut.shape[:-2], y // PART, PART, x // PART, PART).mean((-3, -1))
    return means


def of_color(case: Case, result: Picture) -> Figures:
    """PSNR over RGB; SSIM of luma."""
    return {"PSNR dB": _psnr(result, case.target), "SSIM": ssim(_y(result), _y(case.target))}


def of_damage(case: Case, result: Picture) -> Figures:
    """PSNR inside the damage and of the whole; how well what changed agrees with what was damaged."""
    changed = (result != case.given).any(axis=-1)
    return {
        "PSNR in the damage dB": _psnr(result, case.target, mask=case.mask),
        **of_color(case, result),
        "IoU of changed pixels": float((changed & case.mask).sum() / (changed | case.mask).sum()),
    }


def of_found(case: Case, result: Picture) -> Figures:
    """PSNR inside the damage and of the whole; which part of the damage changed, and of what changed was damaged."""
    changed = (result != case.given).any(axis=-1)
    damaged = np.zeros_like(changed) if case.mask is None else case.mask
    hit = float((changed & damaged).sum())
    return {
        "PSNR in the damage dB": _psnr(result, case.target, mask=case.mask),
        **of_color(case, result),
        "recall": hit / max(float(damaged.sum()), 1.0),
        "precision": hit / max(float(changed.sum()), 1.0),
    }


def of_changes(case: Case, result: Picture) -> Figures:
    """Return the share of pixels that changed, where none should."""
    return {"changed pixels %": 100 * float((result != case.given).any(axis=-1).mean())}


def of_hole(case: Case, result: Picture) -> Figures:
    """PSNR and mean absolute error inside the hole; SSIM of the whole picture, most of which was given."""
    difference = result.astype(np.float64) - case.target.astype(np.float64)
    return {
        "PSNR in the hole dB": _psnr(result, case.target, mask=case.mask),
        "mean error in the hole": float(np.abs(difference[case.mask]).mean()),
        "SSIM": ssim(_y(result), _y(case.target)),
    }


def of_colors(case: Case, result: Picture) -> Figures:
    """PSNR over RGB; how colourful the result and the original are; the largest change of 8-bit luma."""
    return {
        "PSNR dB": _psnr(result, case.target),
        "colourfulness": colorfulness(result),
        "the original's": colorfulness(case.target),
        "largest luma error": float(np.abs(grey_of(result).astype(int) - case.given).max()),
    }


def colorfulness(picture: Picture) -> float:
    """Return the colourfulness of an RGB picture (Hasler and Suesstrunk, 2003): 0 for grey, above 80 for garish."""
    red, green, blue = np.moveaxis(picture.astype(np.float64), -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread, offset = opponents.std(axis=(1, 2)), opponents.mean(axis=(1, 2))
    return float(np.hypot(*spread) + 0.3 * np.hypot(*offset))


def _of_grey(found: npt.NDArray[np.float64], target: npt.NDArray[np.float64], border: int) -> Figures:
    return {"PSNR dB": _psnr(found, target, border=border), "SSIM": ssim(found, target, border=border)}


def _y(picture: Picture) -> npt.NDArray[np.float64]:
    return luma(picture) if picture.ndim == 3 else picture.astype(np.float64)


def _psnr(image: npt.NDArray[Any], reference: npt.NDArray[Any], **options: Any) -> float:
    """PSNR, with a cap so that one perfect picture can't make the mean infinite."""
    return min(psnr(image, reference, **options), PSNR_CAP)
