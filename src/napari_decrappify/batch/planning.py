"""Files and folders in, files and mirrored folders out: which result goes where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import FileReadError, FileWriteError, InvalidParameterError
from ..files import (
    SUFFIXES,
    BatchItem,
    ImageFile,
    check_free,
    is_folder,
    mirrored,
    read_image,
    real,
    with_distinct_stems,
)
from ..files.image_file import READABLE, as_written
from ..files.reading import MAX_PIXELS, check_is_picture

FORMATS = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)
ANOTHER = "Choose another output, with -o on the command line."

Problem = tuple[Path, FileReadError]


def batch_items(
    inputs: Sequence[Path], output: Path | None, kind: str | None, ending: str
) -> tuple[list[BatchItem], list[Problem]]:
    """Return what is to be done, every input file and every image file below an input folder, and what can't be.

    Parameters
    ----------
    inputs : sequence of Path
        Files and folders.
    output : Path, optional
        The folder of the results, or the file of the only one; beside the inputs by default.
    kind : str, optional
        The format to write, one of `FORMATS`; that of each input by default.
    ending : str
        Goes between name and suffix of a result that is written beside its input: "-upscaled".

    Raises
    ------
    InvalidParameterError
        If the output is an input folder, an input has no name to call its results by, two results would have one name,
        or a result would replace an input.
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
    _check_apart(items)
    return with_distinct_stems(items), problems


def opened(item: BatchItem, force: bool, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Read the source of an item, if its result can be written.

    Raises
    ------
    FileReadError
        If it can't be read.
    FileWriteError
        If the result's suffix is none of ours; a `TargetExistsError` if it is there and may not be replaced.
    """
    check_is_picture(item.source)
    check_picture(item.target, force)
    return read_image(item.source, max_pixels=max_pixels)


def check_picture(path: Path, force: bool) -> None:
    """Raise `FileWriteError` where no picture can be written: something is there, or the suffix is none of ours."""
    if path.suffix.lower() not in SUFFIXES:
        raise FileWriteError(f"an output that ends in {', '.join(SUFFIXES)}", path.name)
    check_free(path, force)


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
        raise InvalidParameterError("a folder with a name", str(folder), ANOTHER)
    return named.with_name(f"{named.name}{ending}")


def _check_beside(given: Path, root: Path) -> None:
    if real(root) == real(given):
        raise InvalidParameterError("an output folder that is no input", str(root), ANOTHER)


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
            raise InvalidParameterError("an output that is no input", str(item.target), ANOTHER)
        if target in targets:
            both = f"{targets[target].source} and {item.source}"
            raise InvalidParameterError("one output for each input", f"{item.target} for {both}")
        targets[target] = item
