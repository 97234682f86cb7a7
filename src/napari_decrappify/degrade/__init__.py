"""Degradations: images made worse on purpose, reproducibly. NumPy, Pillow and, for lazy arrays, dask."""

from __future__ import annotations

from .choices import InTurn, OneOf, Sometimes
from .composition import (
    as_record,
    from_record,
    load_crappifier,
    save_crappifier,
)
from .crappifier import Crappified, Crappifier
from .folder import FolderReport, crappify_folder
from .image import crappify, replay_steps
from .operations.film import Dust, Folds, Scratches
from .operations.holes import (
    BlindPixels,
    CentralHole,
    FreeFormStrokes,
    RandomBoxes,
)
from .operations.jpeg import Jpeg, StampedJpeg
from .operations.mark import DrawMark
from .operations.noise import (
    Blur,
    GaussianNoise,
    LocalVarianceNoise,
    PoissonNoise,
    SaltAndPepper,
)
from .operations.resolution import (
    Downscale,
    LowResolution,
    PixelBinning,
    Reduce,
    Resize,
)
from .operations.scenery import SceneLines, SceneSign
from .operations.shapes import DrawLogo
from .operations.stamp import StampPicture
from .operations.strokes.hairs import Hairs
from .operations.strokes.twigs import SceneTwigs
from .operations.text import DrawNumber, DrawStrings
from .operations.tone import Discolour, Fade, Greyscale
from .operations.watermark import TiledWatermark
from .operations.wear import Stains, TornBorder
from .presets import PRESETS

__all__ = [
    "PRESETS",
    "BlindPixels",
    "Blur",
    "CentralHole",
    "Crappified",
    "Crappifier",
    "Discolour",
    "Downscale",
    "DrawLogo",
    "DrawMark",
    "DrawNumber",
    "DrawStrings",
    "Dust",
    "Fade",
    "FolderReport",
    "Folds",
    "FreeFormStrokes",
    "GaussianNoise",
    "Greyscale",
    "Hairs",
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
    "SceneLines",
    "SceneSign",
    "SceneTwigs",
    "Scratches",
    "Sometimes",
    "Stains",
    "StampPicture",
    "StampedJpeg",
    "TiledWatermark",
    "TornBorder",
    "as_record",
    "crappify",
    "crappify_folder",
    "from_record",
    "load_crappifier",
    "replay_steps",
    "save_crappifier",
]
