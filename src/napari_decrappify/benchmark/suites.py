"""What is measured of each kind of model: on which cases, by which figures, beside whom."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

from ..degrade import (
    Crappifier,
    Discolour,
    DrawLogo,
    DrawStrings,
    Fade,
    GaussianNoise,
    Jpeg,
    OneOf,
    TiledWatermark,
)
from . import cases
from .cases import Case, Make
from .measure import metrics as judging
from .method import Method
from .peers import PEERS
from .peers.upscaling import BICUBIC, DENOISED_BICUBIC, DESPECKLED_BICUBIC
from .photos import Picture
from .suite import Suite

SIGMAS = (15, 25, 50)
SEEDED = f"one draw each (seeds from {cases.FIRST_SEED})"
PARTS = "Dark, middle, bright: by how much such parts have more light than in the clean picture."
TOGETHER = 16
POINTS, SQUARE = 10, 7  # what a user dabs: places, and pixels a side
NO_FSRCNN = "OpenCV's FSRCNN is no peer here: we found no package on PyPI with its weights."
NO_PEER = "No peer: none on PyPI does this without a download of its own."


def as_given(case: Case) -> Picture:
    """Return what was given."""
    return case.given


def grey(case: Case) -> Picture:
    """Return what was given, grey, in three channels."""
    return case.given[..., None].repeat(3, axis=-1)


def hints_alone(case: Case) -> Picture:
    """Return the hints spread on what was given, without a model's say."""
    from ..apply.tasks import colorize

    result: Picture = colorize(case.given, case.hints, strength=0.0)
    return result


def filled_where_told(case: Case) -> Picture:
    """Return what the bundled model fills in where the damage is."""
    from ..apply.tasks import infill

    result: Picture = infill(case.given, case.mask)
    return result


GIVEN = Method("as given", as_given, idle=True)
UNCOLORED = Method("as given", grey, idle=True)
OVER_BICUBIC = {"over bicubic dB": BICUBIC}
OVER_HINTS = {"over the hints alone dB": Method("the hints alone", hints_alone)}
OVER_INFILL = {"over infill dB": Method("infill, told where", filled_where_told)}
QUICK = tuple(peer for peer in PEERS["denoise"] if not peer.slow)


def upscaling(scale: int) -> tuple[Suite, ...]:
    """Photos reduced by bicubic, as super-resolution papers do it."""
    note = f"Pillow's bicubic reduction, 8 bits; BT.601 luma without {scale} pixels of border. {NO_FSRCNN}"
    peers = PEERS.get(f"upscale-x{scale}", ())
    make, judge = cases.reduced(scale), judging.of_luma
    return (Suite(f"Upscaling x{scale}", note, make, judge, None, OVER_BICUBIC, peers, zoom=2),)


def micrographs(preset: str, denoised: Method) -> tuple[Suite, ...]:
    """Micrographs made as noisy and small as the preset says, beside bicubic with and without a simple denoiser."""
    note = (
        f"Grey, made worse by the preset {preset}, {SEEDED}; 8 bits, without 4 pixels of border. Denoised bicubic: "
        f"{denoised.name}. Nobody is told how noisy it is. {PARTS}"
    )
    make, peers = cases.crappified(preset, scale=4), PEERS["micrographs"]
    references = {**OVER_BICUBIC, "over denoised bicubic dB": denoised}
    title = f"Micrographs, {preset}"
    return (Suite(title, note, make, judging.of_micrograph, None, references, peers, micrographs=True, zoom=2),)


