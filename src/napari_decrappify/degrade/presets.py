"""Presets: crappifiers by name, most of them exactly those of a published system.

Lesson 7 is that of fast.ai's course; "GANs for Watermark Removal", "Using GANs to restore image quality" and
"Adversarial infill" are articles that follow it; PSSR is BPHO-Salk/PSSR and PSSR2 ucsdmanorlab/PSSR2.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import InvalidParameterError
from .choices import InTurn, OneOf, Sometimes
from .composition import load_crappifier
from .crappifier import Crappifier
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
from .operations.resolution import Downscale, PixelBinning, Reduce
from .operations.scenery import SceneLines, SceneSign
from .operations.shapes import DrawLogo
from .operations.strokes.hairs import Hairs
from .operations.strokes.twigs import SceneTwigs
from .operations.text import DrawNumber, DrawStrings
from .operations.tone import Discolour, Fade, Greyscale
from .operations.watermark import TiledWatermark
from .operations.wear import Stains, TornBorder

STRINGS_PER_MEGAPIXEL = (20, 200)
"""The 5 to 50 strings of "GANs for Watermark Removal", on a photo of about 530 x 400 pixels: as a density, less what
the right border cuts."""

STOCK = InTurn((TiledWatermark(), Sometimes(DrawLogo(), 0.25)))

ANY_TEXT = DrawStrings(
    per_megapixel=(10, 120),
    length=(1, 24),
    size=(10, 72),
    opacity=(0.2, 1.0),
    angle=(-45, 45),
    outlined=0.3,
    hollow=0.3,
    boxed=0.25,
)

LESSON7 = Crappifier((Downscale(96), StampedJpeg((10, 70))), back="bilinear")
"""Published order: short side 96, number, JPEG at that quality. The published loader resized the small file to the
size of training, and the net is same-size: here that is the last step, after the JPEG."""

STRINGS = Crappifier((DrawStrings(), Jpeg((75, 75))))
"""Of "GANs for Watermark Removal": the strings are drawn at full resolution, and the picture is saved with Pillow's
default JPEG quality."""

PETS_NUMBERS = Crappifier((Downscale(96), DrawNumber(number=(0, 99), count=(1, 3), area=1)), back="bilinear")
"""Of "Using GANs to restore image quality": "resize small, then back to original" and "random text/numbers"; how many
and which isn't published."""

MARK = DrawMark()
FAINT_LINE = DrawMark(size=(12, 40), opacity=(0.15, 0.5), angle=(-8.0, 8.0), symbol=0.0, both=0.1, tiled=0.1)
LARGE_WORD = DrawMark(size=(60, 300), opacity=(0.15, 0.7), symbol=0.0, both=0.1, tiled=0.0)

WATERMARK_TRAINING = Crappifier(
    (
        OneOf(
            (
                DrawStrings(per_megapixel=STRINGS_PER_MEGAPIXEL),
                InTurn((TiledWatermark(size=(10, 80), opacity=(0.15, 0.85)), Sometimes(DrawLogo(), 0.25))),
                ANY_TEXT,
                DrawNumber(number=(0, 9999), count=(1, 4), size=(10, 64), area=1),
                DrawLogo(count=(1, 3), opacity=(0.2, 1.0), plain=0.5),
                InTurn((MARK, Sometimes(MARK, 0.3))),
                FAINT_LINE,
                LARGE_WORD,
                None,
            ),
            weights=(0.18, 0.2, 0.08, 0.02, 0.03, 0.2, 0.08, 0.06, 0.15),
        ),
        OneOf((Jpeg((70, 95)), Jpeg((30, 70))), weights=(0.8, 0.2)),
    ),
    probabilities=(1.0, 0.5),
)
"""What the blind watermark remover learns from: opaque strings, tiled brands, single words and symbols, faint and
large ones, and 15% nothing at all; half of it saved as JPEG afterwards, most often as cameras and sites do."""

SCENERY = Crappifier(
    (
        Sometimes(
            OneOf((SceneSign(), SceneLines(), InTurn((SceneLines(), SceneSign()))), weights=(0.35, 0.55, 0.1)), 0.35
        ),
    )
)
"""What a finder of marks must leave alone: in a third a sign, a net, bars, cables or windows of the scene."""

RESTORE_TRAINING = Crappifier(
    (OneOf(tuple(Downscale(side) for side in (44, 48, 56, 64, 80, 96, 112))), StampedJpeg((10, 70))), back="bilinear"
)
"""What the restorer learns from: lesson 7 in patches of 128 pixels, from nearly their size down to a third, so that it
knows the lesson's pictures at 128 pixels (a quarter lost along each side) and at 256 (five eighths)."""

