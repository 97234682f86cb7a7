"""``napari-decrappify remove-watermark INPUT...``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..apply.tasks import remove_watermark
from ..files import BatchItem, ImageFile
from ..jobs import ProgressCallback
from ..provenance import record
from .batch import add_batch_arguments, run_batch
from .console import Console
from .options import add_options, given
from .repair import chosen_model, read_mask, recorded
from .results import (
    add_record_arguments,
    axes_of,
    check_result,
    write_mask,
    write_result,
)

NOT_OPTIONS = ("mask", "return_mask")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options, the call's, and the masks."""
    add_batch_arguments(parser)
    add_options(parser, remove_watermark, leave_out=NOT_OPTIONS)
    parser.add_argument(
        "--mask",
        type=Path,
        help="an image that is white where the damage is, or opaque on transparency; found by default",
    )
    parser.add_argument("--save-mask", action="store_true", help="also write the mask that was used to NAME.mask.png")
    add_record_arguments(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Remove the watermark from every input."""
    keywords = {name: value for name, value in given(arguments, remove_watermark).items() if name not in NOT_OPTIONS}
    model = chosen_model("watermark", keywords.get("model"))
    mask = read_mask(arguments)

    def work(item: BatchItem, image: ImageFile, progress: ProgressCallback | None) -> None:
        these = axes_of(image, keywords)
        check_result(item, image, these)
        made, used = remove_watermark(image.array, mask, return_mask=True, **these, progress=progress)
        how = record("remove_watermark", recorded(these), model=model, mask=mask)
        write_result(item, made, image.metadata, how, arguments)
        if arguments.save_mask:
            write_mask(item, used, arguments.force)

    return run_batch(arguments, console, "-repaired", work)
