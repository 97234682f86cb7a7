"""Crappify a folder of pictures over processes, its tree mirrored."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from ..errors import DecrappifyError, FileReadError, FileWriteError, InvalidParameterError
from ..files import SUFFIXES, picture_files
from ..jobs import Call, Job, Progress, ProgressCallback
from ..parameters import Doc
from .crappifier import Crappifier
from .files import read_picture, write_picture
from .one import crappify
from .operation import Plane
from .presets import preset_named

MOST_PROCESSES = 60
"""Windows can't wait for more."""

Reader = Callable[[Path], Plane]
Writer = Callable[[Path, Plane], object]


@dataclass(frozen=True)
class FolderReport:
    """What became of a folder.

    Parameters
    ----------
    done : list of Path
        The files written, sorted.
    failed : list of (Path, str)
        The source files skipped, sorted, and why.
    seed : int
        What the seeds of all files were derived from.
    """

    done: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    seed: int = 0


@dataclass(frozen=True)
class _Task:
    source: Path
    target: Path
    crappifier: Crappifier
    seed: int
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
    suffixes: Sequence[str] = tuple(SUFFIXES),
    fonts: Sequence[str | Path] | None = None,
    read: Reader = read_picture,
    write: Writer = write_picture,
    progress: ProgressCallback | None = None,
) -> Job[FolderReport]:
    """Make each picture of a folder worse, into a folder of the same tree.

    A file's seed is derived from `seed` and its relative path alone, so that neither the number of processes nor the
    other files change the result. A file that can't be read or written is reported and skipped. Each file is
    written whole or not at all. With more than one process, a script needs the usual ``if __name__ == "__main__":``.

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
    suffixes : sequence of str
        Which files count as pictures, by the end of their name in any case.
    fonts : sequence of path, optional
        As for `crappify`.
    read, write : callable
        Read a path into an array, write an array to a path; picklable.
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
    files = picture_files(root, [suffix.lower() for suffix in suffixes])
    names = _mirrored([p.relative_to(root) for p in files], suffix)
    tasks = [
        _Task(file, goal / name, crappifier, seed_of(seed, file.relative_to(root)), read, write)
        for file, name in zip(files, names, strict=True)
    ]
    report = FolderReport(seed=seed)
    for task, failure in _run(tasks, processes):
        if failure is None:
            report.done.append(task.target)
        else:
            report.failed.append((task.source, failure))
        yield Progress(len(report.done) + len(report.failed), len(tasks), task.source.name, failure)
    return FolderReport(sorted(report.done), sorted(report.failed), seed)


def seed_of(seed: int, path: Path) -> int:
    """Return the seed of one file of a folder: ``crappify(image, preset, seed=seed_of(...))`` gives that file again."""
    digest = hashlib.sha256(f"{seed}/{path.as_posix()}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def _checked_folders(source: Path, target: Path) -> tuple[Path, Path]:
    source, target = source.resolve(), target.resolve()
    if not source.is_dir():
        raise FileReadError("a folder of pictures", str(source) + (" (a file)" if source.exists() else " (not there)"))
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


def _mirrored(paths: list[Path], suffix: str) -> list[Path]:
    """Give each path the new suffix; where two would meet, after the old one."""
    wanted = Counter(path.with_suffix(suffix) for path in paths)
    return [
        path.with_suffix(suffix) if wanted[path.with_suffix(suffix)] == 1 else path.with_name(path.name + suffix)
        for path in paths
    ]


def _run(tasks: list[_Task], processes: int | None) -> Iterator[tuple[_Task, str | None]]:
    """Yield each task when it is done, with the reason if it failed."""
    workers = min(processes or os.cpu_count() or 1, len(tasks), MOST_PROCESSES)
    if workers < 2:
        yield from ((task, _crappify_file(task)) for task in tasks)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        futures = {pool.submit(_crappify_file, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], _outcome(future)
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(future: Future[str | None]) -> str | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return "A worker process died before this file was done; was there enough memory? Try fewer processes."


def _crappify_file(task: _Task) -> str | None:
    """Do one file; return why it failed, None if it didn't."""
    try:
        result = crappify(task.read(task.source), task.crappifier, seed=task.seed)
        task.write(task.target, result.image)
    except DecrappifyError as error:
        return str(error)
    except MemoryError:
        return "Expected enough memory for the picture, got none left."
    return None
