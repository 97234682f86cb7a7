"""Other ways to do what the models do: classical methods and other people's nets, all of them from PyPI.

They come with the extra ``peers``; one that isn't installed is left out, and the table says so.
"""

from __future__ import annotations

from ..method import Method
from . import (
    denoising,
    filling,
    prints,
    real_esrgan,
    upscaling,
)

PEERS: dict[str, tuple[Method, ...]] = {
    "upscale-x2": (upscaling.LANCZOS, real_esrgan.VIDEO),
    "upscale-x3": (upscaling.LANCZOS, real_esrgan.VIDEO),
    "upscale-x4": (upscaling.LANCZOS, real_esrgan.VIDEO, real_esrgan.PHOTO),
    "denoise": denoising.DENOISERS,
    "infill": filling.FILLERS,
    "watermark": filling.REMOVERS,
    "old-photo": prints.MENDERS,
    "faded": prints.TONERS,
    "micrographs": upscaling.DENOISED,
}
"""By the kind of suite."""


def everyone() -> dict[str, Method]:
    """Return all peers by name, bicubic among them."""
    return {peer.name: peer for peers in [(upscaling.BICUBIC,), *PEERS.values()] for peer in peers}


__all__ = ["PEERS", "everyone"]
