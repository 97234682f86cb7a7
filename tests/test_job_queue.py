"""One job at a time, whoever asks."""

from __future__ import annotations

import pytest

from napari_decrappify.widgets.jobs.job_queue import JobQueue, QueuedJob


class Dock:
    """Keeps what it was notified of: "start", or the number of jobs before it."""

    def __init__(self, counts=True):
        self.heard = []
        self.queued = QueuedJob(lambda: self.heard.append("start"), self.heard.append, counts)


@pytest.fixture
def queue():
    return JobQueue()


@pytest.fixture
def three(queue):
    docks = [Dock() for _ in range(3)]
    for dock in docks:
        queue.add(dock.queued)
    return docks


def test_the_first_starts_and_the_others_know_how_many_are_before_them(three):
    assert [dock.heard for dock in three] == [["start"], [1], [2]]


def test_the_next_starts_when_the_first_has_ended(queue, three):
    queue.remove(three[0].queued)
    assert [dock.heard for dock in three] == [["start"], [1, "start"], [2, 1]]


def test_one_that_waits_can_be_removed(queue, three):
    queue.remove(three[1].queued)
    assert [dock.heard for dock in three] == [["start"], [1], [2, 1]]
    queue.remove(three[0].queued)
    assert three[1].heard == [1]
    assert three[2].heard == [2, 1, "start"]


def test_removing_twice_is_removing_once(queue, three):
    for _ in range(2):
        queue.remove(three[0].queued)
    assert three[1].heard == [1, "start"]
    assert three[2].heard == [2, 1]


def test_what_takes_but_a_moment_is_not_counted(queue):
    moment, job, other = Dock(counts=False), Dock(), Dock()
    for dock in (moment, job, other):
        queue.add(dock.queued)
    assert [dock.heard for dock in (moment, job, other)] == [["start"], [0], [1]]


def test_one_that_is_removed_at_once_starts_the_next_only_once(queue):
    first, second, third = Dock(), Dock(), Dock()
    second.queued.start = lambda: queue.remove(second.queued)
    for dock in (first, second, third):
        queue.add(dock.queued)
    queue.remove(first.queued)
    assert third.heard.count("start") == 1