NOISY = Crappifier(
    (
        OneOf(
            (
                GaussianNoise((5, 50), grey=0.3),
                PoissonNoise((15, 500)),
                InTurn((PoissonNoise((50, 1000)), GaussianNoise((2, 15), grey=0.3))),
                None,
            ),
            weights=(0.6, 0.15, 0.15, 0.1),
        ),
        Jpeg((20, 95)),
    ),
    probabilities=(1.0, 0.25),
)
"""What sensors add to photos, from little to much, a quarter of it saved as JPEG. A third of the normal noise has no
colour, as grey images have none."""

FEW_PHOTONS = Crappifier((PoissonNoise((25, 25)), GaussianNoise((4, 4), grey=1.0)))
"""A fluorescence image of a short exposure: white is 25 photons, and reading the detector adds a little."""

DENOISE_TRAINING = Crappifier(
    (
        OneOf(
            (
                GaussianNoise((5, 50), grey=0.3),
                PoissonNoise((15, 500)),
                InTurn((PoissonNoise((50, 1000)), GaussianNoise((2, 15), grey=0.3))),
                InTurn((PoissonNoise((10, 100)), GaussianNoise((0, 10), grey=1.0))),
                None,
            ),
            weights=(0.48, 0.12, 0.12, 0.19, 0.09),
        ),
        Jpeg((20, 95)),
    ),
    probabilities=(1.0, 0.25),
)
"""What the blind denoiser learns from: the noise of photos, and the few photons of microscopes, which `PoissonNoise` of
a wide range seldom draws."""

INFILL_TRAINING = Crappifier(
    (
        OneOf(
            (
                FreeFormStrokes(),
                RandomBoxes((1, 3), (0.1, 0.4)),
                InTurn((FreeFormStrokes(), RandomBoxes((1, 1), (0.25, 0.45)))),
                CentralHole(),
            ),
            weights=(0.35, 0.2, 0.35, 0.1),
        ),
    )
)
"""What the infiller learns from: brush strokes, boxes, both, and large central holes."""

OLD_PHOTO = Crappifier(
    (
        Sometimes(Greyscale(), 0.5),
        Sometimes(Blur((0.4, 1.2)), 0.5),
        Discolour(),
        Fade(),
        GaussianNoise((2, 10), grey=1.0),
        Sometimes(Folds(), 0.6),
        Scratches(),
        Dust(),
    )
)

AGED_SCENE = Crappifier(
    (
        OneOf((SceneTwigs(), SceneLines(), SceneSign(), None), weights=(0.18, 0.17, 0.1, 0.55)),
        Sometimes(
            InTurn(
                (
                    Sometimes(Greyscale(), 0.45),
                    Sometimes(Blur((0.4, 1.4)), 0.5),
                    Sometimes(Discolour(), 0.6),
                    Sometimes(Fade(), 0.7),
                    Sometimes(GaussianNoise((2, 12), grey=0.8), 0.8),
                )
            ),
            0.7,
        ),
    )
)
"""What a finder of film damage must leave alone: wires, twigs, whiskers, bars and writing, the ageing of all of a
print, and the crisp texture of photos that haven't aged."""

PRINT_DAMAGE = InTurn(
    (
        Sometimes(Stains(size=(0.05, 0.6)), 0.15),
        Sometimes(Folds(count=(1, 2), width=(0.015, 0.12), crack=(0.002, 0.03), depth=(0.06, 0.3)), 0.4),
        Sometimes(
            OneOf((Scratches((1, 8)), Scratches((1, 4), (0.3, 1.0), (1.0, 5.0)), Scratches((8, 30), (0.05, 0.4)))), 0.7
        ),
        Sometimes(OneOf((Dust(), Dust((100, 2500)), Dust((40, 400), (1.0, 7.0), 0.3))), 0.75),
        Sometimes(Hairs((1, 2), (0.2, 1.5)), 0.15),
        Sometimes(TornBorder(), 0.12),
    )
)
"""Damage of prints and film as patches of some 150 pixels show it, scanned coarsely to finely."""

PHOTO_DAMAGE_TRAINING = Crappifier(
    (
        Sometimes(PRINT_DAMAGE, 0.75),
        Sometimes(Blur((0.3, 0.8)), 0.3),
        Sometimes(GaussianNoise((1, 3), grey=0.5), 0.3),
        Sometimes(Jpeg((60, 95)), 0.35),
    )
)
"""What the finder of film damage learns from: damage or none on an aged scene, and a scanner."""

