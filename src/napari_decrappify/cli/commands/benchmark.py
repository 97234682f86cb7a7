"""``napari-decrappify benchmark``."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...atomic import atomic_path
from ...benchmark import benchmark, page
from ...files import check_free
from ..console import PROGRAM, Console
from ..options import add_options, given


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to measure, and where to write the tables."""
    add_options(parser, benchmark)
    parser.add_argument("-o", "--output", type=Path, help="a Markdown file to write; standard output by default")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Measure, and write the tables as Markdown, the command line at their top."""
    if arguments.output is not None:
        check_free(arguments.output, arguments.force)
    options = given(arguments, benchmark)
    with console.progress("benchmark") as progress:
        tables = benchmark(**options, progress=progress)
    output = {} if arguments.output is None else {"output": arguments.output}
    text = page(tables, spelled({**options, **output}), memory=options.get("memory", False))
    if arguments.output is None:
        console.result(text)
        return 0
    with atomic_path(arguments.output) as part:
        part.write_text(text, encoding="utf-8")
    return 0


def spelled(options: dict[str, Any]) -> str:
    """Return the command line that gives these options."""
    return shlex.join(
        [PROGRAM, "benchmark", *(word for name, value in options.items() for word in _words(name, value))]
    )


def _words(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"--{'' if value else 'no-'}{name}"
        return
    yield f"--{name}"
    yield from map(str, value) if isinstance(value, (list, tuple)) else (str(value),)
