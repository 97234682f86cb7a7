"""Make the README's pictures and a contact sheet of each bundled model, by real runs: ``scripts/pictures.py [FOLDER]``.

The sheets show scikit-image's samples, and those peers that are installed (the extra ``peers``).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data

from napari_decrappify import crappify, remove_watermark, upscale
from napari_decrappify.benchmark import benchmark
from napari_decrappify.demo import shrunken
from napari_decrappify.files import write_image
from napari_decrappify.panels import enlarge, side_by_side

SEED = 2
UPSCALED = {"chelsea": (slice(60, 210), slice(100, 325)), "astronaut": (slice(20, 170), slice(120, 345))}
WATERMARKED = {"coffee": "stock-watermark", "astronaut": "watermark-strings"}


def upscaling() -> np.ndarray[Any, Any]:
    """Draw bicubic | upscaled | original, a part of each photo, enlarged."""
    rows = []
    for name, part in UPSCALED.items():
        original, small, bicubic = shrunken(getattr(skimage.data, name)(), 2)
        pictures = {"bicubic x2": bicubic, "upscale-x2": upscale(small, 2), "original": original}
        rows.append([(caption, enlarge(picture[part], 2)) for caption, picture in pictures.items()])
    return side_by_side(rows)


def watermarks() -> np.ndarray[Any, Any]:
    """Draw crappified | repaired | original."""
    rows = []
    for name, preset in WATERMARKED.items():
        original = getattr(skimage.data, name)()
        worse = crappify(original, preset, seed=SEED).image
        pictures = {preset: worse, "remove_watermark": remove_watermark(worse), "original": original}
        rows.append(list(pictures.items()))
    return side_by_side(rows)


def main(folder: Path) -> None:
    """Write the pictures, and the sheets into a folder of their own."""
    write_image(folder / "upscale.png", upscaling())
    write_image(folder / "remove-watermark.png", watermarks())
    benchmark(peers=True, sheets=folder / "sheets")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
