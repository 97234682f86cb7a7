"""``napari-decrappify crappify INPUT...``."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

from ...batch.results import axes_of, check_result, write_json, write_mask, write_result
from ...degrade import PRESETS, crappify
from ...degrade.folder import seed_of
from ...degrade.presets import preset_named
from ...files import BatchItem, ImageFile
from ...jobs import ProgressCallback
from ...provenance import record
from ...tasks import suffix_of
from ..batch import add_batch_arguments, add_record_arguments, run_batch
from ..console import Console
from ..options import add_options, given


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options, the call's, and what else to write."""
    add_batch_arguments(parser)
    add_options(parser, crappify)
    parser.add_argument("--font", action="append", dest="fonts", help="a font file for lettering (again for another)")
    parser.add_argument("--mask", action="store_true", help="also write the damage mask to NAME.mask.png")
    parser.add_argument("--steps", action="store_true", help="also write the drawn values to NAME.steps.json")
    parser.add_argument("--processes", type=int, help="worker processes; by default one for each core in large folders")
    add_record_arguments(parser)
    parser.epilog = f"presets: {', '.join(PRESETS)}"


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Crappify every input; a preset that isn't one is told once, not for each of them."""
    wanted = given(arguments, crappify)
    if "preset" in wanted:
        preset_named(wanted["preset"])
    work = functools.partial(crappify_file, arguments)
    return run_batch(arguments, console, suffix_of("crappify"), work, processes=arguments.processes)


def crappify_file(
    arguments: argparse.Namespace, item: BatchItem, image: ImageFile, progress: ProgressCallback | None
) -> None:
    """Crappify one image; in a folder, each gets its own seed, derived from the one given and its path."""
    keywords = axes_of(image, given(arguments, crappify))
    if arguments.fonts:
        keywords["fonts"] = arguments.fonts
    if item.in_folder and "seed" in keywords:
        keywords["seed"] = seed_of(keywords["seed"], Path(item.name))
    check_result(item, image, keywords)
    made = crappify(image.array, **keywords, progress=progress)
    parameters = {name: value for name, value in keywords.items() if name != "seed"}
    how = record("crappify", parameters, seed=made.seed, steps=made.steps)
    write_result(item, made.image, image.metadata, how, force=arguments.force, beside=arguments.record)
    if arguments.mask:
        write_mask(item, made.mask, arguments.force)
    if arguments.steps:
        write_json(item, ".steps.json", made.steps, arguments.force)
