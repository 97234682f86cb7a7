"""``napari-decrappify lr-find RECIPE --data DIR --output PICTURE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...batch.planning import check_picture
from ...files import write_image
from ...training.find_learning_rate import find_learning_rate
from ...training.optimization.lr_finder import draw
from ..console import Console
from ..options import add_options, given
from ..training_progress import telling

FOUND, NOTHING = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe, the pictures, and where to draw the curve."""
    add_options(parser, find_learning_rate, positional=("recipe",), flags={"overrides": "--set"})
    parser.add_argument("-o", "--output", type=Path, help="a picture to write: the loss over the learning rate")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Search, draw, and say the rate."""
    if arguments.output is not None:
        check_picture(arguments.output, arguments.force)
    with console.progress(f"{arguments.recipe}: learning rate") as progress:
        search = find_learning_rate(**given(arguments, find_learning_rate), progress=telling(console, progress))
    if arguments.output is not None:
        write_image(arguments.output, draw(search))
    if search.suggestion is None:
        console.error(f"no rate to suggest: the loss fell at none of the {len(search.rates)} that were tried")
        return NOTHING
    console.result(f"{search.suggestion:.2g}")
    return FOUND
