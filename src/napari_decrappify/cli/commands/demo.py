"""``napari-decrappify demo``."""

from __future__ import annotations

import argparse

from ...demo import demo, report
from ..console import Console
from ..options import add_options, given


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to write and where to compute."""
    add_options(parser, demo)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the demo, and say what it found."""
    with console.progress("demo") as progress:
        result = demo(**given(arguments, demo), progress=progress)
    console.result(report(result))
    return 0
