"""A job yields progress and returns its result; a call runs it and checks its parameters."""

from __future__ import annotations

from typing import Annotated

import pytest

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.jobs import Call, Progress, overheard, run_to_end
from napari_decrappify.parameters import Doc, parameters_of

closed = []


def count(upto: Annotated[int, Doc("How far.", minimum=1)] = 2, *, progress=None):
    """Count."""
    try:
        for done in range(1, upto + 1):
            yield Progress(done, upto)
    finally:
        closed.append(upto)
    return "counted"


def test_a_job_is_drained_and_its_result_returned():
    steps = []
    assert run_to_end(count(3), steps.append) == "counted"
    assert [(step.done, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]


def test_a_call_returns_the_result_and_reports_progress():
    steps = []
    assert Call(count)(2, progress=steps.append) == "counted"
    assert len(steps) == 2
    assert Call(count)() == "counted"


def test_a_job_can_be_stepped_by_hand():
    job = Call(count).job(2)
    assert next(job) == Progress(1, 2)
    job.close()


def test_a_failing_callback_closes_the_job():
    closed.clear()

    def fail(step):
        raise KeyError("stop")

    with pytest.raises(KeyError):
        Call(count)(5, progress=fail)
    assert closed == [5]


def test_parameters_are_checked_before_the_job_starts():
    with pytest.raises(InvalidParameterError, match="upto at least 1"):
        Call(count).job(0)


def test_a_call_looks_like_its_function():
    assert Call(count).__doc__ == "Count."
    assert list(parameters_of(Call(count))) == ["upto"]


def test_a_job_that_is_overheard_goes_on_as_it_was_and_is_closed_with_its_listener():
    closed = []

    def job():
        try:
            yield Progress(0, 2)
            yield Progress(1, 2)
            return "done"
        finally:
            closed.append(True)

    heard, seen = [], []
    assert run_to_end(overheard(job(), heard.append), seen.append) == "done"
    assert heard == seen == [Progress(0, 2), Progress(1, 2)]
    stopped = overheard(job(), heard.append)
    next(stopped)
    stopped.close()
    assert closed == [True, True]
