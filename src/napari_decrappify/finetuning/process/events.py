"""What a training further tells beside what every training does (`training.events`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..run import Run


class Controls(Protocol):
    """What can be asked of a training in a process of its own, from any thread, at any time."""

    @property
    def pid(self) -> int | None:
        """The number of its process; None before it starts."""

    def pause(self) -> None:
        """Rest after the step that is going on, until `go_on`."""

    def go_on(self) -> None:
        """Train again."""

    def stop(self) -> None:
        """End now and keep the best model so far: the job returns as if its time were up."""

    def leave(self) -> None:
        """End now, with a checkpoint to resume from: the job ends with `StoppedError`."""

    def detach(self) -> None:
        """Go on when this process has ended, until the time is up; one that rests ends, with a checkpoint."""

    def discard(self) -> None:
        """End now and keep nothing but the curves: the job ends with `StoppedError`."""


@dataclass(frozen=True)
class Prepared:
    """A run that is about to begin: the payload of a `Progress` before the first step.

    Parameters
    ----------
    run : Run
        Its folder and what was asked.
    controls : Controls or None
        How to command it; None where it trains in this process: there the job itself is paused (don't advance it)
        and left (close it).
    warnings : tuple of str
        What a person should know of the pictures.
    """

    run: Run
    controls: Controls | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """Another training has its turn: the payload of a `Progress` while it lasts.

    Parameters
    ----------
    other : str
        Name of the other run's folder.
    """

    other: str


@dataclass(frozen=True)
class Placed:
    """Where and how precisely it computes: the payload of a `Progress` before the first step.

    Parameters
    ----------
    device, precision : str
        "cpu" or "cuda", "float32" or "bfloat16".
    """

    device: str
    precision: str


@dataclass(frozen=True)
class Paused:
    """The training rests: the payload of a `Progress` as it begins to."""
