"""Sample data for File > Open Sample: scikit-image's cat, made worse when it is opened."""

from __future__ import annotations

from typing import Any

from .degrade import crappify
from .provenance import record

SEED = 2


def cat_with_stock_watermark() -> list[tuple[Any, dict[str, Any], str]]:
    """Return a photo of a cat under a stock agency's watermark, for the watermark dock."""
    return [_cat("stock-watermark", "Cat with a stock watermark")]


def crappy_cat() -> list[tuple[Any, dict[str, Any], str]]:
    """Return a photo of a cat, shrunk, compressed and written over: what lesson 7 of fast.ai repairs."""
    return [_cat("lesson7", "Crappy cat")]


def small_cat() -> list[tuple[Any, dict[str, Any], str]]:
    """Return a small photo of a cat, to upscale."""
    return [_cat("bicubic-x2", "Small cat to upscale")]


def _cat(preset: str, name: str) -> tuple[Any, dict[str, Any], str]:
    made = record("crappify", {"preset": preset, "rgb": True}, seed=SEED)
    image = crappify(_photo(), preset, seed=SEED, rgb=True).image
    return image, {"name": name, "rgb": True, "metadata": {"decrappify": made}}, "image"


def _photo() -> Any:
    import skimage.data

    return skimage.data.chelsea()  # type: ignore[no-untyped-call]
