"""What methods are given, and what should come out: pictures made worse in a known way, one seeded draw each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..degrade import (
    CentralHole,
    Crappifier,
    FreeFormStrokes,
    Greyscale,
    crappify,
    replay_steps,
)
from ..degrade.pictures import resample
from ..demo import shrunken
from .photos import Picture

Mask: TypeAlias = npt.NDArray[np.bool_]
Make: TypeAlias = "Callable[[int, Picture], Case]"
Drill: TypeAlias = Callable[[tuple[int, int], np.random.Generator], Mask]

FIRST_SEED = 1000
BLOCK = 80
STROKES_TRIED = 12
TRIED, DRAWS_APART = 100, 10_000
HOLE_SHARE = 0.16
OFFSET, COUNTS = 200, 16
"""What a 16-bit camera counts in the dark, and how much more for each grey level of an 8-bit picture."""


@dataclass(frozen=True)
class Case:
    """A picture to repair.

    Parameters
    ----------
    given : ndarray
        (Y, X) or (Y, X, 3), or (N, Y, X, 3) pictures under one mark; uint8, or uint16 counts: all that a method sees,
        with `mask` and `sigma` where they are known.
    target : ndarray
        (scale * Y, scale * X) or (scale * Y, scale * X, 3), as `given`.
    mask : ndarray, optional
        (Y, X), bool: the hole or the damage.
    sigma : float, optional
        Standard deviation of the noise in 8-bit levels, where methods are told.
    scale : int
        How much larger than `given` the result must be.
    hints : (ndarray of uint8, ndarray of bool), optional
        (Y, X, 3) and (Y, X): colours that are told, and where.
    """

    given: npt.NDArray[Any]
    target: npt.NDArray[Any]
    mask: Mask | None = None
    sigma: float | None = None
    scale: int = 1
    hints: tuple[Picture, Mask] | None = None


def reduced(scale: int) -> Make:
    """Return the maker of cases for upscaling: Pillow's bicubic reduction."""

    def make(number: int, photo: Picture) -> Case:
        target, small, _ = shrunken(photo, scale)
        return Case(small, target, scale=scale)

    return make


def crappified(
    preset: str | Crappifier, *, sigma: float | None = None, side: int = 0, scale: int = 1, alike: bool = False
) -> Make:
    """Return the maker of cases by a crappifier.

    Parameters
    ----------
    preset : str or Crappifier
        What happens to a picture.
    sigma : float, optional
        The noise that methods are told of.
    side : int
        Pictures are resized to this short side and cut to a square first, as lesson 7's loader does; 0 leaves them.
    scale : int
        By how much the crappifier reduces; pictures are cut to a multiple of it.
    alike : bool
        Whether all pictures get the same draw: pictures of one size then have one mark at one place.
    """

    def make(number: int, photo: Picture) -> Case:
        target = central_square(photo, side) if side else cut(photo, scale)
        worse = crappify(target, preset, seed=FIRST_SEED + (0 if alike else number))
        return Case(worse.image, target, worse.mask if worse.mask.any() else None, sigma, scale)

    return make


def aged(preset: str | Crappifier, damage: Collection[str]) -> Make:
    """Return the maker of cases of old photos, whose damage is to go and whose age is to stay.

    Parameters
    ----------
    preset : str or Crappifier
        What happens to a picture.
    damage : collection of str
        Names of the operations that the target is spared.
    """

    def make(number: int, photo: Picture) -> Case:
        worse = crappify(photo, preset, seed=FIRST_SEED + number)
        spared = [step for step in worse.steps if step["operation"] not in damage]
        return Case(worse.image, replay_steps(photo, spared, rgb=True).image, worse.mask)

    return make


def marked(crappifier: Crappifier) -> Make:
    """Return the maker of cases with a mark somewhere: where a draw puts it outside of the picture, the next one."""

    def make(number: int, photo: Picture) -> Case:
        draws = (crappify(photo, crappifier, seed=FIRST_SEED + number + again * DRAWS_APART) for again in range(TRIED))
        worse = next(draw for draw in draws if draw.mask.any())
        return Case(worse.image, photo, worse.mask)

    return make


