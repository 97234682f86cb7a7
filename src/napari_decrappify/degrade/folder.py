"""Crappify a folder of pictures over processes, its tree mirrored."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from ..errors import FileReadError, FileWriteError, InvalidParameterError
from ..files import (
    READABLE,
    BatchItem,
    ImageFile,
    Metadata,
    Report,
    check_free,
    is_folder,
    is_there,
    mirrored,
    outcomes,
    read_image,
    real,
    write_image,
)
from ..jobs import (
    Call,
    Job,
    Progress,
    ProgressCallback,
)
from ..parameters import Doc
from .crappifier import Crappifier
from .image import crappify
from .operation import Plane
from .presets import preset_named

Reader = Callable[[Path], ImageFile]
Writer = Callable[[Path, Plane, Metadata], object]


@dataclass
class FolderReport(Report):
    """What became of a folder: as for any batch, each list sorted.

    Parameters
    ----------
    seed : int
        What the seeds of all files were derived from.
    """

    seed: int = 0


@dataclass(frozen=True)
class _Request:
    """What is the same for all files."""

    crappifier: Crappifier
    seed: int
    force: bool
    read: Reader
    write: Writer


@Call
def crappify_folder(
    source: Annotated[str | Path, Doc("folder of pictures, with its subfolders")],
    target: Annotated[str | Path, Doc("folder that gets the same tree; outside the source")],
    preset: Annotated[str | Path | Crappifier, Doc("what happens to each: a preset, a composition's file")] = "lesson7",
    *,
    seed: Annotated[int | None, Doc("makes the result repeatable; drawn and reported if not given", minimum=0)] = None,
    processes: Annotated[int | None, Doc("worker processes; all cores if not given", minimum=1)] = None,
    suffix: Annotated[Literal[".png", ".tif", ".jpg"], Doc("file format to write; .jpg loses detail again")] = ".png",
    force: Annotated[bool, Doc("replace files that exist; otherwise they are skipped")] = True,
    suffixes: Sequence[str] = READABLE,
    fonts: Sequence[str | Path] | None = None,
    read: Reader = read_image,
    write: Writer = write_image,
    progress: ProgressCallback | None = None,
) -> Job[FolderReport]:
    """Make each picture of a folder worse, into a folder of the same tree.

    A file's seed is derived from `seed` and its relative path alone, so that neither the number of processes nor the
    other files change the result. A file that can't be read or written is reported, and ends nothing. Each file is
    written whole or not at all. Worker processes don't run the caller's script, and end with it however it ends.

    Parameters
    ----------
    source, target : path
        Neither may lie inside the other.
    preset : str, Path or Crappifier
        As for `crappify`.
    seed : int, optional
        None draws one; it is in the report.
    processes : int, optional
        1 works in this process; None takes as many as there are cores.
    suffix : {".png", ".tif", ".jpg"}
        The format of every file written. Two sources that would get one name keep their own suffix before it.
    force : bool
        Replace files that exist; False skips and reports them, so that a folder that was left half done is finished.
    suffixes : sequence of str
        Which files count as pictures, by the end of their name in any case.
    fonts : sequence of path, optional
        As for `crappify`.
    read, write : callable
        As `files.read_image` and `files.write_image`, which keep bits, axes and metadata. With more than one process,
        functions of a module, not of the script itself.
    progress : callable, optional
        Receives a `Progress` for each file.

    Raises
    ------
    FileReadError, FileWriteError, InvalidParameterError
        For a source that is no folder, a target that can't be made or lies in the source, an unknown preset.
    """
    crappifier = preset_named(preset)
    crappifier = crappifier if fonts is None else crappifier.with_fonts(fonts)
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    root, goal = _checked_folders(Path(source), Path(target))
    unlisted: list[FileReadError] = []
    items = mirrored(root, goal, suffix, [suffix.lower() for suffix in suffixes], failed=unlisted)
    work = functools.partial(_crappify_file, _Request(crappifier, seed, force, read, write))
    report = FolderReport(failed=[(root, str(error)) for error in unlisted], seed=seed)
    with closing(outcomes(work, items, processes)) as answers:
        for done, (item, error) in enumerate(answers, 1):
            report.add(item, error)
            yield Progress(done, len(items), item.source.name, error and str(error))
    return FolderReport(sorted(report.done), sorted(report.failed), sorted(report.skipped), seed)


def seed_of(seed: int, path: Path) -> int:
    """Return the seed of one file of a folder: ``crappify(image, preset, seed=seed_of(...))`` gives that file again."""
    digest = hashlib.sha256(f"{seed}/{path.as_posix()}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big")


def _checked_folders(source: Path, target: Path) -> tuple[Path, Path]:
    source, target = real(source), real(target)
    if not is_folder(source):
        raise FileReadError("a folder of pictures", str(source) + (" (a file)" if is_there(source) else " (not there)"))
    if source == target or source in target.parents or target in source.parents:
        raise InvalidParameterError(
            "source and target folders apart from each other",
            f"{source} and {target}",
            "A folder beside the source is a good target.",
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileWriteError("a folder that can be made", f"{target}: {error.strerror}") from error
    return source, target


def _crappify_file(request: _Request, item: BatchItem) -> None:
    check_free(item.target, request.force)
    source = request.read(item.source)
    known = source.metadata
    seed = seed_of(request.seed, Path(item.name))
    result = crappify(source.array, request.crappifier, seed=seed, rgb=known.rgb, channel_axis=known.channel_axis)
    request.write(item.target, result.image, known)
