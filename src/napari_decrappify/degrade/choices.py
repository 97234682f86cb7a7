"""Choices among parts: sometimes one, one of several, several in random order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..errors import InvalidParameterError
from ..parameters import Doc
from .operation import (
    Part,
    Shape,
    Step,
    size_after,
)


@dataclass(frozen=True)
class Sometimes(Part):
    """A part that is taken with a probability."""

    part: Part
    probability: Annotated[float, Doc("How often the step is taken; 1 is always.", 0, 1, "How often")] = 0.5

    def steps(self, rng: np.random.Generator, shape: Shape) -> list[Step]:
        """Draw whether, and then what."""
        return self.part.steps(rng, shape) if rng.random() < self.probability else []


@dataclass(frozen=True)
class OneOf(Part):
    """Exactly one of several parts, by weight; None among them is to do nothing."""

    parts: tuple[Part | None, ...]
    weights: Annotated[tuple[float, ...], Doc("How often each is taken, compared with the others.", 0)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = self.weights or (1.0,) * len(self.parts)
        if not self.parts or len(weights) != len(self.parts) or not sum(weights) > 0:
            raise InvalidParameterError(
                f"a non-negative weight for each of {len(self.parts)} parts, not all 0", repr(self.weights)
            )

    def steps(self, rng: np.random.Generator, shape: Shape) -> list[Step]:
        """Draw which, and then what."""
        weights = np.array(self.weights or (1.0,) * len(self.parts))
        part = self.parts[int(rng.choice(len(self.parts), p=weights / weights.sum()))]
        return [] if part is None else part.steps(rng, shape)


@dataclass(frozen=True)
class InTurn(Part):
    """Parts one after the other, in their order or in one that is drawn."""

    parts: tuple[Part, ...]
    shuffled: Annotated[bool, Doc("Take the steps in an order that is drawn anew each time.")] = False

    def steps(self, rng: np.random.Generator, shape: Shape) -> list[Step]:
        """Draw the order, if it is random, and then each part on what the one before leaves."""
        order: Sequence[int] = rng.permutation(len(self.parts)).tolist() if self.shuffled else range(len(self.parts))
        steps: list[Step] = []
        for index in order:
            steps += self.parts[index].steps(rng, size_after(shape, steps))
        return steps
