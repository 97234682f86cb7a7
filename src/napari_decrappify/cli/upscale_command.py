"""``napari-decrappify upscale INPUT...``."""

from __future__ import annotations

import argparse

from ..apply.tasks import upscale
from ..parameters import parameters_of
from .console import Console
from .repair import add_repair_arguments, run_repair


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options and the call's."""
    add_repair_arguments(parser, upscale)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Upscale every input."""
    factor = getattr(arguments, "factor", parameters_of(upscale)["factor"].default)
    return run_repair(arguments, console, upscale, "upscale", "-upscaled", scale=factor)
