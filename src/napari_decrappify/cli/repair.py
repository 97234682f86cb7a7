"""What the commands that put images through a model share: the model, the record, the masks, the uncertainty."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..apply.painted import painted
from ..errors import InvalidMaskError, InvalidParameterError
from ..files import (
    BatchItem,
    ImageFile,
    check_free,
    read_image,
)
from ..jobs import ProgressCallback
from ..models import (
    Model,
    Task,
    default_model,
    load_model,
)
from ..provenance import record
from .batch import add_batch_arguments, run_batch
from .console import Console
from .options import add_options, given
from .results import (
    UNCERTAINTY,
    add_record_arguments,
    axes_of,
    check_result,
    write_result,
    write_uncertainty,
)

Mask = npt.NDArray[np.bool_]

LOSSY = ("JPEG", "WEBP")
NOISE = 32
"""Of 255: what compression may leave in the black of a mask."""


def add_repair_arguments(parser: argparse.ArgumentParser, call: Callable[..., Any]) -> None:
    """Add the batch's options and those of a call that can tell its uncertainty."""
    add_batch_arguments(parser)
    add_options(parser, call, leave_out=("return_uncertainty",))
    parser.add_argument(
        "--save-uncertainty",
        action="store_true",
        help="also write how far the eight answers of an ensemble spread to NAME.uncertainty.tif; implies --ensemble",
    )
    add_record_arguments(parser)


def run_repair(
    arguments: argparse.Namespace,
    console: Console,
    call: Callable[..., Any],
    task: Task,
    ending: str,
    *,
    scale: int | None = None,
    mask: Mask | None = None,
) -> int:
    """Put every input through a call.

    Parameters
    ----------
    arguments, console, ending
        As for `run_batch`.
    call : callable
        Takes an image, a mask if there is one, and the options that `add_repair_arguments` added.
    task : str
        What the model is for.
    scale : int, optional
        How much larger the result is.
    mask : ndarray of bool, optional
        For the one image.
    """
    keywords = given(arguments, call)
    if arguments.save_uncertainty:
        keywords["ensemble"] = True
    model = chosen_model(task, keywords.get("model"), scale)
    masks = () if mask is None else (mask,)

    def work(item: BatchItem, image: ImageFile, progress: ProgressCallback | None) -> None:
        if arguments.save_uncertainty:
            check_free(item.beside(UNCERTAINTY), arguments.force)
        these = axes_of(image, keywords)
        check_result(item, image, these, scale or 1)
        options = {**these, "return_uncertainty": arguments.save_uncertainty, "progress": progress}
        made = call(image.array, *masks, **options)
        result, uncertainty = made if arguments.save_uncertainty else (made, None)
        how = record(call.__name__, recorded(these), model=model, mask=mask)
        write_result(item, result, image.metadata, how, arguments)
        if uncertainty is not None:
            write_uncertainty(item, uncertainty, image.metadata, arguments.force)

    return run_batch(arguments, console, ending, work)


def chosen_model(task: Task, name: str | None, scale: int | None = None) -> Model:
    """Load the model of that name, or the task's default: what the task itself will take."""
    return load_model(name or default_model(task, scale).name)


def recorded(keywords: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords that a record keeps beside model and mask."""
    return {name: value for name, value in keywords.items() if name not in ("model", "mask")}


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
    if len(arguments.inputs) > 1 or arguments.inputs[0].is_dir():
        raise InvalidParameterError("one image with --mask", "several", "Give each image its own mask.")
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
