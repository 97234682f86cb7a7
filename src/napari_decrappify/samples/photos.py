"""The cat: scikit-image's photo, shrunk, written over, watermarked, with holes."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..degrade import crappify
from ..provenance import of_output, record

SEED = 2

Sample: TypeAlias = list[tuple[Any, dict[str, Any], str]]


def cat_with_stock_watermark() -> Sample:
    """Return a photo of a cat under a stock agency's watermark, for the watermark dock."""
    return _cat("stock-watermark", "Cat with a stock watermark")[:1]


def crappy_cat() -> Sample:
    """Return a photo of a cat, shrunk, compressed and written over: what lesson 7 of fast.ai repairs."""
    return _cat("lesson7", "Crappy cat")[:1]


def small_cat() -> Sample:
    """Return a small photo of a cat, to upscale."""
    return _cat("bicubic-x2", "Small cat to upscale")[:1]


def holed_cat() -> Sample:
    """Return a photo of a cat with holes, and labels over the holes, for the infill dock."""
    return _cat("infill-freeform", "Cat with holes")


def _cat(preset: str, name: str) -> Sample:
    """Return the worse cat, and labels over what was written over."""
    made = crappify(_photo(), preset, seed=SEED, rgb=True)
    done = record("crappify", {"preset": preset, "rgb": True}, seed=SEED)
    image = made.image, {"name": name, "rgb": True, "metadata": {"decrappify": done}}, "image"
    about_mask = {"name": "Holes", "metadata": {"decrappify": of_output(done, "mask")}}
    return [image, (made.mask.astype("uint8"), about_mask, "labels")]


def _photo() -> Any:
    import skimage.data

    return skimage.data.chelsea()  # type: ignore[no-untyped-call]
