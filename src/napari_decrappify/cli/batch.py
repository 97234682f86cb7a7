"""Files and folders in, files and mirrored folders out: what, where to, and what to do about the bad ones."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..errors import DecrappifyError, FileReadError, FileWriteError, InvalidParameterError
from ..files import SUFFIXES, ImageFile, picture_files, read_image
from ..files.image_file import as_written
from ..files.reading import MAX_PIXELS, check_is_picture
from ..jobs import Progress, ProgressCallback
from .console import Console

MANY = 16  # images, from which on starting other processes is worth its second
FORMATS = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)


@dataclass(frozen=True)
class Errand:
    """One image file and where its result goes.

    Parameters
    ----------
    source, target : Path
        The files.
    name : str
        The source's path inside the folder that was given, or its bare name.
    in_folder : bool
        Whether a folder was given, not the file itself.
    """

    source: Path
    target: Path
    name: str
    in_folder: bool = False

    def beside(self, ending: str) -> Path:
        """Return the path of something that belongs to the target: ``beside(".steps.json")``."""
        return self.target.with_name(self.target.stem + ending)


Work = Callable[[Errand, ImageFile, ProgressCallback | None], None]
Outcome = tuple[Errand, DecrappifyError | None]


def add_batch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the inputs, the output and what may be overwritten."""
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="an image file, or a folder of them")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the file to write, or the folder that mirrors the inputs; beside the input by default",
    )
    parser.add_argument("--format", choices=FORMATS, help="the format to write; that of the input by default")
    parser.add_argument("--force", action="store_true", help="replace files that exist (an input is never replaced)")
    parser.add_argument(
        "--max-pixels", type=int, default=MAX_PIXELS, help="refuse larger compressed files. Default: %(default)s."
    )


def run_batch(
    arguments: argparse.Namespace, console: Console, ending: str, work: Work, *, processes: int | None = 1
) -> int:
    """Do the work for every input; a bad file is reported and skipped.

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
        0 if all went well, 1 if a file had to be skipped.
    """
    errands = list(errands_of(arguments.inputs, arguments.output, arguments.format, ending))
    _check_apart(errands)
    if processes is None:
        processes = (os.cpu_count() or 1) if len(errands) >= MANY else 1
    outcomes = _in_turn(errands, arguments, console, work)
    if processes > 1:
        outcomes = _spread(errands, arguments, console, work, processes)
    failures = 0
    for errand, error in outcomes:
        if error is None:
            console.note(f"{errand.source} -> {errand.target}")
        else:
            failures += 1
            console.error(error if errand.source.name in str(error) else f"{errand.source}: {error}")
    if len(errands) > 1:
        console.note(f"{len(errands) - failures} of {len(errands)} images done")
    return 1 if failures else 0


def errands_of(inputs: Sequence[Path], output: Path | None, kind: str | None, ending: str) -> Iterator[Errand]:
    """Yield what is to be done: every input file, and every image file below an input folder.

    Raises
    ------
    FileReadError
        If an input folder has no image file.
    InvalidParameterError
        If the output is an input folder.
    """
    to_file = output is not None and len(inputs) == 1 and not inputs[0].is_dir() and _names_a_file(output)
    for given in inputs:
        if given.is_dir():
            root = output or given.with_name(f"{given.resolve().name}{ending}")
            _check_beside(given, root)
            for source in _images_below(given, root):
                target = as_written(root / source.relative_to(given))
                yield Errand(source, _in_format(target, kind), source.relative_to(given).as_posix(), True)
        elif output is not None and to_file:
            yield Errand(given, _in_format(output, kind), given.name)
        else:
            target = as_written(
                output / given.name if output else given.with_name(f"{given.stem}{ending}{given.suffix}")
            )
            yield Errand(given, _in_format(target, kind), given.name)


def _check_beside(given: Path, root: Path) -> None:
    if root.resolve() == given.resolve():
        raise InvalidParameterError("an output folder that is no input", str(root), "Choose another with -o.")


def _names_a_file(output: Path) -> bool:
    return output.suffix != "" and not output.is_dir()


def _images_below(folder: Path, output: Path) -> list[Path]:
    inside = output.resolve()
    found = [path for path in picture_files(folder) if inside not in path.resolve().parents]
    if not found:
        raise FileReadError(f"image files ({', '.join(SUFFIXES)}) in {folder}", "a folder with none")
    return found


def _in_format(target: Path, kind: str | None) -> Path:
    return target.with_suffix(f".{kind}") if kind else target


def _check_apart(errands: Sequence[Errand]) -> None:
    """Refuse a batch in which two results would have one name, or a result would replace an input."""
    sources = {errand.source.resolve() for errand in errands}
    targets: dict[Path, Errand] = {}
    for errand in errands:
        target = errand.target.resolve()
        if target in sources:
            raise InvalidParameterError("an output that is no input", str(errand.target), "Choose another with -o.")
        if target in targets:
            both = f"{targets[target].source} and {errand.source}"
            raise InvalidParameterError("one output for each input", f"{errand.target} for {both}")
        targets[target] = errand


def _in_turn(
    errands: Sequence[Errand], arguments: argparse.Namespace, console: Console, work: Work
) -> Iterator[Outcome]:
    for errand in errands:
        with console.progress(errand.name) as progress:
            error = _run_errand(errand, arguments, work, progress)
        yield errand, error


def _spread(
    errands: Sequence[Errand], arguments: argparse.Namespace, console: Console, work: Work, processes: int
) -> Iterator[Outcome]:
    """Do the work in other processes; Ctrl-C lets each finish the image that it is at."""
    pool = ProcessPoolExecutor(
        min(processes, len(errands)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        futures = {pool.submit(_run_errand, errand, arguments, work, None): errand for errand in errands}
        with console.progress("images") as progress:
            for done, future in enumerate(as_completed(futures), 1):
                if progress is not None:
                    progress(Progress(done, len(errands), futures[future].name))
                yield futures[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _run_errand(
    errand: Errand, arguments: argparse.Namespace, work: Work, progress: ProgressCallback | None
) -> DecrappifyError | None:
    """Do one image; return the error that it is skipped for."""
    try:
        check_is_picture(errand.source)
        check_picture(errand.target, arguments.force)
        work(errand, read_image(errand.source, max_pixels=arguments.max_pixels), progress)
    except DecrappifyError as error:
        return error
    return None


def check_picture(path: Path, force: bool) -> None:
    """Raise `FileWriteError` where no picture can be written: something is there, or the suffix is none of ours."""
    if path.suffix.lower() not in SUFFIXES:
        raise FileWriteError(f"an output that ends in {', '.join(SUFFIXES)}", path.name)
    check_free(path, force)


def check_free(path: Path, force: bool) -> None:
    """Raise `FileWriteError` where something would be replaced that may not be."""
    if path.exists() and not force:
        raise FileWriteError(f"no file at {path} yet", "one that exists", "Pass --force to replace it.")