EM_X4 = Crappifier((PixelBinning(4), LocalVarianceNoise((0.022, 0.022), (0.75, 0.75))))
"""Electron microscopy. PSSR adds noise of variance .05 x the image blurred by 3 pixels and then takes every fourth
pixel, linearly; PSSR2 downscales first. This is PSSR2's order, as in a microscope: a detector that is read out 4 times
coarser adds its noise to the coarse pixels. Its strength is what PSSR's order leaves: linear interpolation keeps 4/9 of
the variance on average, and 3 pixels become 3/4.

The mean of many draws is the binned picture, here and in FLUORESCENCE_X4: what learns to undo them keeps levels."""

FAILED_PIXELS = SaltAndPepper((0.005, 0.005), (0.005, 0.005), balanced=True)

FLUORESCENCE_X4 = Crappifier((PixelBinning(4), FAILED_PIXELS, LocalVarianceNoise((0.22, 0.22), (1.25, 1.25))))
"""Fluorescence: PSSR's salt and pepper of .005 and its .5 x the image blurred by 5 pixels, converted in this way. Salt
and pepper are balanced: PSSR's half a percent of white pixels adds more than all of the light of a dark background."""

FLUORESCENCE_TRAINING = Crappifier(
    (
        PixelBinning(4),
        Sometimes(FAILED_PIXELS, 0.7),
        OneOf(
            (LocalVarianceNoise((0.22, 0.22), (1.25, 1.25)), LocalVarianceNoise((0.0, 0.3), (1.25, 1.25))),
            weights=(0.6, 0.4),
        ),
        Sometimes(GaussianNoise((0, 6)), 0.4),
    )
)
"""What the fluorescence upscaler learns from: PSSR's noise, weaker noise, and what reading a detector adds to black."""

PRESETS: dict[str, Crappifier] = {
    "lesson7": LESSON7,
    "lesson7-small": Crappifier((Downscale(96), Jpeg((60, 60))), back="bilinear"),
    "watermark-strings": STRINGS,
    "pets-numbers": PETS_NUMBERS,
    "restore-training": RESTORE_TRAINING,
    "noisy": NOISY,
    "few-photons": FEW_PHOTONS,
    "denoise-training": DENOISE_TRAINING,
    "stock-watermark": Crappifier((STOCK,)),
    "watermark-training": WATERMARK_TRAINING,
    "scenery": SCENERY,
    "infill-centre": Crappifier((CentralHole(),)),
    "infill-freeform": Crappifier((FreeFormStrokes(), Sometimes(RandomBoxes((1, 2)), 0.3))),
    "infill-training": INFILL_TRAINING,
    "old-photo": OLD_PHOTO,
    "aged-scene": AGED_SCENE,
    "photo-damage-training": PHOTO_DAMAGE_TRAINING,
    "grey": Crappifier((Greyscale(),)),
    "blind-pixels": Crappifier((BlindPixels(),)),
    "blind-rows": Crappifier((BlindPixels(8, "rows"),)),
    "blind-columns": Crappifier((BlindPixels(8, "columns"),)),
    "em-x4": EM_X4,
    "fluorescence-x4": FLUORESCENCE_X4,
    "fluorescence-training": FLUORESCENCE_TRAINING,
    "bicubic-x2": Crappifier((Reduce(2),)),
    "bicubic-x3": Crappifier((Reduce(3),)),
    "bicubic-x4": Crappifier((Reduce(4),)),
    "clean": Crappifier(),
}

PROBLEMS: dict[str, str] = {
    **dict.fromkeys(("lesson7", "lesson7-small", "restore-training"), "low resolution, JPEG, numbers"),
    **dict.fromkeys(("noisy", "denoise-training"), "camera and photon noise"),
    "few-photons": "photon noise",
}
"""What a user sees in images to which such a preset was done, for models to be chosen by that."""


def preset_named(preset: str | Path | Crappifier) -> Crappifier:
    """Return the preset of a name, or the crappifier of a file (.json); a crappifier is returned as it is.

    Raises
    ------
    InvalidParameterError
        For a name that isn't known, with those that are, and for a file that holds something else.
    FileReadError
        For a file that can't be read.
    """
    if isinstance(preset, Crappifier):
        return preset
    if isinstance(preset, Path) or (isinstance(preset, str) and preset.endswith(".json")):
        return load_crappifier(preset)
    if not isinstance(preset, str) or preset not in PRESETS:
        raise InvalidParameterError(
            f"preset to be a Crappifier, its file (.json) or one of {', '.join(PRESETS)}", repr(preset)
        )
    return PRESETS[preset]
