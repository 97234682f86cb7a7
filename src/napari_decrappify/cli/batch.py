"""The options of commands for many files, and a line for each file that is done, skipped or failed."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path

from ..batch.planning import FORMATS, batch_items, opened
from ..errors import DecrappifyError, InvalidParameterError, TargetExistsError
from ..files import BatchItem, ImageFile, Report, outcomes
from ..files.batch_results import Outcome
from ..files.reading import MAX_PIXELS
from ..jobs import Progress, ProgressCallback
from .console import Console

MANY = 16  # images, from which on starting other processes is worth its second

Work = Callable[[BatchItem, ImageFile, ProgressCallback | None], None]


def add_batch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the inputs, the output and what may be overwritten."""
    parser.add_argument(
        "inputs", nargs="+", type=_path, metavar="INPUT", help="an image file, or a folder of them, or a zarr store"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=_path,
        help="the file to write, or the folder that mirrors the inputs; beside the input by default",
    )
    parser.add_argument("--format", choices=FORMATS, help="the format to write; that of the input by default")
    parser.add_argument("--force", action="store_true", help="replace files that exist (an input is never replaced)")
    parser.add_argument(
        "--max-pixels", type=int, default=MAX_PIXELS, help="refuse larger compressed files. Default: %(default)s."
    )


def add_record_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether the record of how a result was made is also written beside it."""
    parser.add_argument(
        "--record",
        action="store_true",
        help="also write how it was made to NAME.record.json (a PNG or TIFF has it inside anyway)",
    )


def _path(text: str) -> Path:
    """Return a path that was typed; an empty one is a slip, such as an unset variable, and not this folder."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("expected a path, got none" if not text else "a path can't hold a NUL")
    return Path(text)


def run_batch(
    arguments: argparse.Namespace, console: Console, ending: str, work: Work, *, processes: int | None = 1
) -> int:
    """Do the work for every input: each is done, skipped or failed, with a line for each and a summary.

    Parameters
    ----------
    arguments : Namespace
        As `add_batch_arguments` made it.
    console : Console
        Where to report.
    ending : str
        Goes between name and suffix of a result that is written beside its input: "-upscaled".
    work : callable
        Makes and writes one result; picklable if there are processes.
    processes : int, optional
        How many to spread the images over; None takes one for each core where there are many images.

    Returns
    -------
    int
        0 if all went well, 1 if a file failed or was skipped.
    """
    if processes is not None and processes < 1:
        raise InvalidParameterError("at least one process", str(processes))
    items, problems = batch_items(arguments.inputs, arguments.output, arguments.format, ending)
    report = Report(failed=[(folder, str(error)) for folder, error in problems])
    for _, problem in problems:
        console.error(problem)
    if processes is None and len(items) < MANY:
        processes = 1
    do_all = _in_turn if processes == 1 else _spread
    with closing(do_all(items, arguments, console, work, processes)) as answers:
        try:
            for item, error in answers:
                report.add(item, error)
                _tell(console, item, error)
        finally:
            if len(items) + len(problems) > 1:
                console.note(report.summary(len(items)))
    return 1 if report.failed or report.skipped else 0


def _tell(console: Console, item: BatchItem, error: DecrappifyError | None) -> None:
    if error is None:
        console.note(f"{item.source} -> {item.target}")
        return
    kind = "skipped" if isinstance(error, TargetExistsError) else "error"
    console.error(error if item.source.name in str(error) else f"{item.source}: {error}", kind)


def _in_turn(
    items: Sequence[BatchItem], arguments: argparse.Namespace, console: Console, work: Work, _: int | None
) -> Generator[Outcome, None, None]:
    def do(item: BatchItem) -> None:
        with console.progress(item.name) as progress:
            _run_item(arguments, work, progress, item)

    yield from outcomes(do, items, 1)


def _spread(
    items: Sequence[BatchItem], arguments: argparse.Namespace, console: Console, work: Work, processes: int | None
) -> Generator[Outcome, None, None]:
    """Do the work in other processes; Ctrl-C ends them and what they are at."""
    do = functools.partial(_run_item, arguments, work, None)
    with console.progress("images") as progress, closing(outcomes(do, items, processes)) as answers:
        for done, (item, error) in enumerate(answers, 1):
            if progress is not None:
                progress(Progress(done, len(items), item.name))
            yield item, error


def _run_item(arguments: argparse.Namespace, work: Work, progress: ProgressCallback | None, item: BatchItem) -> None:
    work(item, opened(item, arguments.force, arguments.max_pixels), progress)
