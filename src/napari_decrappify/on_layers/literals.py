"""Values as Python source: all that a generated script holds besides the words of the script itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path

import numpy as np

from ..errors import InvalidParameterError


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
