"""What a training process says: events, an error or its end, each a JSON object on a line of its output."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from ... import errors
from ...bounds import parse_json
from ...errors import DecrappifyError, TrainingError
from ...jobs import Progress
from ...training.running.events import (
    Begun,
    Evaluated,
    Learned,
    LeftOut,
    Parted,
)
from ..run import Run, RunState
from .commands import Controls, Phase


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
    """Another training holds the lock: the payload of a `Progress` while it lasts.

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


Message: TypeAlias = Progress | DecrappifyError | RunState
"""A step with or without an event, what went wrong, or how it ended: finished, unfinished or discarded."""

EVENTS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (Begun, Evaluated, Learned, LeftOut, Parted, Paused, Placed, Waiting)
}
PHASES = {"Waiting": Phase.WAITING, "Paused": Phase.PAUSED}


def phase_of(event: object) -> Phase | None:
    """Return where a training stands that says this; None if it doesn't tell."""
    name = type(event).__name__
    return PHASES.get(name, Phase.RUNNING) if name in EVENTS else None


def encode(message: Message) -> str:
    """Return the line that says it."""
    return json.dumps(_fields(message), default=str)


def decode(line: str) -> Message | None:
    """Return what a line says; None for a line that isn't ours."""
    try:
        said = parse_json(line)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    if "end" in said:
        return RunState(said["end"])
    if "error" in said:
        kind: type[DecrappifyError] = getattr(errors, said["error"], TrainingError)
        return kind(said["expected"], said["got"], said["advice"])
    if "event" in said:
        event = None if said["event"] is None else EVENTS[said["event"]].validate_python(said["payload"])
        return Progress(said["done"], said["total"], said["note"], event)
    return None


def _fields(message: Message) -> dict[str, Any]:
    if isinstance(message, RunState):
        return {"end": message}
    if isinstance(message, DecrappifyError):
        kind = type(message).__name__
        return {"error": kind, "expected": message.expected, "got": message.got, "advice": message.advice}
    payload: Any = message.payload
    name = type(payload).__name__
    event = {"event": name, "payload": asdict(payload)} if name in EVENTS else {"event": None}
    return {"done": message.done, "total": message.total, "note": message.note, **event}