def counted(preset: str | Crappifier) -> Make:
    """Return the maker of cases in 16 bits: a grey picture as a camera counts it, made worse by a crappifier."""

    def make(number: int, photo: Picture) -> Case:
        unit = photo.astype(np.float32) / 255
        worse = crappify(unit, preset, seed=FIRST_SEED + number, rgb=False, normalize="full").image
        return Case(_as_counts(worse), _as_counts(unit))

    return make


def clean(number: int, photo: Picture) -> Case:
    """Return a case in which nothing is to be done."""
    return Case(photo, photo)


def greyed(number: int, photo: Picture) -> Case:
    """Return the case for colourisation: the photo's luma, (Y, X)."""
    return Case(grey_of(photo), photo)


def hinted(points: int, side: int) -> Make:
    """Return the maker of cases for colourisation with the colours of so many random squares of `side` pixels."""

    def make(number: int, photo: Picture) -> Case:
        rng, mask = np.random.default_rng(FIRST_SEED + number), np.zeros(photo.shape[:2], bool)
        for _ in range(points):
            top, left = (int(rng.integers(0, max(1, n - side + 1))) for n in photo.shape[:2])
            mask[top : top + side, left : left + side] = True
        return Case(grey_of(photo), photo, hints=(np.where(mask[..., None], photo, np.uint8(0)), mask))

    return make


def grey_of(photo: Picture) -> Picture:
    """Return the 8-bit luma of an RGB picture, (Y, X)."""
    grey: Picture = Greyscale.apply(photo, {})[0][..., 0]
    return grey


def holed(drill: Drill) -> Make:
    """Return the maker of cases for hole filling; what was in the hole is black."""

    def make(number: int, photo: Picture) -> Case:
        mask = drill(photo.shape[:2], np.random.default_rng(FIRST_SEED + number))
        return Case(np.where(mask[..., None], np.uint8(0), photo), photo, mask)

    return make


def centre(shape: tuple[int, int], rng: np.random.Generator) -> Mask:
    """Return a hole of half the height and width in the middle."""
    hole = CentralHole()
    return _written(hole.apply(np.zeros(shape, np.uint8), hole.draw(rng, shape))[1], shape)


def strokes_and_block(shape: tuple[int, int], rng: np.random.Generator) -> Mask:
    """Return brush strokes and a block of 80 pixels; of some draws, the one that covers most nearly 16%."""
    draws = [_strokes(shape, rng) | _block(shape, rng) for _ in range(STROKES_TRIED)]
    return min(draws, key=lambda mask: abs(float(mask.mean()) - HOLE_SHARE))


def cut(photo: Picture, multiple: int) -> Picture:
    """Cut a picture at the bottom and right to a multiple."""
    y, x = (n - n % multiple for n in photo.shape[:2])
    return photo[:y, :x]


def central_square(photo: Picture, side: int) -> Picture:
    """Resize a picture to that short side and cut out its centre."""
    short = min(photo.shape[:2])
    y, x = (round(n * side / short) for n in photo.shape[:2])
    small = resample(photo, (y, x), "bilinear")
    top, left = (y - side) // 2, (x - side) // 2
    return small[top : top + side, left : left + side]


def _as_counts(unit: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint16]:
    counts = np.clip(np.rint(OFFSET + COUNTS * 255 * unit), 0, np.iinfo(np.uint16).max)
    kept: npt.NDArray[np.uint16] = counts.astype(np.uint16)
    return kept


def _strokes(shape: tuple[int, int], rng: np.random.Generator) -> Mask:
    strokes = FreeFormStrokes()
    return _written(strokes.apply(np.zeros(shape, np.uint8), strokes.draw(rng, shape))[1], shape)


def _block(shape: tuple[int, int], rng: np.random.Generator) -> Mask:
    side = min(BLOCK, min(shape) // 3)
    top, left = (int(rng.integers(0, n - side, endpoint=True)) for n in shape)
    mask = np.zeros(shape, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def _written(mask: Mask | None, shape: tuple[int, int]) -> Mask:
    return np.zeros(shape, bool) if mask is None else mask
