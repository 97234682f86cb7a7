"""How near models come to the original: upscaling over bicubic, watermarks before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..apply.tasks import remove_watermark, upscale
from ..degrade import crappify
from ..demo import shrunken
from ..jobs import Job, Progress
from ..models import ModelCard
from ..quality import luma, psnr, ssim
from .photos import Photos, Picture
from .tables import Table

WATERMARKS = ("stock-watermark", "watermark-strings")
FIRST_SEED = 1000
PSNR_CAP = 100.0
LISTED = 12

Figures = dict[str, float]


def upscaling(card: ModelCard, photos: Photos, settings: dict[str, Any]) -> Job[Table]:
    """Measure Y-PSNR and SSIM over bicubic: PIL bicubic input, 8-bit output, a border of `scale` pixels left out."""
    scale = card.scale

    def measure(number: int, photo: Picture) -> Figures:
        reference, small, bicubic = shrunken(photo, scale)
        result = upscale(small, scale, model=card.name, **settings)
        truth = luma(reference)
        found: Figures = {}
        for name, image in (("bicubic", bicubic), ("model", result)):
            found[f"{name} dB"] = _psnr(luma(image), truth, border=scale)
            found[f"{name} SSIM"] = ssim(luma(image), truth, border=scale)
        found["gain dB"] = found["model dB"] - found["bicubic dB"]
        return found

    rows = yield from _each(card.name, photos, measure)
    return _table(
        f"{card.name}: Y-PSNR and SSIM, upscaling x{scale}",
        f"On {photos.origin}; PIL bicubic reduction, 8-bit output, BT.601 luma, {scale} pixels of border left out.",
        rows,
    )


def watermarks(card: ModelCard, preset: str, photos: Photos, settings: dict[str, Any]) -> Job[Table]:
    """Measure PSNR inside the damage and of the whole picture, before and after, and how well the damage is found."""

    def measure(number: int, photo: Picture) -> Figures:
        worse = crappify(photo, preset, seed=FIRST_SEED + number)
        better, found = remove_watermark(worse.image, model=card.name, return_mask=True, **settings)
        inside = [_psnr(image, photo, mask=worse.mask) for image in (worse.image, better)]
        whole = [_psnr(image, photo) for image in (worse.image, better)]
        return {
            "damage before dB": inside[0],
            "damage after dB": inside[1],
            "damage gain dB": inside[1] - inside[0],
            "picture before dB": whole[0],
            "picture after dB": whole[1],
            "mask IoU": float((found & worse.mask).sum() / (found | worse.mask).sum()),
        }

    rows = yield from _each(f"{card.name}, {preset}", photos, measure)
    note = f"On {photos.origin}, one draw each (seeds from {FIRST_SEED}); PSNR over RGB, 8-bit output, mean of the dB."
    return _table(f"{card.name}: removing {preset}", note, rows)


def untouched(card: ModelCard, photos: Photos, settings: dict[str, Any]) -> Job[Table]:
    """Measure the share of pixels that change where nothing is to be removed."""

    def measure(number: int, photo: Picture) -> Figures:
        result = remove_watermark(photo, model=card.name, **settings)
        return {"changed pixels %": 100 * float((result != photo).any(axis=-1).mean())}

    rows = yield from _each(f"{card.name}, clean", photos, measure)
    return _table(f"{card.name}: clean pictures", f"On {photos.origin}, without a watermark.", rows)


def _each(title: str, photos: Photos, measure: Callable[[int, Picture], Figures]) -> Job[dict[str, Figures]]:
    rows: dict[str, Figures] = {}
    for number, (name, photo) in enumerate(photos.pictures.items()):
        yield Progress(number, len(photos.pictures), f"{title}: {name}")
        rows[name] = measure(number, photo)
    return rows


def _table(title: str, note: str, rows: dict[str, Figures]) -> Table:
    columns = list(next(iter(rows.values())))
    table = Table(title, note, ["picture", *columns])
    if len(rows) <= LISTED:
        table.rows += [[name, *(row[column] for column in columns)] for name, row in rows.items()]
    table.rows.append(["**mean**", *(float(np.mean([row[column] for row in rows.values()])) for column in columns)])
    return table


def _psnr(image: npt.NDArray[Any], reference: npt.NDArray[Any], **options: Any) -> float:
    """PSNR, with a cap so that one perfect picture can't make the mean infinite."""
    return min(psnr(image, reference, **options), PSNR_CAP)
