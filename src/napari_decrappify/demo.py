"""The whole walk on one photo: crappify it, remove the watermark, upscale it, and measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image

from .apply.engine.precision import Precision
from .apply.tasks import plan, remove_watermark, upscale
from .degrade import crappify
from .errors import QualityError
from .files import write_image
from .jobs import (
    Call,
    Job,
    Progress,
    ProgressCallback,
)
from .panels import enlarge, side_by_side
from .parameters import Doc
from .quality import luma, psnr

Picture: TypeAlias = npt.NDArray[np.uint8]
T = TypeVar("T")

PRESET = "stock-watermark"
SEED = 6  # a draw of which everything goes; docs/watermarks.md shows what does not
FACTOR = 2
FACE = (slice(40, 190), slice(90, 315))  # the part that is shown enlarged


@dataclass(frozen=True)
class Comparison:
    """How near a picture was to the original before and after, in dB; larger is nearer."""

    what: str
    before: float
    after: float

    @property
    def gain(self) -> float:
        """After minus before."""
        return self.after - self.before


@dataclass
class DemoResult:
    """What the demo made and measured.

    Parameters
    ----------
    folder : Path
        Where the pictures are.
    device : str
        What computed, and how precisely.
    pictures : dict
        By file name without suffix.
    comparisons : list of Comparison
        PSNR of whole picture, damaged pixels and upscaled picture.
    seconds : dict
        By step.
    """

    folder: Path
    device: str
    pictures: dict[str, Picture] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def timed(self, step: str, work: Callable[[], T]) -> T:
        """Do some work and note its seconds."""
        started = time.perf_counter()
        done = work()
        self.seconds[step] = time.perf_counter() - started
        return done


@Call
def demo(
    output: Annotated[str | Path, Doc("Folder for the pictures.")] = "demo-output",
    *,
    device: Annotated[str, Doc("auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[Precision, Doc("Number format; auto takes bf16 where it is native.")] = "auto",
    progress: ProgressCallback | None = None,
) -> Job[DemoResult]:
    """Crappify scikit-image's photo of a cat, repair and upscale it, write the pictures, and measure.

    Parameters
    ----------
    output : str or Path
        The folder for the pictures; those of an earlier demo are replaced.
    device, precision : str
        Where and how to compute.
    progress : callable, optional
        Receives a `Progress` a step.

    Returns
    -------
    DemoResult
        The pictures, their PSNR before and after, and the seconds taken.

    Raises
    ------
    QualityError
        If a result isn't nearer to the original than what it was made from. The pictures are written all the same.
    ModelNotFoundError
        If there is no model for one of the tasks.
    """
    common = {"device": device, "precision": precision}
    photo = skimage.data.chelsea()  # type: ignore[no-untyped-call]
    result = DemoResult(Path(output), _described(photo, device, precision))
    yield Progress(0, 3, "crappifying and repairing")
    _repair(result, photo, common)
    yield Progress(1, 3, "upscaling")
    _enlarge(result, photo, common)
    yield Progress(2, 3, "writing the pictures")
    for name, picture in (result.pictures | {"side-by-side": gallery(result.pictures)}).items():
        write_image(result.folder / f"{name}.png", picture)
    _check_better(result)
    yield Progress(3, 3, "done")
    return result


def report(result: DemoResult) -> str:
    """Say in a few lines what the demo found."""
    lines = [
        f"{one.what:<28} {one.before:6.2f} dB -> {one.after:6.2f} dB  ({one.gain:+.2f} dB)"
        for one in result.comparisons
    ]
    took = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in result.seconds.items())
    return "\n".join([*lines, f"on {result.device}: {took}", f"see {result.folder / 'side-by-side.png'}"])


def shrunken(photo: Picture, factor: int) -> tuple[Picture, Picture, Picture]:
    """Return the photo cut to a multiple of `factor`, its bicubic reduction, and that enlarged again by bicubic."""
    y, x = (n - n % factor for n in photo.shape[:2])
    reference = photo[:y, :x]
    small = Image.fromarray(reference).resize((x // factor, y // factor), Image.Resampling.BICUBIC)
    return reference, np.asarray(small), np.asarray(small.resize((x, y), Image.Resampling.BICUBIC))


def gallery(pictures: dict[str, Picture]) -> Picture:
    """Draw original | crappified | repaired, and below them a part of bicubic | upscaled | original, enlarged."""
    above = [(name, pictures[name]) for name in ("original", "crappified", "repaired")]
    names = {"bicubic": f"bicubic x{FACTOR}", "upscaled": f"upscaled x{FACTOR}", "original": "original"}
    below = [(caption, enlarge(pictures[name][FACE], 2)) for name, caption in names.items()]
    return side_by_side([above, below])


def _described(photo: Picture, device: str, precision: Precision) -> str:
    planned = plan("watermark", photo, device=device, precision=precision)
    return f"{planned.device} in {planned.precision}"


def _repair(result: DemoResult, photo: Picture, common: dict[str, Any]) -> None:
    crappified = result.timed("crappify", lambda: crappify(photo, PRESET, seed=SEED))
    repaired = result.timed("remove watermark", lambda: remove_watermark(crappified.image, **common))
    result.pictures |= {"original": photo, "crappified": crappified.image, "repaired": repaired}
    for what, mask in (("watermark, whole picture", None), ("watermark, damaged pixels", crappified.mask)):
        before, after = (psnr(image, photo, mask=mask) for image in (crappified.image, repaired))
        result.comparisons.append(Comparison(what, before, after))


def _enlarge(result: DemoResult, photo: Picture, common: dict[str, Any]) -> None:
    reference, small, bicubic = shrunken(photo, FACTOR)
    upscaled = result.timed(f"upscale x{FACTOR}", lambda: upscale(small, FACTOR, **common))
    result.pictures |= {"small": small, "bicubic": bicubic, "upscaled": upscaled}
    before, after = (psnr(luma(image), luma(reference), border=FACTOR) for image in (bicubic, upscaled))
    result.comparisons.append(Comparison(f"upscale x{FACTOR}, over bicubic", before, after))


def _check_better(result: DemoResult) -> None:
    for one in result.comparisons:
        if not one.gain > 0:
            raise QualityError(f"{one.what}: more than {one.before:.2f} dB", f"{one.after:.2f} dB")
