"""``napari-decrappify upscale INPUT...`` and its like: a command for each task, as `tasks.TASKS` declares it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...apply.marks.counts import HeardCounts
from ...apply.painted import painted
from ...errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from ...files import (
    BatchItem,
    ImageFile,
    check_free,
    read_image,
)
from ...jobs import Call, ProgressCallback
from ...models import Model, default_model, load_model
from ...parameters import parameters_of
from ...planes import is_photo, layout_of
from ...provenance import HintArrays, record
from ...tasks import TaskSpec, call_named
from ...volumes import is_volume
from ..batch import add_batch_arguments, run_batch
from ..console import Console
from ..options import add_options, given
from ..results import (
    UNCERTAINTY,
    add_record_arguments,
    axes_of,
    check_result,
    write_mask,
    write_result,
    write_uncertainty,
)
from ..shared_mark import with_mark
from ..volumes import add_volume_arguments, has_volumes, run_volumes

Mask = npt.NDArray[np.bool_]

LOSSY = ("JPEG", "WEBP")
NOISE = 32
"""Of 255: what compression may leave in the black of a mask."""
SAVE_MARK = "with --shared: also write the mark that was solved to this PNG, for --mark"
EXTRAS = {
    "mask": "also write the mask that was used to NAME.mask.png",
    "uncertainty": "also write how far the eight answers of an ensemble spread to NAME.uncertainty.tif; "
    "implies --ensemble",
}
"""What calls can return beside the image, and what asking for it does."""
MASKS = {
    "optional": "an image that is white where the damage is, or opaque on transparency; found by default. "
    "Of a zarr also a zarr or npy file",
    "required": "an image that is white where the holes are, or opaque on transparency. "
    "Of a zarr also a zarr or npy file",
}


HINTS = "an RGBA image of the same size: its colours are to hold wherever it isn't wholly transparent"


@dataclass(frozen=True)
class TaskCommand:
    """The command of a task: its options follow from its call, its masks and results from its spec."""

    spec: TaskSpec

    @property
    def call(self) -> Call[..., Any]:
        """The task's call on arrays."""
        call: Call[..., Any] = call_named(self.spec.operation)
        return call

    @property
    def extras(self) -> list[str]:
        """What the call can return beside the image."""
        return [extra for extra in EXTRAS if f"return_{extra}" in parameters_of(self.call)]

    @property
    def marks(self) -> bool:
        """Whether the call takes a mark that was solved before."""
        return "mark" in parameters_of(self.call)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the batch's options, the call's, the mask, and what else is to be written."""
        add_batch_arguments(parser)
        add_options(parser, self.call, leave_out=[f"return_{extra}" for extra in EXTRAS])
        if self.spec.replaces:
            parser.add_argument("--mask", type=Path, required=self.spec.fills, help=MASKS[self.spec.mask])
        if self.spec.colors:
            parser.add_argument("--hints", type=Path, help=HINTS)
        for extra in self.extras:
            parser.add_argument(f"--save-{extra}", action="store_true", help=EXTRAS[extra])
        if self.marks:
            parser.add_argument("--save-mark", type=Path, metavar="FILE", help=SAVE_MARK)
        add_record_arguments(parser)
        add_volume_arguments(parser)

    def run(self, arguments: argparse.Namespace, console: Console) -> int:
        """Put every input through the call."""
        keywords, saved = given(arguments, self.call), self._saved(arguments)
        if has_volumes(arguments):
            return self._run_volumes(arguments, console, keywords, saved)
        if saved == "uncertainty":
            keywords["ensemble"] = True
        factor = keywords.get("factor", parameters_of(self.call)["factor"].default) if self.spec.scales else None
        mask = read_mask(arguments) if self.spec.replaces else None
        hints = read_hints(arguments) if self.spec.colors else None
        drawn = {name: value for name, value in (("mask", mask), ("hints", hints)) if value is not None}
        if self.marks:
            keywords = with_mark(arguments, keywords, mask, self.spec.suffix, console)
        known = "mark" in keywords
        first = None if known else load_model(keywords.get("model") or default_model(self.spec.name, factor).name)
        asked = {} if saved is None else {f"return_{saved}": True}

        def work(item: BatchItem, image: ImageFile, progress: ProgressCallback | None) -> None:
            if saved == "uncertainty":
                check_free(item.beside(UNCERTAINTY), arguments.force)
            these = axes_of(image, keywords)
            check_result(item, image, these, factor or 1)
            model, chosen = self._default_for(image, these, first)
            heard = HeardCounts(progress)
            made = self.call(image.array, **drawn, **these, **asked, progress=heard)
            result, *further = (made,) if saved is None else made
            kept = {name: value for name, value in these.items() if name != "model"}
            how = record(
                self.spec.operation, kept, model=model, mask=mask, hints=hints, marks=heard.marks, chosen=chosen
            )
            write_result(item, result, image.metadata, how, arguments)
            for extra in further:
                if saved == "mask":
                    write_mask(item, extra, arguments.force)
                else:
                    write_uncertainty(item, extra, image.metadata, arguments.force)

        return run_batch(arguments, console, self.spec.suffix, work)

    def _default_for(
        self, image: ImageFile, keywords: dict[str, Any], first: Model | None
    ) -> tuple[Model | None, str | None]:
        """Return the model that the call takes, `first` unless an image has a default of its own; and why that is."""
        if first is None or keywords.get("model") or not self.spec.elsewhere:
            return first, None
        axes = {name: keywords.get(name) for name in ("rgb", "channel_axis")}
        photo = is_photo(image.array.dtype, layout_of(image.array.shape, **axes))
        reason = self.spec.default_reason(photo=photo)
        return load_model(default_model(self.spec.name, photo=photo).name), reason

    def _run_volumes(
        self, arguments: argparse.Namespace, console: Console, keywords: dict[str, Any], saved: str | None
    ) -> int:
        if saved is not None or arguments.format is not None:
            unfit = "--format" if saved is None else f"--save-{saved}"
            raise InvalidParameterError(f"pictures, for {unfit}", str(arguments.inputs[0]))
        mask = arguments.mask if self.spec.replaces else None
        if mask is not None and not is_volume(mask):
            mask = read_mask(arguments)
        return run_volumes(self.spec, arguments, console, mask, keywords)

    def _saved(self, arguments: argparse.Namespace) -> str | None:
        """Return what is to be written beside the image; a call returns one thing at most."""
        return next((extra for extra in self.extras if getattr(arguments, f"save_{extra}")), None)


def read_mask(arguments: argparse.Namespace) -> Mask | None:
    """Read the mask that ``--mask`` names: see `painted`.

    Of what a lossy format holds, only what is half as bright as the brightest counts, as the rest is its noise.

    Raises
    ------
    InvalidParameterError
        If there are several images.
    InvalidMaskError
        If nothing is marked.
    """
    if arguments.mask is None:
        return None
    if not getattr(arguments, "shared", False):
        _check_single(arguments, "mask")
    image = read_image(Path(arguments.mask), max_pixels=arguments.max_pixels)
    noise = NOISE if image.metadata.format in LOSSY else 0
    mask = painted(image.array, rgb=bool(image.metadata.rgb), noise=noise)
    if not mask.any():
        raise InvalidMaskError(
            "a mask that marks part of the image",
            f"{arguments.mask}, which marks nothing",
            "Paint white on black, or in any colour on transparency.",
        )
    return mask


def read_hints(arguments: argparse.Namespace) -> HintArrays | None:
    """Read the hints that ``--hints`` names: the colours of a picture wherever it isn't wholly transparent.

    Raises
    ------
    InvalidParameterError
        If there are several images.
    InvalidImageError
        If it isn't RGBA in 8 bits.
    InvalidMaskError
        If all of it is transparent.
    """
    if arguments.hints is None:
        return None
    _check_single(arguments, "hints")
    picture = read_image(Path(arguments.hints), max_pixels=arguments.max_pixels).array
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] != 4:
        advice = "Paint the colours on a transparent layer, and save that as a PNG."
        shape = f"{arguments.hints}, of shape {picture.shape} and dtype {picture.dtype}"
        raise InvalidImageError("hints as a picture with transparency (RGBA) in 8 bits", shape, advice)
    mask = picture[..., 3] > 0
    if not mask.any():
        raise InvalidMaskError("hints that colour part of the image", f"{arguments.hints}, which is all transparent")
    return picture[..., :3], mask


def _check_single(arguments: argparse.Namespace, drawn: str) -> None:
    first = arguments.inputs[0]
    if len(arguments.inputs) > 1 or (first.is_dir() and not is_volume(first)):
        raise InvalidParameterError(f"one image with --{drawn}", "several", f"Give each image its own {drawn}.")
