"""The line that all jobs of this process stand in, whatever dock or viewer they come from: one runs at a time.

Two nets at once on the same cores slow each other down five to twenty times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Turn:
    """A place in the line.

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


class Line:
    """Turns, one after the other; all on the thread of the window."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._turns)

    def __contains__(self, turn: object) -> bool:
        return turn in self._turns

    def join(self, turn: Turn) -> None:
        """Stand at the end; start at once if there is nobody else."""
        self._turns.append(turn)
        self._tell(turn)

    def leave(self, turn: Turn) -> None:
        """Go away, done or not; the next one starts. Who isn't in the line may leave it too."""
        if turn not in self._turns:
            return
        place = self._turns.index(turn)
        del self._turns[place]
        for behind in self._turns[place:]:
            self._tell(behind)

    def _tell(self, turn: Turn) -> None:
        if turn not in self._turns or turn.started:  # who was told before it may have left, and others with it
            return
        before = self._turns[: self._turns.index(turn)]
        if before:
            turn.wait(sum(other.counts for other in before))
        else:
            turn.started = True
            turn.start()


LINE = Line()
