"""A crappifier as plain data, and in a JSON file: what a composition of one's own is kept and sent as."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..atomic import atomic_path
from ..bounds import (
    check_depth,
    expanded,
    parse_json,
    read_text,
)
from ..errors import FileReadError, InvalidParameterError
from ..type_checks import is_one_of, shown
from .choices import InTurn, OneOf, Sometimes
from .crappifier import Crappifier
from .operation import OPERATIONS, Part

CHOICES: dict[str, type[Part]] = {kind.__name__: kind for kind in (Crappifier, InTurn, OneOf, Sometimes)}
KIND = "kind"
FORM = "a crappifier as as_record makes it"


def as_record(part: Part) -> dict[str, Any]:
    """Return a crappifier, or a part of one, as plain data: what JSON holds."""
    return {KIND: type(part).__name__, **{f.name: _plain(getattr(part, f.name)) for f in fields(part)}}


def from_record(record: Any) -> Crappifier:
    """Return the crappifier that `as_record` described.

    Raises
    ------
    InvalidParameterError
        For a part or a parameter that there isn't, or a value out of its bounds.
    """
    try:
        check_depth(record)
    except ValueError as error:
        raise InvalidParameterError(FORM, f"data {error}") from error
    crappifier = _value(record)
    if not isinstance(crappifier, Crappifier):
        raise InvalidParameterError(FORM, shown(record))
    return crappifier


def save_crappifier(path: str | Path, crappifier: Crappifier) -> None:
    """Write a crappifier to a JSON file, whole or not at all; raise `FileWriteError` where that fails."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(as_record(crappifier), indent=1) + "\n", encoding="utf-8")


def load_crappifier(path: str | Path) -> Crappifier:
    """Read a crappifier that `save_crappifier` wrote.

    Raises
    ------
    FileReadError
        If the file is missing, unreadable or no JSON.
    InvalidParameterError
        If what is in it is no crappifier.
    """
    try:
        record = parse_json(read_text(expanded(path)))
    except (OSError, ValueError) as error:
        raise FileReadError("the JSON file of a crappifier", f"{path}: {error}") from error
    return from_record(record)


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return as_record(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _value(plain: Any) -> Any:
    if isinstance(plain, Mapping):
        return _part(plain)
    return tuple(_value(one) for one in plain) if isinstance(plain, list | tuple) else plain


def _part(record: Mapping[str, Any]) -> Part:
    known = CHOICES | OPERATIONS
    name = record.get(KIND)
    if not is_one_of(name, known):
        raise InvalidParameterError(f"a part among {', '.join(known)}", shown(name))
    kind = known[str(name)]
    values = {name: _value(value) for name, value in record.items() if name != KIND}
    unknown = set(values) - {f.name for f in fields(kind)}
    if unknown:
        raise InvalidParameterError(f"parameters that {kind.__name__} has", ", ".join(map(shown, unknown)))
    try:
        return kind(**values)
    except TypeError as error:
        raise InvalidParameterError(f"the parameters of {kind.__name__}", str(error)) from error
