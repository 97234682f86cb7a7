"""Degradations: images made worse on purpose, reproducibly. NumPy, Pillow and, for lazy arrays, dask."""

from __future__ import annotations

from .choices import InTurn, OneOf, Sometimes
from .composition import as_record, from_record, load_crappifier, save_crappifier
from .crappifier import Crappified, Crappifier
from .film import Dust, Folds, Scratches
from .holes import CentralHole, FreeFormStrokes, RandomBoxes
from .jpeg import Jpeg, StampedJpeg
from .many import FolderReport, crappify_folder
from .noise import Blur, GaussianNoise, LocalVarianceNoise, PoissonNoise, SaltAndPepper
from .one import crappify, replay_steps
from .presets import PRESETS
from .resolution import Downscale, LowResolution, PixelBinning, Reduce, Resize
from .shapes import DrawLogo
from .stamp import StampPicture
from .text import DrawNumber, DrawStrings
from .tone import Discolour, Fade, Greyscale
from .watermark import TiledWatermark

__all__ = [
    "PRESETS",
    "Blur",
    "CentralHole",
    "Crappified",
    "Crappifier",
    "Discolour",
    "Downscale",
    "DrawLogo",
    "DrawNumber",
    "DrawStrings",
    "Dust",
    "Fade",
    "FolderReport",
    "Folds",
    "FreeFormStrokes",
    "GaussianNoise",
    "Greyscale",
    "InTurn",
    "Jpeg",
    "LocalVarianceNoise",
    "LowResolution",
    "OneOf",
    "PixelBinning",
    "PoissonNoise",
    "RandomBoxes",
    "Reduce",
    "Resize",
    "SaltAndPepper",
    "Scratches",
    "Sometimes",
    "StampPicture",
    "StampedJpeg",
    "TiledWatermark",
    "as_record",
    "crappify",
    "crappify_folder",
    "from_record",
    "load_crappifier",
    "replay_steps",
    "save_crappifier",
]
