"""A batch as a job: one picture after the other, each done, skipped or failed; it can be left between any two steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..errors import noting_file_warnings
from ..files import BatchItem, Report
from ..files.batch_results import attempted
from ..files.reading import MAX_PIXELS
from ..jobs import Job, Progress, with_steps
from ..tasks import TaskSpec
from .masks import Masks
from .planning import batch_items, opened
from .shared_mark import shared_mark
from .task_work import TaskWork

T = TypeVar("T")

FINE = 1000
"""Steps of a picture, so that the bar of a batch moves within each."""


@dataclass(frozen=True)
class BatchRequest:
    """What is to be done with which files.

    Parameters
    ----------
    spec : TaskSpec
        The task.
    inputs : sequence of Path
        Files and folders of pictures.
    output : Path, optional
        The folder of the results; beside the inputs by default, as `batch_items` does it.
    format : str, optional
        The format to write; that of each input by default.
    keywords : mapping
        Of the task's call, apart from its defaults.
    mask : Path, optional
        As for `Masks.at`.
    saved : str, optional
        As for `TaskWork`.
    force : bool
        Whether files that exist are replaced; sources never are.
    record_beside : bool
        As for `TaskWork`.
    only : collection of Path, optional
        The sources to do, or folders of them, of all that there are.
    """

    spec: TaskSpec
    inputs: Sequence[Path]
    output: Path | None = None
    format: str | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    mask: Path | None = None
    saved: str | None = None
    force: bool = False
    record_beside: bool = False
    only: Collection[Path] | None = None

    def wants(self, source: Path) -> bool:
        """Tell whether a file or folder is to be done."""
        return self.only is None or any(one in self.only for one in (source, *source.parents))


@dataclass
class BatchReport(Report):
    """What has become of a batch so far.

    Parameters
    ----------
    noted : list of (Path, str)
        The sources of which something was left out, and what.
    total : int
        How many pictures there are.
    """

    noted: list[tuple[Path, str]] = field(default_factory=list)
    total: int = 0


def batch_job(request: BatchRequest, report: BatchReport) -> Job[BatchReport]:
    """Do what is asked for with every picture, and keep in the report what becomes of each.

    Raises
    ------
    DecrappifyError
        For what is wrong for all of them: the mask, the model, the output.
    """
    yield Progress(0, 1, "Looking for pictures")
    found, problems = batch_items(request.inputs, request.output, request.format, request.spec.suffix)
    items = [item for item in found if request.wants(item.source)]
    report.total = len(items)
    report.failed += [(folder, str(error)) for folder, error in problems if request.wants(folder)]
    work = yield from _prepared(request, found)
    for number, item in enumerate(items):
        said: list[str] = []
        doing = _noting(attempted(item, _one(work, item)), said)
        told = partial(_of_batch, number=number, count=len(items), name=item.name)
        error = yield from with_steps(doing, told)
        report.noted += [(item.source, text) for text in said]
        report.add(item, error)
        yield Progress((number + 1) * FINE, len(items) * FINE, f"{number + 1} of {len(items)}")
    return report


def _prepared(request: BatchRequest, found: Sequence[BatchItem]) -> Job[TaskWork]:
    """Load the model, read a mask that is for all, and solve a mark that all pictures share."""
    shared = bool(request.keywords.get("shared", False))
    masks, keywords = Masks.at(request.mask, request.inputs, shared=shared), dict(request.keywords)
    if shared:
        del keywords["shared"]
        keywords["mark"] = yield from shared_mark(found, masks.common, keywords.get("nonfinite", "raise"), MAX_PIXELS)
    work = TaskWork(
        request.spec,
        keywords,
        masks,
        saved=request.saved,
        force=request.force,
        record_beside=request.record_beside,
    )
    yield Progress(0, 1, "Loading the model")
    _ = work.model
    return work


def _one(work: TaskWork, item: BatchItem) -> Job[None]:
    yield Progress(0, 1, "Reading")
    yield from work.job(item, opened(item, work.force))


def _of_batch(step: Progress, number: int, count: int, name: str) -> Progress:
    """Return a step of a picture as one of the batch."""
    done = number * FINE + FINE * step.done // max(1, step.total)
    return Progress(done, count * FINE, f"{number + 1} of {count}, {name}: {step.note}")


def _noting(job: Job[T], said: list[str]) -> Job[T]:
    """Do a job, and keep what files have to leave out on the way in or out; other warnings are passed on."""
    try:
        while True:
            with noting_file_warnings(said.append):
                step = next(job)
            yield step
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        job.close()
