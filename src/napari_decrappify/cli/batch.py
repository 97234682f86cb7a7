"""Files and folders in, files and mirrored folders out: what, where to, and what to do about the bad ones."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path

from ..errors import (
    DecrappifyError,
    FileReadError,
    FileWriteError,
    InvalidParameterError,
    TargetExistsError,
)
from ..files import (
    SUFFIXES,
    BatchItem,
    ImageFile,
    Report,
    check_free,
    is_folder,
    mirrored,
    outcomes,
    read_image,
    real,
    with_distinct_stems,
)
from ..files.batch_results import Outcome
from ..files.image_file import READABLE, as_written
from ..files.reading import MAX_PIXELS, check_is_picture
from ..jobs import Progress, ProgressCallback
from .console import Console

MANY = 16  # images, from which on starting other processes is worth its second
FORMATS = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)


Work = Callable[[BatchItem, ImageFile, ProgressCallback | None], None]
Problem = tuple[Path, FileReadError]


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
    _check_apart(items)
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


def batch_items(
    inputs: Sequence[Path], output: Path | None, kind: str | None, ending: str
) -> tuple[list[BatchItem], list[Problem]]:
    """Return what is to be done, every input file and every image file below an input folder, and what can't be.

    Raises
    ------
    InvalidParameterError
        If the output is an input folder, or an input has no name to call its results by.
    """
    to_file = output is not None and len(inputs) == 1 and not is_folder(inputs[0]) and _names_a_file(output)
    items: list[BatchItem] = []
    problems: list[Problem] = []
    for given in inputs:
        if is_folder(given):
            root = output or _beside(given, ending)
            _check_beside(given, root)
            found, failed = _items_below(given, root, kind)
            items += found
            problems += [(given, error) for error in failed]
        elif output is not None and to_file:
            items.append(BatchItem(given, _in_format(output, kind), given.name))
        else:
            beside = output / given.name if output else given.with_name(f"{given.stem}{ending}{given.suffix}")
            target = as_written(beside)
            items.append(BatchItem(given, _in_format(target, kind), given.name))
    return with_distinct_stems(items), problems


def _items_below(folder: Path, root: Path, kind: str | None) -> tuple[list[BatchItem], list[FileReadError]]:
    failed: list[FileReadError] = []
    found = mirrored(folder, root, kind and f".{kind}", failed=failed)
    if not found and not failed:
        failed.append(FileReadError(f"image files ({', '.join(READABLE)}) in {folder}", "a folder with none"))
    return found, failed


def _beside(folder: Path, ending: str) -> Path:
    """Return the folder of the results beside a folder, which may have been given as ``.`` or ``..``."""
    named = folder if folder.name not in ("", "..") else real(folder)
    if not named.name:
        raise InvalidParameterError("a folder with a name", str(folder), "Choose one for the results with -o.")
    return named.with_name(f"{named.name}{ending}")


def _check_beside(given: Path, root: Path) -> None:
    if real(root) == real(given):
        raise InvalidParameterError("an output folder that is no input", str(root), "Choose another with -o.")


def _names_a_file(output: Path) -> bool:
    return output.suffix != "" and not is_folder(output)


def _in_format(target: Path, kind: str | None) -> Path:
    return target.with_suffix(f".{kind}") if kind else target


def _check_apart(items: Sequence[BatchItem]) -> None:
    """Refuse a batch in which two results would have one name, or a result would replace an input."""
    sources = {real(item.source) for item in items}
    targets: dict[Path, BatchItem] = {}
    for item in items:
        target = real(item.target)
        if target in sources:
            raise InvalidParameterError("an output that is no input", str(item.target), "Choose another with -o.")
        if target in targets:
            both = f"{targets[target].source} and {item.source}"
            raise InvalidParameterError("one output for each input", f"{item.target} for {both}")
        targets[target] = item


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
    check_is_picture(item.source)
    check_picture(item.target, arguments.force)
    work(item, read_image(item.source, max_pixels=arguments.max_pixels), progress)


def check_picture(path: Path, force: bool) -> None:
    """Raise `FileWriteError` where no picture can be written: something is there, or the suffix is none of ours."""
    if path.suffix.lower() not in SUFFIXES:
        raise FileWriteError(f"an output that ends in {', '.join(SUFFIXES)}", path.name)
    check_free(path, force)
