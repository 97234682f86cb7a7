"""Parameters declared once: a function's annotated signature serves the API, the command line and the docks."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from .errors import InvalidParameterError


@dataclass(frozen=True)
class Doc:
    """What a person must know of a parameter; put it into ``Annotated[type, Doc(...)]``.

    Parameters
    ----------
    help : str
        One line: the effect, with its unit.
    minimum, maximum : float, optional
        Bounds, inclusive.
    label : str, optional
        The name that a dock shows; the parameter's own name otherwise.
    """

    help: str
    minimum: float | None = None
    maximum: float | None = None
    label: str | None = None


@dataclass(frozen=True)
class Parameter:
    """A documented parameter of a public call, as found by `parameters_of`.

    One with choices may take (low, high) instead of them; its type is that range then.
    """

    name: str
    type: Any
    default: Any
    choices: tuple[Any, ...] | None
    optional: bool
    doc: Doc

    def check(self, value: Any) -> None:
        """Raise `InvalidParameterError` if the value is of another kind, none of the choices or out of bounds."""
        if value is None and self.optional:
            return
        if self.choices is not None:
            if value in self.choices:
                return
            if not (self.is_range and isinstance(value, tuple)):
                raise InvalidParameterError(f"{self.name} to be {self._choices_in_words()}", repr(value))
        if get_origin(self.type) is tuple:
            self._check_members(value)
        else:
            self._check_one(value, self.type)

    @property
    def is_range(self) -> bool:
        """Whether values are (low, high)."""
        return self.type in (tuple[int, int], tuple[float, float])

    def _choices_in_words(self) -> str:
        return f"one of {', '.join(map(repr, self.choices or ()))}{' or (low, high)' if self.is_range else ''}"

    def _check_members(self, values: Any) -> None:
        if not isinstance(values, tuple):
            raise InvalidParameterError(
                f"{self.name} to be {'(low, high)' if self.is_range else 'a tuple'}", repr(values)
            )
        for value in values:
            self._check_one(value, get_args(self.type)[0])
        if self.is_range and not (len(values) == 2 and values[0] <= values[1]):
            raise InvalidParameterError(f"{self.name} to be (low, high)", repr(values))

    def _check_one(self, value: Any, kind: Any) -> None:
        if kind in (int, float) and (isinstance(value, bool) or not isinstance(value, _NUMBERS[kind])):
            raise InvalidParameterError(f"{self.name} to be of type {kind.__name__}", repr(value))
        low, high = self.doc.minimum, self.doc.maximum
        if (low is not None and not value >= low) or (high is not None and not value <= high):
            raise InvalidParameterError(f"{self.name} {_bounds(low, high)}", repr(value))


_NUMBERS: dict[Any, Any] = {int: numbers.Integral, float: numbers.Real}


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the documented parameters of a call, in order: those annotated with a `Doc`."""
    function = inspect.unwrap(function)
    hints = get_type_hints(function, include_extras=True)
    found = {}
    for name, declared in inspect.signature(function).parameters.items():
        hint: Any = hints.get(name)
        if get_origin(hint) is not Annotated:
            continue
        doc = next((m for m in hint.__metadata__ if isinstance(m, Doc)), None)
        if doc is None:
            continue
        kind, optional = _without_none(hint.__origin__)
        choices, kind = _choices_among(kind)
        found[name] = Parameter(name, kind, declared.default, choices, optional, doc)
    return found


def check_arguments(function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Check the documented parameters among `arguments`.

    Raises
    ------
    InvalidParameterError
        With the name, the bounds or choices, and the value that came.
    """
    for name, parameter in parameters_of(function).items():
        if name in arguments:
            parameter.check(arguments[name])


def _choices_among(kind: Any) -> tuple[tuple[Any, ...] | None, Any]:
    """Return the choices that a kind of value consists of, if any, and what else may be given instead of them."""
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    literal = next((part for part in parts if get_origin(part) is Literal), None)
    others = [part for part in parts if part is not literal]
    if literal is None:
        return None, kind
    return get_args(literal), others[0] if others else literal


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) not in (Union, UnionType):
        return kind, False
    rest = [part for part in get_args(kind) if part is not NoneType]
    return (rest[0] if len(rest) == 1 else Union[tuple(rest)]), len(rest) < len(get_args(kind))  # noqa: UP007
