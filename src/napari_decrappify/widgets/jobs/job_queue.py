"""The queue of all jobs of this process, whatever dock or viewer they come from: one runs at a time.

Two nets at once on the same cores slow each other down five to twenty times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class QueuedJob:
    """A job in the queue.

    Parameters
    ----------
    start : callable
        Called when it is the first.
    wait : callable
        Called with the number of jobs before it, whenever that changes.
    counts : bool
        Whether those behind count it; what takes but a moment does not.
    """

    start: Callable[[], None]
    wait: Callable[[int], None]
    counts: bool = True
    started: bool = field(default=False, init=False)


class JobQueue:
    """Jobs, one after the other; all on the thread of the window."""

    def __init__(self) -> None:
        self._queue: list[QueuedJob] = []

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._queue)

    def __contains__(self, queued: object) -> bool:
        return queued in self._queue

    def add(self, queued: QueuedJob) -> None:
        """Put a job at the end; it starts at once if there is no other."""
        self._queue.append(queued)
        self._notify(queued)

    def remove(self, queued: QueuedJob) -> None:
        """Take a job out, done or not; the next one starts. One that isn't in the queue is passed over."""
        if queued not in self._queue:
            return
        place = self._queue.index(queued)
        del self._queue[place]
        for behind in self._queue[place:]:
            self._notify(behind)

    def _notify(self, queued: QueuedJob) -> None:
        if queued not in self._queue or queued.started:  # one notified before it may have gone, and others with it
            return
        before = self._queue[: self._queue.index(queued)]
        if before:
            queued.wait(sum(other.counts for other in before))
        else:
            queued.started = True
            queued.start()


JOB_QUEUE = JobQueue()
