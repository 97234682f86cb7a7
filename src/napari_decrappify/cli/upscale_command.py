"""``napari-decrappify upscale INPUT...``."""

from __future__ import annotations

import argparse

from ..apply.tasks import upscale
from ..files import ImageFile
from ..jobs import ProgressCallback
from ..parameters import parameters_of
from ..provenance import record
from .batch import Errand, add_batch_arguments, run_batch
from .console import Console
from .options import add_options, given
from .repair import chosen_model, recorded
from .results import add_record_arguments, axes_of, write_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options and the call's."""
    add_batch_arguments(parser)
    add_options(parser, upscale)
    add_record_arguments(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Upscale every input."""
    keywords = given(arguments, upscale)
    factor = keywords.get("factor", parameters_of(upscale)["factor"].default)
    model = chosen_model("upscale", keywords.get("model"), factor)

    def work(errand: Errand, image: ImageFile, progress: ProgressCallback | None) -> None:
        these = axes_of(image, keywords)
        made = upscale(image.array, **these, progress=progress)
        how = record("upscale", recorded(these), model=model)
        write_result(errand, made, image.metadata, how, arguments)

    return run_batch(arguments, console, "-upscaled", work)
