"""One job at a time, whoever asks."""

from __future__ import annotations

import pytest

from napari_decrappify.widgets.jobs.job_queue import JobQueue, QueuedJob


class Someone:
    """Keeps what a turn was told: "start", or the number of jobs before it."""

    def __init__(self, counts=True):
        self.told = []
        self.queued = QueuedJob(lambda: self.told.append("start"), self.told.append, counts)


@pytest.fixture
def line():
    return JobQueue()


@pytest.fixture
def three(line):
    people = [Someone() for _ in range(3)]
    for someone in people:
        line.join(someone.queued)
    return people


def test_the_first_starts_and_the_others_know_how_many_are_before_them(three):
    assert [someone.told for someone in three] == [["start"], [1], [2]]


def test_the_next_starts_when_the_first_has_ended(line, three):
    line.leave(three[0].queued)
    assert [someone.told for someone in three] == [["start"], [1, "start"], [2, 1]]


def test_who_waits_can_go_away(line, three):
    line.leave(three[1].queued)
    assert [someone.told for someone in three] == [["start"], [1], [2, 1]]
    line.leave(three[0].queued)
    assert three[1].told == [1]
    assert three[2].told == [2, 1, "start"]


def test_leaving_twice_is_leaving_once(line, three):
    for _ in range(2):
        line.leave(three[0].queued)
    assert three[1].told == [1, "start"]
    assert three[2].told == [2, 1]


def test_what_takes_but_a_moment_is_not_counted(line):
    moment, job, other = Someone(counts=False), Someone(), Someone()
    for someone in (moment, job, other):
        line.join(someone.queued)
    assert [someone.told for someone in (moment, job, other)] == [["start"], [0], [1]]


def test_who_leaves_at_once_starts_the_next_only_once(line):
    first, second, third = Someone(), Someone(), Someone()
    second.queued.start = lambda: line.leave(second.queued)
    for someone in (first, second, third):
        line.join(someone.queued)
    line.leave(first.queued)
    assert third.told.count("start") == 1