def watermarks() -> tuple[Suite, ...]:
    """Tiled text that shines through, stock photos' watermarks, a line or logo, opaque strings, a shared mark, none."""
    note = (
        f"{SEEDED.capitalize()}; PSNR over RGB, 8 bits. The peers are told where the damage is, and so is the model "
        "where its row says so; elsewhere it must find it."
    )
    tiled = TiledWatermark(opacity=(0.5, 0.5))
    line = DrawStrings(count=(1, 1), length=(6, 16), size=(24, 60), opacity=(0.3, 0.7), angle=(-30, 30), outlined=0.2)
    one = OneOf((line, DrawLogo()), weights=(0.6, 0.4))
    kinds: dict[str, tuple[Make, int]] = {  # how many are shown; those without look as the first does
        "tiled text of opacity 0.5": (cases.crappified(Crappifier((tiled,))), 2),
        "stock-watermark (opacity 0.3 to 0.7, some logos)": (cases.crappified("stock-watermark"), 0),
        "watermark-strings (opaque)": (cases.crappified("watermark-strings"), 2),
        "one translucent line or logo (opacity 0.3 to 0.7)": (cases.marked(Crappifier((one,))), 2),
        "tiled text of opacity 0.5, saved as JPEG 85": (cases.crappified(Crappifier((tiled, Jpeg((85, 85))))), 0),
    }
    suites = [
        Suite(
            f"Removing {title}", note, make, judging.of_damage, GIVEN, peers=PEERS["watermark"], told=True, shown=shown
        )
        for title, (make, shown) in kinds.items()
    ]
    shared = Suite(
        f"Removing one mark that {TOGETHER} pictures share",
        f"One draw of tiled text of opacity 0.5 on all (seed {cases.FIRST_SEED}). The model gets them as one stack, "
        "with shared=True: the mark is solved without a net, by what the pictures have in common, and s/MP is that of "
        "the stack. The others get picture by picture, told where the damage is.",
        cases.crappified(Crappifier((tiled,)), alike=True),
        judging.of_damage,
        GIVEN,
        OVER_INFILL,
        PEERS["watermark"],
        keywords={"shared": True},
        told=True,
        together=TOGETHER,
        shown=2,
    )
    untouched = Suite(
        "Pictures without a watermark",
        "Nothing should change.",
        cases.clean,
        judging.of_changes,
        None,
        features=False,
        shown=0,
    )
    return (*suites, shared, untouched)


def restoration() -> tuple[Suite, ...]:
    """Lesson 7's crappify, at the two sizes whose figures are published."""
    return tuple(
        Suite(
            f"Restoring lesson 7's crappify at {side} pixels",
            f"Short side {side}, the central square; preset lesson7, {SEEDED}; PSNR over RGB, 8 bits. {NO_PEER}",
            cases.crappified("lesson7", side=side),
            judging.of_color,
            GIVEN,
            part=("oxford", "PSNR of pets dB"),
            shown=shown,
            view="whole",
        )
        for side, shown in ((128, 0), (256, 4))
    )


def denoising() -> tuple[Suite, ...]:
    """Gaussian noise of known strength, which peers are told, and blind noise, of photos and of micrographs."""
    known = tuple(
        Suite(
            f"Denoising, Gaussian noise of sigma {sigma}",
            f"RGB, {SEEDED}; PSNR over RGB, 8 bits. The peers are told sigma; the model is not.",
            cases.crappified(Crappifier((GaussianNoise((sigma, sigma), grey=0.0),)), sigma=sigma),
            judging.of_color,
            GIVEN,
            peers=PEERS["denoise"] if sigma == 25 else QUICK,
            shown=2 if sigma == 25 else 0,
        )
        for sigma in SIGMAS
    )
    note = f"Preset noisy, {SEEDED}; PSNR over RGB, 8 bits. Neither the model nor the peers are told how noisy it is."
    make = cases.crappified("noisy")
    unknown = Suite("Denoising, any noise", note, make, judging.of_color, GIVEN, peers=PEERS["denoise"], shown=2)
    return (*known, unknown, *few_photons())


