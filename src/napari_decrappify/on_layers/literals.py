"""Values as Python source: all that a generated script holds besides the words of the script itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from pathlib import Path

import numpy as np

from ..errors import InvalidParameterError

WIDTH = 110


def literal(value: object) -> str:
    """Return Python source that gives a value back, and that does nothing else, whatever the value says.

    Parameters
    ----------
    value : object
        Text, a path (as its text), a number, True, False, None, or lists, tuples and mappings of such.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    plain = value.item() if isinstance(value, np.generic) else str(value) if isinstance(value, Path) else value
    if isinstance(plain, float) and not math.isfinite(plain):
        return f"float({str(float(plain))!r})"
    if plain is None or type(plain) in (bool, int, float, str):
        return repr(plain)
    if isinstance(plain, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(one)}" for key, one in plain.items()) + "}"
    if isinstance(plain, list):
        return f"[{', '.join(map(literal, plain))}]"
    if isinstance(plain, tuple):
        return f"({', '.join(map(literal, plain))}{',' * (len(plain) == 1)})"
    raise InvalidParameterError("a value that a script can say", f"{type(plain).__name__} {plain!r:.60}")


def argument(name: object, value: object) -> str:
    """Return a keyword of a call as Python source.

    Raises
    ------
    InvalidParameterError
        If that can't be the name of a keyword, or as `literal` does.
    """
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        raise InvalidParameterError("the name of a parameter", f"{name!r:.60}")
    return f"{name}={literal(value)}"


def call(start: str, arguments: Sequence[str]) -> str:
    """Return a call as Python source, its arguments below each other if they are long."""
    flat = f"{start}({', '.join(arguments)})"
    if len(flat) <= WIDTH:
        return flat
    return f"{start}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def loaded(value: object) -> str:
    """Return the call that gives back what JSON holds, as Python source."""
    text = json.dumps(value)
    pieces = [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]
    return "json.loads(\n" + "".join(f"    {literal(piece)}\n" for piece in pieces) + ")"
