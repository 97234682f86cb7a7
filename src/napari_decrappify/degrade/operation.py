"""An operation: one way to make a plane worse, in two halves, the draw and the deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import InvalidParameterError
from ..parameters import check_arguments

Plane: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[np.bool_]
Coverage: TypeAlias = npt.NDArray[np.uint8]
"""How much of each pixel ink covers, before its opacity counts: 0 to 255."""
Values: TypeAlias = dict[str, Any]
Step: TypeAlias = dict[str, Any]
Shape: TypeAlias = tuple[int, ...]
Range: TypeAlias = tuple[float, float]
WholeRange: TypeAlias = tuple[int, int]
Written: TypeAlias = tuple[Plane, Mask | Coverage | None]
"""The worse plane, and what was written over: whole pixels, or how much of each."""

OPERATIONS: dict[str, type[Operation]] = {}
"""Every operation by the name of its class, which is its name in records and files too."""


@dataclass(frozen=True)
class Part:
    """Anything a crappifier is composed of: an operation, or a choice among parts.

    A field that a person may set is annotated with a `parameters.Doc`; `parameters.parameters_of` tells them all. Every
    field is checked against its annotation when the part is made.
    """

    def __post_init__(self) -> None:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        check_arguments(type(self), values, f"{type(self).__name__}.")

    def steps(self, rng: np.random.Generator, shape: Shape) -> list[Step]:
        """Draw the steps to take on a plane of this shape."""
        raise NotImplementedError


class Operation(Part):
    """One way to make a plane worse; subclasses are frozen dataclasses whose fields are the ranges drawn from.

    A plane is (Y, X) or (Y, X, 3) and either uint8 or float32 in the unit range (`intensity.Intensity.to_unit`).
    A class registers itself when its module is imported; `degrade/__init__` imports those of this package.

    `draw` decides everything that is random, as JSON values; `apply` is a pure function of the plane and those
    values, so that recorded steps give the same picture again, bit by bit. On float planes, `limits` among the values
    are the unit values that the image's own dtype ends at.
    """

    geometric: ClassVar[bool] = False
    """Whether the operation changes where pixels lie; the alpha channel and the mask then follow it."""

    def __init_subclass__(cls) -> None:
        """Register the operation by its name, by which records call it."""
        taken = OPERATIONS.get(cls.__name__)
        if taken is not None and taken.__module__ != cls.__module__:
            raise InvalidParameterError(
                "a name that no operation has, as records go by it",
                f"another {cls.__name__} in {cls.__module__}; there is one in {taken.__module__}",
            )
        OPERATIONS[cls.__name__] = cls

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the values for a plane of this shape; a geometric operation's `size` is the (Y, X) it leaves."""
        raise NotImplementedError

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Return the worse plane and the mask, or the coverage, of the pixels written over; None if there are none."""
        raise NotImplementedError

    def steps(self, rng: np.random.Generator, shape: Shape) -> list[Step]:
        """Draw the one step of this operation."""
        return [{"operation": type(self).__name__, "values": self.draw(rng, shape)}]


def size_after(shape: Shape, steps: list[Step]) -> Shape:
    """Return the shape that a plane of this shape has after the steps."""
    for step in steps:
        if "size" in step["values"] and OPERATIONS[step["operation"]].geometric:
            shape = (*step["values"]["size"], *shape[2:])
    return shape


def draw_float(rng: np.random.Generator, span: Range) -> float:
    """Draw a number from a range, uniformly."""
    return float(rng.uniform(*span))


def draw_int(rng: np.random.Generator, span: Range) -> int:
    """Draw a whole number from a range, both ends included."""
    return int(rng.integers(int(span[0]), int(span[1]), endpoint=True))


def draw_seed(rng: np.random.Generator) -> int:
    """Draw the seed of a child generator, for values too many to record (noise, dust)."""
    return int(rng.integers(2**63))


def draw_color(rng: np.random.Generator) -> list[int]:
    """Draw an RGB colour, each channel 0 to 255."""
    return [int(c) for c in rng.integers(0, 256, 3)]
