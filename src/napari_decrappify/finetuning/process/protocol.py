"""What a training process and the one that started it say to each other: a JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeAlias

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
from .events import Paused, Placed, Waiting

Command: TypeAlias = Literal["pause", "go-on", "stop", "leave", "detach", "discard"]
KINDS = (Begun, Evaluated, Learned, LeftOut, Parted, Paused, Placed, Waiting)
PAYLOADS: dict[str, type[Any]] = {kind.__name__: kind for kind in KINDS}


def progress_line(step: Progress) -> str:
    """Return the line of a step."""
    known = type(step.payload).__name__ in PAYLOADS
    payload = {"event": type(step.payload).__name__, **asdict(step.payload)} if known else None  # type: ignore[call-overload]
    return json.dumps({"done": step.done, "total": step.total, "note": step.note, "payload": payload}, default=str)


def error_line(error: DecrappifyError) -> str:
    """Return the line of an error."""
    return json.dumps(
        {"error": type(error).__name__, "expected": error.expected, "got": error.got, "advice": error.advice}
    )


def end_line(end: str) -> str:
    """Return the line of the end: "finished", "unfinished" or "discarded"."""
    return json.dumps({"end": end})


def read_line(line: str) -> Progress | DecrappifyError | str | None:
    """Return what a line says: a step, an error, the end; None for a line that isn't ours."""
    try:
        said = parse_json(line)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    if "end" in said:
        return str(said["end"])
    if "error" in said:
        kind = getattr(errors, said["error"], TrainingError)
        error: DecrappifyError = kind(said["expected"], said["got"], said["advice"])
        return error
    return Progress(said["done"], said["total"], said["note"], _payload(said["payload"])) if "done" in said else None


def _payload(said: dict[str, Any] | None) -> object:
    if said is None:
        return None
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in said.items()}
    kind = PAYLOADS[values.pop("event")]
    if values.get("preview") is not None:
        values["preview"] = Path(values["preview"])
    return kind(**values)
