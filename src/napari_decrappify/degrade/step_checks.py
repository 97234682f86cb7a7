"""Steps that come from a file: nothing in them may ask for more than their image, or the machine, can bear."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..bounds import check_depth
from ..errors import InvalidParameterError
from ..type_checks import is_one_of, shown
from .operation import (
    OPERATIONS,
    Operation,
    Shape,
    Step,
)

FARTHEST = 1e6
"""What a number in a step may be at most: a place, a size, a strength. Photons come in larger numbers."""
UNBOUNDED = {"seed": 2.0**63, "photons": 1e9}
SIZES = ("size", "small")

WRONG_VALUES = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, OSError, SyntaxError)
"""What an operation raises where values are of another form than it draws them."""


def operation_of(step: Mapping[str, Any]) -> type[Operation]:
    """Return the operation that a record names."""
    name = step.get("operation") if isinstance(step, Mapping) else None
    known = OPERATIONS.get(name) if isinstance(name, str) else None
    if known is None or not isinstance(step.get("values"), Mapping):
        raise no_step(step)
    return known


def no_step(step: object) -> InvalidParameterError:
    """Return the error for what is no step."""
    return InvalidParameterError(
        f"a step with the values of one of {', '.join(OPERATIONS)}",
        shown(step),
        "Pass the steps as they came from Crappified.steps.",
    )


def check_steps(steps: Iterable[Step], shape: Shape) -> None:
    """Raise `InvalidParameterError` for numbers that no operation draws, and sizes beyond those of the plane."""
    for step in steps:
        try:
            check_depth(step)
        except ValueError as error:
            raise no_step("steps " + str(error)) from error
        if not isinstance(step, Mapping) or not isinstance(step.get("values"), Mapping):
            raise no_step(step)
        if is_one_of(step.get("operation"), OPERATIONS) and not _bearable(step["values"], shape):
            raise no_step(step)


def _bearable(values: Mapping[str, Any], shape: Shape) -> bool:
    if any(not abs(number) <= UNBOUNDED.get(name, FARTHEST) for name, number in _numbers("", values)):
        return False
    sizes = [values[name] for name in SIZES if isinstance(values.get(name), list | tuple)]
    return all(_within(size, shape) for size in sizes)


def _within(size: Any, shape: Shape) -> bool:
    whole = len(size) == 2 and all(isinstance(side, int) and side >= 1 for side in size)
    return whole and math.prod(size) <= math.prod(shape[:2])


def _numbers(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """Yield every number of some values, with the name that it goes by."""
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _numbers(str(inner), one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _numbers(name, one)
    elif isinstance(value, int | float):
        yield name, value
