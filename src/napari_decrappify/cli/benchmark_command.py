"""``napari-decrappify benchmark``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..atomic import atomic_path
from ..benchmark import benchmark
from .batch import check_free
from .console import Console
from .options import add_options, given


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to measure, and where to write the tables."""
    add_options(parser, benchmark)
    parser.add_argument("-o", "--output", type=Path, help="a Markdown file to write; standard output by default")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Measure, and write the tables as Markdown."""
    if arguments.output is not None:
        check_free(arguments.output, arguments.force)
    with console.progress("benchmark") as progress:
        tables = benchmark(**given(arguments, benchmark), progress=progress)
    text = "\n".join(table.markdown() for table in tables)
    if arguments.output is None:
        console.result(text)
        return 0
    with atomic_path(arguments.output) as part:
        part.write_text(text, encoding="utf-8")
    return 0
