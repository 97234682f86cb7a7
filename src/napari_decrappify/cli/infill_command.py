"""``napari-decrappify infill INPUT --mask FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..apply.tasks import infill
from .console import Console
from .repair import add_repair_arguments, read_mask, run_repair


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options, the call's, and the mask."""
    add_repair_arguments(parser, infill)
    parser.add_argument(
        "--mask", type=Path, required=True, help="an image that is white where the holes are, or opaque on transparency"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Fill the holes of the input."""
    return run_repair(arguments, console, infill, "infill", "-filled", mask=read_mask(arguments))
