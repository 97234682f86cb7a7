"""``napari-decrappify colorize INPUT...``."""

from __future__ import annotations

import argparse

from ..apply.tasks import colorize
from .console import Console
from .repair import add_repair_arguments, run_repair


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options and the call's."""
    add_repair_arguments(parser, colorize)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Colour every input."""
    return run_repair(arguments, console, colorize, "colorize", "-colored")
