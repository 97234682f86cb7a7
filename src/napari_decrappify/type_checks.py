"""Kinds of values: whether a value is what an annotation says, and both in words."""

from __future__ import annotations

import numbers
import os
import reprlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

TOO_LONG = 64  # bits of a whole number that is told by its length instead of its digits


class _Shown(reprlib.Repr):
    """The repr of a value of any size and depth, cut to what fits into a message."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 200
        self.maxlevel = 3

    def repr_int(self, value: int, level: int) -> str:
        """Show a number; Python refuses to write very long ones."""
        return repr(value) if value.bit_length() <= TOO_LONG else f"a number of {value.bit_length()} bits"


shown: Callable[[Any], str] = _Shown().repr


def is_one_of(value: Any, choices: Collection[Any]) -> bool:
    """Tell whether a value is one of the choices: equal, and of the same kind; any value can be asked about."""
    return any(isinstance(value, type(choice)) and _is_plain(value) and value == choice for choice in choices)


def is_of_kind(value: Any, kind: Any) -> bool:
    """Tell whether a value is what an annotation says, inside and out.

    Whole numbers are floats too, but True is no number and 1 no truth; text has no NUL, which no file system and no
    font knows; what is annotated as an array is left to the code that reads it.
    """
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if isinstance(kind, NewType):
        return is_of_kind(value, kind.__supertype__)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is None:
        return not isinstance(kind, type) or isinstance(value, kind)
    return _holds(value, origin, inner)


def _holds(value: Any, origin: Any, inner: tuple[Any, ...]) -> bool:
    if origin is Annotated:
        return is_of_kind(value, inner[0])
    if origin in (Union, UnionType):
        return any(is_of_kind(value, one) for one in inner)
    if origin is Literal:
        return is_one_of(value, inner)
    if origin is tuple:
        return isinstance(value, tuple | list) and _members_fit(value, inner)
    if origin in (Sequence, list):
        listed = isinstance(value, origin) and not isinstance(value, str | bytes)
        return all(is_of_kind(one, inner[0]) for one in value) if listed else _is_stack(value, inner[0])
    if origin in (Mapping, dict):
        pairs = value.items() if isinstance(value, Mapping) else ((value, None),)
        return isinstance(value, Mapping) and all(
            is_of_kind(key, inner[0]) and is_of_kind(one, inner[1]) for key, one in pairs
        )
    return callable(value) if origin is Callable else True


def _is_stack(value: Any, inner: Any) -> bool:
    """Tell whether a value is an array, where several are asked for."""
    return hasattr(value, "__array__") and getattr(get_origin(inner), "__module__", "") == "numpy"


def _members_fit(values: Sequence[Any], inner: tuple[Any, ...]) -> bool:
    if inner[-1:] == (...,):
        return all(is_of_kind(one, inner[0]) for one in values)
    return len(values) == len(inner) and all(map(is_of_kind, values, inner))


def kind_in_words(kind: Any) -> str:
    """Return what an annotation asks for, for a message."""
    if isinstance(kind, NewType):
        return kind_in_words(kind.__supertype__)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return kind_in_words(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(kind_in_words(one) for one in inner)
    if origin is Literal:
        return "one of " + ", ".join(map(repr, inner))
    if origin is tuple:
        return f"a tuple of {kind_in_words(inner[0])}" if inner[-1:] == (...,) else _in_a_row(inner)
    if origin in (Sequence, list):
        return f"a list of {kind_in_words(inner[0])}"
    return "None" if kind is NoneType else str(getattr(origin or kind, "__name__", kind)).lower()


def _in_a_row(inner: tuple[Any, ...]) -> str:
    return f"({', '.join(map(kind_in_words, inner))})"


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int | float | bytes)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"))


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_path(value: Any) -> bool:
    return isinstance(value, os.PathLike) and "\0" not in os.fsdecode(value)


_PLAIN: dict[Any, Callable[[Any], bool]] = {
    Any: lambda _: True,
    object: lambda _: True,
    bool: _is_bool,
    int: lambda value: _is_number(value, numbers.Integral),
    float: lambda value: _is_number(value, numbers.Real),
    str: _is_text,
    Path: _is_path,
    None: lambda value: value is None,
    NoneType: lambda value: value is None,
}
