"""Take marks off sample pictures, for docs/watermarks.md, by real runs: ``scripts/watermark_sheets.py [FOLDER]``.

A sheet of twelve marks, each before and after, and a time-lapse of drawn cells with dust, a hair, a label and a scale
bar. The pictures are scikit-image's, and drawn ones; prints what was measured.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.color import rgb2gray

from napari_decrappify import crappify, remove_watermark, save_mark, solve_mark
from napari_decrappify.degrade import Crappifier, DrawMark, DrawStrings, Jpeg, TiledWatermark
from napari_decrappify.files import write_image
from napari_decrappify.panels import enlarge, side_by_side
from napari_decrappify.quality import psnr
from napari_decrappify.samples.cells import cells

Array = npt.NDArray[Any]

VIEW = 160, 280  # of what is shown, pixel for pixel: the part with most of the mark
LOOSE = 10  # pixels by which a mask is painted too wide
SIDE, FRAMES, SHOWN = 192, 24, (4, 19)  # of the time-lapse
COURSES = ((0, 0, 2.0, 2.6), (60, 4, -2.5, 1.5))  # of two fields of cells: where they start, and pixels a frame
GLOW, PHOTONS = 1500, 0.02  # light around the cells, and photons for each grey level
WHITE = 14_000  # as the time-lapse is shown, and measured

word = functools.partial(
    DrawMark, symbol=0.0, both=0.0, tiled=0.0, hollow=0.0, outlined=0.0, gradient=0.0, shadow=0.0, plain=1.0
)
emblem = functools.partial(word, symbol=1.0)


@dataclass(frozen=True)
class Case:
    """Pictures with a mark and without it again.

    Parameters
    ----------
    title : str
        What the mark was, or what the call was told.
    clean, given, result : ndarray
        Of one shape and dtype: (Y, X) or (Y, X, 3), or a stack of those.
    mask : ndarray of bool
        (..., Y, X): where the mark is.
    white : int
        The value that is shown, and counts, as 255; 0 is 0.
    """

    title: str
    clean: Array
    given: Array
    result: Array
    mask: Array
    white: int = 255

    def in_bytes(self, picture: Array) -> Array:
        """Return a picture in 8 bits."""
        return np.rint(np.clip(picture / self.white, 0, 1) * 255).astype(np.uint8)

    @property
    def figures(self) -> str:
        """The PSNR in 8 bits before and after, of all pixels, and of the marked ones alone."""
        given, result, clean = (self.in_bytes(picture) for picture in (self.given, self.result, self.clean))
        whole = [psnr(one, clean) for one in (given, result)]
        marked = [psnr(one[self.mask][None], clean[self.mask][None]) for one in (given, result)]
        return f"{whole[0]:.1f} to {whole[1]:.1f} dB; {marked[0]:.1f} to {marked[1]:.1f}"

    def row(self, number: int) -> list[tuple[str, Array]]:
        """Return the part that is shown, before and after; of a stack, that of the first picture."""
        first = (0,) * (self.mask.ndim - 2)
        share = ndimage.uniform_filter(self.mask[first].astype(float), VIEW, mode="constant")
        y, x = (int(i) for i in np.unravel_index(np.argmax(share), share.shape))
        at = tuple(
            slice(start := min(max(middle - side // 2, 0), whole - side), start + side)
            for middle, side, whole in zip((y, x), VIEW, share.shape, strict=True)
        )
        before, after = (in_color(self.in_bytes(one[first]))[at] for one in (self.given, self.result))
        return [(f"{number} {self.title}", before), (self.figures, after)]


def case(title: str, clean: Array, crappifier: Crappifier | str, seed: int, *, told: bool = False) -> Case:
    """Lay a mark over a picture and take it off, blindly, or told where by a mask that is painted too wide."""
    made = crappify(clean, crappifier, seed=seed)
    loose = ndimage.binary_dilation(made.mask, iterations=LOOSE) if told else None
    white = int(np.iinfo(clean.dtype).max)
    return Case(title, clean, made.image, remove_watermark(made.image, loose), made.mask, white)


def twelve() -> list[Case]:
    """Take twelve marks off."""
    cat, cup, pilot, rocket = (getattr(skimage.data, name)() for name in ("chelsea", "coffee", "astronaut", "rocket"))
    cup, pilot, rocket = cup[:, :500], pilot[:400], rocket[:, 100:600]
    text = functools.partial(TiledWatermark, size=(30, 30), opacity=(0.5, 0.5), hollow=0.0, logo=0.0)
    tiled, outlined = text(outlined=0.0), text(outlined=1.0)
    string = DrawStrings(count=(1, 1), length=(12, 12), size=(40, 40))
    line = word(size=(24, 24), opacity=(0.2, 0.2), angle=(0.0, 0.0))
    shaded = word(size=(48, 48), opacity=(0.6, 0.6), shadow=1.0)
    colored = emblem(size=(130, 130), opacity=(0.5, 0.5), plain=0.0, gradient=1.0)
    return [
        case("outlined tiled text", cat, Crappifier((outlined,)), 1),
        case("logo", cup, Crappifier((emblem(size=(120, 120), opacity=(0.5, 0.5)),)), 18),
        case("stock-watermark", pilot, "stock-watermark", 7),
        case("tiled text, JPEG 85", cat, Crappifier((tiled, Jpeg((85, 85)))), 4),
        case("opaque string", cup, Crappifier((string,)), 1),
        case("faint line", cat, Crappifier((line,)), 5),
        case("drop shadow", rocket, Crappifier((shaded,)), 10),
        case("16 bits, grey", np.rint(65535 * rgb2gray(pilot)).astype(np.uint16), Crappifier((tiled,)), 8),
        case("told where, loosely", cup, Crappifier((shaded,)), 6, told=True),
        *shared([cup, pilot, rocket], cat, Crappifier((outlined,)), 10),
        case("coloured gradient", pilot, Crappifier((colored,)), 11),
    ]


def shared(photos: Sequence[Array], another: Array, crappifier: Crappifier, seed: int) -> tuple[Case, Case]:
    """Take a mark off many pictures that share it, and then, solved, off another picture at another place."""
    pieces = [
        photo[y : y + 200, x : x + 300]
        for photo in photos
        for y in range(0, photo.shape[0] - 199, 100)
        for x in range(0, photo.shape[1] - 299, 100)
    ]
    stack = np.stack(pieces)
    made = crappify(stack, crappifier, seed=seed, per_plane=False)
    mark = solve_mark(made.image)
    together = Case(f"shared by {len(stack)}", stack, made.image, remove_watermark(made.image, mark=mark), made.mask)
    at = np.s_[60:260, 90:390]
    given, mask = another.copy(), np.zeros(another.shape[:2], bool)
    given[at] = crappify(another[at], crappifier, seed=seed).image
    mask[at] = made.mask[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mark.png"
        save_mark(file, mark)
        result = remove_watermark(given, mark=file)
    return together, Case("that mark again", another, given, result, mask)


def time_lapse() -> tuple[Case, Array]:
    """Take dust, a hair, a label and a scale bar off a time-lapse; return it, and the strength of what was solved."""
    frames, dim, written = moving_cells(), dirt(), label()
    marked = frames * (1 - dim)
    marked = np.rint(marked + written * (WHITE - marked)).astype(np.uint16)
    clean = np.rint(frames).astype(np.uint16)
    mark = solve_mark(marked)
    mask = np.broadcast_to((dim > 0.01) | (written > 0), clean.shape)
    return Case("time-lapse", clean, marked, remove_watermark(marked, mark=mark), mask, WHITE), mark.strength


def moving_cells() -> Array:
    """Return frames of two layers of drawn nuclei that move against each other, in counted photons."""
    fields = [cells(seed).max(axis=0) for seed in range(len(COURSES))]
    seen = [np.max([part(*one, t) for one in zip(fields, COURSES, strict=True)], axis=0) for t in range(FRAMES)]
    photons: Array = np.random.default_rng(0).poisson((np.stack(seen) + GLOW) * PHOTONS) / PHOTONS
    return photons


def part(field: Array, course: tuple[int, int, float, float], frame: int) -> Array:
    """Return what is seen of a field of cells in a frame."""
    y, x = (round(start + frame * step) for start, step in zip(course[:2], course[2:], strict=True))
    return field[y : y + SIDE, x : x + SIDE]


def dirt() -> Array:
    """Return by how much dust and a hair on the sensor dim what is under them, (Y, X)."""
    y, x = np.mgrid[:SIDE, :SIDE]
    dim = np.zeros((SIDE, SIDE))
    for row, column, radius, depth in ((48, 150, 8, 0.45), (120, 40, 12, 0.3), (150, 130, 5, 0.6), (75, 85, 4, 0.5)):
        dim = np.maximum(dim, depth * np.clip(radius - np.hypot(y - row, x - column), 0, 3) / 3)
    along = np.linspace(0, 1, 60)
    path = np.stack([95 + 80 * along, 45 + 60 * along + 14 * np.sin(5 * along)], axis=-1)
    hair = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(hair).line([(float(a), float(b)) for a, b in path], fill=255, width=3, joint="curve")
    hairy: Array = np.maximum(dim, 0.55 * ndimage.gaussian_filter(np.asarray(hair) / 255, 0.7))
    return hairy


def label() -> Array:
    """Return how much of each pixel a burnt-in label and a scale bar hide, (Y, X)."""
    writing = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(writing)
    pen.text((6, 4), "H2B-GFP", fill=255, font=ImageFont.load_default(16))
    pen.rectangle((136, 178, 185, 181), fill=255)
    return np.asarray(writing) / 255


def in_color(picture: Array) -> Array:
    """Return an 8-bit picture in three channels."""
    return picture if picture.ndim == 3 else picture[..., None].repeat(3, axis=-1)


def lapse_rows(case: Case, strength: Array) -> list[list[tuple[str, Array]]]:
    """Return two frames of the time-lapse before, after and without anything, and the mark."""
    rows = []
    for frame in SHOWN:
        pictures = {f"frame {frame + 1}": case.given, "the mark removed": case.result, "as drawn": case.clean}
        rows.append([(title, enlarge(in_color(case.in_bytes(stack[frame])), 2)) for title, stack in pictures.items()])
    shown = np.rint(255 * (1 - strength)).astype(np.uint8)
    rows[0].append(("mark, as solved", enlarge(in_color(shown), 2)))
    return rows


def main(folder: Path) -> None:
    """Make both pictures."""
    cases = twelve()
    rows = [case.row(number) for number, case in enumerate(cases, 1)]
    pairs = [[*left, *right] for left, right in zip(rows[::2], rows[1::2], strict=True)]
    write_image(folder / "watermark-sheet.jpg", side_by_side(pairs))
    lapse, strength = time_lapse()
    write_image(folder / "watermark-time-lapse.png", side_by_side(lapse_rows(lapse, strength)))
    for one in (*cases, lapse):
        print(f"{one.title}: {one.figures}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