def few_photons() -> tuple[Suite, ...]:
    """Micrographs in few photons, as a 16-bit camera counts them, and cut off at black and white in 8 bits."""
    note = f"Grey, preset few-photons, {SEEDED}. {PARTS}"
    counts = (
        f"{note} 16 bits: a camera's offset of {cases.OFFSET} and {cases.COUNTS} counts a grey level; PSNR in grey "
        "levels. No peers: ours take 8 bits."
    )
    cut_off = f"{note} 8 bits: noise is cut off at black, which raises the mean of dark parts."
    title = "Denoising micrographs in few photons"
    counted, made = cases.counted("few-photons"), cases.crappified("few-photons")
    sixteen = Suite(f"{title}, 16 bits", counts, counted, judging.of_counts, GIVEN, features=False, shown=0)
    eight = Suite(f"{title}, 8 bits", cut_off, made, judging.of_micrograph, GIVEN, peers=QUICK, features=False, shown=1)
    return tuple(replace(suite, micrographs=True) for suite in (sixteen, eight))


def filling() -> tuple[Suite, ...]:
    """Strokes with a block, and a large hole in the middle."""
    strokes = f"Brush strokes and one block of {cases.BLOCK} pixels, together about 16% of the picture, {SEEDED}."
    middle = "Half of the height and width: there, a plausible picture is worth more than decibels."
    drills = (("strokes and a block", strokes, cases.strokes_and_block), ("a hole in the middle", middle, cases.centre))
    return tuple(
        Suite(
            f"Filling {title}",
            f"{note} PSNR over RGB, 8 bits.",
            cases.holed(drill),
            judging.of_hole,
            GIVEN,
            peers=PEERS["infill"],
            boxed=True,
            shown=2,
            view="whole",
        )
        for title, note, drill in drills
    )


def old_photos() -> tuple[Suite, ...]:
    """Damaged prints, undamaged photos, and faded prints."""
    aged = f"Preset old-photo, {SEEDED}; PSNR over RGB, 8 bits, to the same print without its damage (recall and"
    damaged = Suite(
        "Repairing old photos",
        f"{aged} precision of the pixels that changed; fading=False). Who isn't told where the damage is must find it.",
        cases.aged("old-photo", ("Folds", "Scratches", "Dust")),
        judging.of_found,
        GIVEN,
        peers=PEERS["old-photo"],
        keywords={"fading": False},
        told=True,
        shown=4,
        view="whole",
    )
    untouched = Suite(
        "Photos without damage",
        "Nothing should change (fading=False).",
        cases.clean,
        judging.of_changes,
        None,
        keywords={"fading": False},
        features=False,
        shown=0,
    )
    faded = Suite(
        "Faded prints",
        f"Discolour and Fade, {SEEDED}; PSNR over RGB, 8 bits, to the photo itself (scratches=False).",
        cases.crappified(Crappifier((Discolour(), Fade()))),
        judging.of_color,
        GIVEN,
        peers=PEERS["faded"],
        keywords={"scratches": False},
        shown=2,
        view="whole",
    )
    return damaged, untouched, faded


def colorization() -> tuple[Suite, ...]:
    """Photos without their colours, and with the colours of some places."""
    note = f"BT.601 luma in, RGB out; colourfulness as Hasler and Suesstrunk (2003); luma in 8 bits. {NO_PEER}"
    told = (
        f"As above, told the colours of {POINTS} random squares of {SQUARE} pixels ({SEEDED}), such as a user's dabs. "
        "Without the model's say: strength=0, the hints are spread alone."
    )
    make = cases.hinted(POINTS, SQUARE)
    plain = Suite("Colourising", note, cases.greyed, judging.of_colors, UNCOLORED, shown=4, view="whole")
    hinted = Suite(
        "Colourising with hints", told, make, judging.of_colors, UNCOLORED, OVER_HINTS, shown=2, view="whole"
    )
    return (plain, hinted)


SUITES: dict[str, Callable[[], tuple[Suite, ...]]] = {
    **{f"upscale-x{scale}": functools.partial(upscaling, scale) for scale in range(2, 17)},
    "watermark": watermarks,
    "infill": filling,
    "restore": restoration,
    "denoise": denoising,
    "colorize": colorization,
    "old-photo": old_photos,
    "em-x4": functools.partial(micrographs, "em-x4", DENOISED_BICUBIC),
    "fluorescence-x4": functools.partial(micrographs, "fluorescence-x4", DESPECKLED_BICUBIC),
}
"""By the kind of model, in the order of the tables."""
