"""Parameters declared once: a function's annotated signature serves the API, the command line and the docks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import InvalidParameterError
from .type_checks import (
    is_of_kind,
    is_one_of,
    kind_in_words,
    shown,
)

P = ParamSpec("P")
T = TypeVar("T")
_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


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
    choices : tuple, optional
        The only values that there are, where the annotation doesn't list them.
    """

    help: str
    minimum: float | None = None
    maximum: float | None = None
    label: str | None = None
    choices: tuple[Any, ...] | None = None


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
            if is_one_of(value, self.choices):
                return
            if not (self.is_range and isinstance(value, tuple)):
                raise InvalidParameterError(f"{self.name} to be {self._choices_in_words()}", shown(value))
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
            wanted = "(low, high)" if self.is_range else "a tuple"
            raise InvalidParameterError(f"{self.name} to be {wanted}", shown(values))
        for value in values:
            self._check_one(value, get_args(self.type)[0])
        if self.is_range and not (len(values) == 2 and values[0] <= values[1]):
            raise InvalidParameterError(f"{self.name} to be (low, high)", shown(values))

    def _check_one(self, value: Any, kind: Any) -> None:
        check_kind(self.name, value, kind)
        low, high = self.doc.minimum, self.doc.maximum
        if (low is not None and not value >= low) or (high is not None and not value <= high):
            raise InvalidParameterError(f"{self.name} {_bounds(low, high)}", shown(value))


def check_kind(name: str, value: Any, kind: Any) -> None:
    """Raise `InvalidParameterError` if a value isn't what an annotation says."""
    if not is_of_kind(value, kind):
        raise InvalidParameterError(f"{name} to be of type {kind_in_words(kind)}", shown(value))


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the documented parameters of a call, in order: those annotated with a `Doc`."""
    return {name: found for name, found in _declared(inspect.unwrap(function)) if isinstance(found, Parameter)}


def check_arguments(function: Callable[..., Any], arguments: Mapping[str, Any], where: str = "") -> None:
    """Check arguments against the annotations of the parameters that they are for; `where` comes before their names.

    Raises
    ------
    InvalidParameterError
        With the name, the kind, bounds or choices, and the value that came.
    """
    for name, declared in _declared(inspect.unwrap(function)):
        if name not in arguments:
            continue
        if isinstance(declared, Parameter):
            replace(declared, name=where + name).check(arguments[name])
        else:
            check_kind(where + name, arguments[name], declared)


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """Check the arguments of a function against its annotations whenever it is called."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        check_arguments(function, inspect.signature(function).bind(*args, **kwargs).arguments)
        return function(*args, **kwargs)

    return call


@functools.lru_cache(maxsize=256)
def _declared(function: Callable[..., Any]) -> tuple[tuple[str, Any], ...]:
    """Return each annotated parameter of a call: as a `Parameter` if it is documented, its annotation if not."""
    hints = get_type_hints(_annotated(function), include_extras=True)
    named = [one for one in inspect.signature(function).parameters.values() if one.kind not in _COLLECTING]
    return tuple((one.name, _parameter(one, hints[one.name])) for one in named if one.name in hints)


def _annotated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what carries the annotations of a call: a class that isn't a dataclass has them at its constructor."""
    own = isinstance(function, type) and not is_dataclass(function)
    return inspect.getattr_static(function, "__init__") if own else function


def _parameter(declared: inspect.Parameter, hint: Any) -> Any:
    """Return the `Parameter` that an annotation with a `Doc` makes; another annotation as it is."""
    doc = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Doc)), None)
    if doc is None:
        return hint
    kind, optional = _without_none(hint.__origin__)
    choices, kind = _choices_among(kind)
    return Parameter(declared.name, kind, declared.default, doc.choices or choices, optional, doc)


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
