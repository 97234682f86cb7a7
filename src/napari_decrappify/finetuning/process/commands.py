"""What can be asked of a training in a process of its own: each command, when it may be given, and what follows.

All else goes by it: the process (`child`), the handle on it (`process`), and the buttons of a window.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum


class Phase(StrEnum):
    """Where a training stands, as the one that commands it knows."""

    PREPARING = "preparing"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    ENDING = "ending"
    ENDED = "ended"

    @property
    def commands(self) -> frozenset[Command]:
        """What may be asked now."""
        return ALLOWED[self]


class Command(StrEnum):
    """A line that the process reads."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    DISCARD = "discard"
    INTERRUPT = "interrupt"
    DETACH = "detach"

    @property
    def phase(self) -> Phase:
        """Where a training stands once it has been asked."""
        return {Command.PAUSE: Phase.PAUSING, Command.RESUME: Phase.RUNNING}.get(self, Phase.ENDING)


END = frozenset({Command.STOP, Command.DISCARD, Command.INTERRUPT})
ALLOWED = {
    Phase.PREPARING: frozenset({Command.INTERRUPT}),
    Phase.WAITING: END | {Command.DETACH},
    Phase.RUNNING: END | {Command.DETACH, Command.PAUSE},
    Phase.PAUSING: END,
    Phase.PAUSED: END | {Command.RESUME},
    Phase.ENDING: frozenset[Command](),
    Phase.ENDED: frozenset[Command](),
}


class Controls(ABC):
    """What can be asked of a training in a process of its own, from any thread, at any time."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The number of its process; None before it starts."""

    @abstractmethod
    def send(self, command: Command) -> None:
        """Ask for something; a training that has ended doesn't hear it."""

    def pause(self) -> None:
        """Rest after the step that is going on, until `resume`."""
        self.send(Command.PAUSE)

    def resume(self) -> None:
        """Train again."""
        self.send(Command.RESUME)

    def stop(self) -> None:
        """End now and keep the best model so far: the job returns as if its time were up."""
        self.send(Command.STOP)

    def discard(self) -> None:
        """End now and keep nothing but the curves: the job ends with `StoppedError`."""
        self.send(Command.DISCARD)

    def interrupt(self) -> None:
        """End now, with a checkpoint to resume from: the job ends with `StoppedError`."""
        self.send(Command.INTERRUPT)

    def detach(self) -> None:
        """Go on when this process has ended, until the time is up; one that is paused ends, with a checkpoint."""
        self.send(Command.DETACH)
