"""Training pairs: each a pure function of (seed, step, index), so that resume and workers need no shared state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ...degrade import PRESETS, Crappifier
from ...degrade.operation import Coverage
from ...degrade.pictures import as_unit
from ...errors import RecipeError
from ...intensity import PERCENTILES, Intensity
from ..recipes.data import DataConfig
from ..recipes.stages import Timed
from .augment import (
    Change,
    decoloured,
    draw_change,
    fitted_centre,
    lit,
    moved,
)
from .paired_pictures import PairedPictures
from .patches import (
    Place,
    cut,
    draw_place,
    draw_way,
    turned,
)
from .picture_source import Pictures, Plane
from .resized_pictures import resized

DIFFERENT = 16 / 255
"""A given pair of one size differs on purpose where a channel differs by more than this share of the range."""
CENTRE_MULTIPLE = 16
UNIT_RANGE = {"uint8": Intensity(0.0, 255.0, np.dtype(np.uint8)), "float32": Intensity(0.0, 1.0, np.dtype(np.float32))}
"""What counts as black and white in `Pictures`."""
MEASURED, SHORTEST = 0.5, 0.05
DARKER, BRIGHTER = (0.0, 0.2), (1.0, 3.0)
Masks: TypeAlias = npt.NDArray[np.bool_]


class Pair(NamedTuple):
    """A crappy and a clean side, the damage mask, and how much of each pixel is covered, 0 to 255."""

    inputs: Plane
    target: Plane
    mask: Masks
    coverage: Coverage


class Batch(NamedTuple):
    """Pairs: inputs (N, y, x, 3), targets (N, Y, X, 3), masks and coverages (N, y, x); what isn't learned from."""

    inputs: Plane
    targets: Plane
    masks: Masks
    coverages: Coverage
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairs:
    """Crappy and clean patches: made on the fly, or cut from given pairs.

    A patch is placed, flipped and augmented by one draw. A made pair is crappified after that, so that both sides
    share it; a given pair's two sides take the same draw, each at its own scale.

    Parameters
    ----------
    pictures : Pictures
        Clean pictures, or `PairedPictures`.
    crappifier : Crappifier
        Makes the inputs; given pairs don't need it.
    config : DataConfig
        Patch, batch and augmentation.
    seed : int
        Draws everything, together with the step and the index.
    scenery : Crappifier, optional
        Done to the clean side before: what becomes part of the scene.
    """

    pictures: Pictures
    crappifier: Crappifier
    config: DataConfig
    seed: int
    scenery: Crappifier | None = None

    def of_stage(self, stage: Timed) -> Pairs:
        """Return the pairs of a stage: the recipe's, with the size and number that the stage wants."""
        config = stage.data_of(self.config)
        return replace(self, config=config, pictures=resized(self.pictures, config.resize))

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return the batch of a step, or the part of it that is for process `rank` of `world`.

        Raises
        ------
        RecipeError
            If the batch can't be shared equally among the processes.
        """
        pairs = [self.pair(step, index) for index in share_of(self.config.batch, rank, world)]
        inputs, targets, masks, coverages = zip(*pairs, strict=True)
        left_out = tuple(self.pictures.left_out)
        return Batch(_stacked(inputs), _stacked(targets), np.stack(masks), np.stack(coverages), left_out)

    def pair(self, step: int, index: int) -> Pair:
        """Return one pair: the same for the same (seed, step, index), on any machine and in any order."""
        rng = np.random.default_rng((self.seed, step, index))
        scale = _scale(self.pictures)
        if self.config.patch % scale:
            raise RecipeError(f"data.patch to be a multiple of {scale}, the pairs' scale", str(self.config.patch))
        context = 0 if isinstance(self.pictures, PairedPictures) else self.config.context
        place = draw_place(self.pictures, self.config.patch + 2 * context, rng, self.config.detail, scale)
        way = draw_way(self.config.flips, rng)
        change = draw_change(self.config.augment, rng)
        clean, *crappy = [turned(patch, way) for patch in _patches(self.pictures, place, change)]
        if crappy:
            return given_pair(lit(crappy[0], change), lit(clean, change), difference_mask(crappy[0], clean))
        clean = self._staged(lit(clean, change), rng)
        if self.config.floating and rng.random() < self.config.floating:
            return _floating_pair(as_unit(clean), self.crappifier, rng, context)
        return degraded_pair(clean, self.crappifier, rng, context)

    def _staged(self, clean: Plane, rng: np.random.Generator) -> Plane:
        """Put what the recipe wants into the scene, and take its colours; what is turned off draws no number."""
        if self.scenery is not None:
            clean = self.scenery.apply(clean, rng, intensity=UNIT_RANGE[clean.dtype.name]).image
        grey = self.config.augment.grey
        return decoloured(clean) if grey and rng.random() < grey else clean


def share_of(batch: int, rank: int, world: int) -> range:
    """Return which patches of a batch are for process `rank` of `world`.

    Raises
    ------
    RecipeError
        If the batch can't be shared equally.
    """
    share, rest = divmod(batch, world)
    if rest:
        raise RecipeError(f"data.batch to be a multiple of {world}, the number of processes", f"{batch}")
    return range(rank * share, (rank + 1) * share)


def degraded_pair(patch: Plane, crappifier: Crappifier, rng: np.random.Generator, context: int = 0) -> Pair:
    """Crappify a clean patch and cut `context` clean pixels from each edge of both sides.

    A patch without colour is crappified as the grey image that it is: noise is the same in its three channels, as it
    will be when the model is given a grey image.
    """
    seen = patch if _has_colour(patch) else np.ascontiguousarray(patch[..., 0])
    crappy = crappifier.apply(seen, rng, intensity=UNIT_RANGE[patch.dtype.name])
    image = crappy.image if crappy.image.ndim == 3 else np.repeat(crappy.image[..., None], patch.shape[-1], -1)
    shrink = patch.shape[0] // image.shape[0]
    if context % shrink:
        raise RecipeError(f"data.context to be a multiple of {shrink}, the preset's reduction", str(context))
    return Pair(
        _without(image, context // shrink),
        _without(patch, context),
        _without(crappy.mask, context // shrink),
        _without(crappy.coverage, context // shrink),
    )


def centre_pair(
    pictures: Pictures,
    index: int,
    size: int,
    crappifier: Crappifier,
    rng: np.random.Generator,
    floating: bool = False,
) -> Pair:
    """Return the pair of a picture's centre, for evaluation: at most `size` pixels a side and a multiple of 16."""
    scale = _scale(pictures)
    multiple = math.lcm(CENTRE_MULTIPLE, scale)
    shape = pictures.shape(index)
    height, width = (max(min(n, size) // multiple * multiple, min(n, multiple)) for n in shape)
    y, x = ((n - side) // (2 * scale) * scale for n, side in zip(shape, (height, width), strict=True))
    clean = pictures.crop(index, y, x, height, width)
    if isinstance(pictures, PairedPictures):
        crappy = pictures.crappy.crop(index, y // scale, x // scale, height // scale, width // scale)
        return given_pair(crappy, clean, difference_mask(crappy, clean))
    return degraded_pair(as_unit(clean) if floating else clean, crappifier, rng)


def given_pair(crappy: Plane, clean: Plane, mask: Masks) -> Pair:
    """Return a given pair, whose pixels are damaged wholly or not at all."""
    return Pair(crappy, clean, mask, mask * np.uint8(255))


def difference_mask(crappy: Plane, clean: Plane) -> Masks:
    """Return the damage mask of a given pair: where a channel differs by more than 16/255 of the range.

    That is above what JPEG and noise do in most places, and below text and scratches. It is empty where the sides
    differ in size.
    """
    if crappy.shape != clean.shape:
        return np.zeros(crappy.shape[:2], bool)
    differs: Masks = (np.abs(as_unit(crappy) - as_unit(clean)) > DIFFERENT).any(-1)
    return differs


def find_crappifier(preset: str, fonts: Sequence[str] = ()) -> Crappifier:
    """Return a preset by name, drawing with the given font files."""
    if preset not in PRESETS:
        raise RecipeError(f"a preset among {', '.join(PRESETS)}", repr(preset))
    return PRESETS[preset].with_fonts(fonts) if fonts else PRESETS[preset]


def _floating_pair(patch: Plane, crappifier: Crappifier, rng: np.random.Generator, context: int) -> Pair:
    """Crappify in floating point; half of the pairs come in a range as it is measured on images that are noisy.

    That is the crappy patch's own, with room for darker and brighter parts elsewhere in the image.
    """
    crappy, clean, mask, coverage = degraded_pair(patch, crappifier, rng, context)
    if rng.random() < MEASURED:
        low, high = np.percentile(crappy, PERCENTILES)
        length = max(float(high - low), SHORTEST)
        low, length = low - length * rng.uniform(*DARKER), length * rng.uniform(*BRIGHTER)
        crappy, clean = (((side - low) / length).astype(np.float32) for side in (crappy, clean))
    return Pair(crappy, clean, mask, coverage)


def _has_colour(patch: Plane) -> bool:
    return bool((patch != patch[..., :1]).any())


def _scale(pictures: Pictures) -> int:
    return pictures.scale if isinstance(pictures, PairedPictures) else 1


def _patches(pictures: Pictures, place: Place, change: Change) -> list[Plane]:
    """Return the clean patch and, of a given pair, the crappy one."""
    sides = [(pictures, 1)]
    if isinstance(pictures, PairedPictures):
        sides.append((pictures.crappy, pictures.scale))
    if change.matrix is None:
        return [cut(side, place.shrunk(scale)) for side, scale in sides]
    y, x = fitted_centre(change.matrix, place, pictures.shape(place.picture))
    return [
        moved(change.matrix, side, place.picture, (y / scale, x / scale), place.side // scale) for side, scale in sides
    ]


def _stacked(planes: Sequence[Plane]) -> Plane:
    """Stack planes, in the unit range where 8-bit and float ones meet."""
    kinds = {plane.dtype for plane in planes}
    return np.stack(planes if len(kinds) == 1 else [as_unit(plane) for plane in planes])


def _without(array: npt.NDArray[Any], border: int) -> npt.NDArray[Any]:
    return array[border : array.shape[0] - border, border : array.shape[1] - border]
