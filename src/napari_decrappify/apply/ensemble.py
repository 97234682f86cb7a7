"""Self-ensemble: a net asked eight times about one picture, flipped and turned, and how far its answers spread."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class View:
    """A way to look at a picture: turned by so many quarters, then perhaps flipped."""

    quarters: int = 0
    flipped: bool = False

    def seen(self, x: Tensor) -> Tensor:
        """Return (N, C, Y, X) as this view shows it."""
        turned = torch.rot90(x, self.quarters, (2, 3))
        return (turned.flip(3) if self.flipped else turned).contiguous(memory_format=torch.channels_last)

    def undone(self, x: Tensor) -> Tensor:
        """Return what is seen in this view as it is in the picture."""
        return torch.rot90(x.flip(3) if self.flipped else x, -self.quarters, (2, 3))


ONE = (View(),)
EIGHT = tuple(View(quarters, flipped) for flipped in (False, True) for quarters in range(4))
"""All flips and turns (Timofte et al., Seven ways to improve example-based single image super resolution, 2016)."""


class Answers:
    """Mean and standard deviation of tensors that come one after the other (Welford, 1962).

    Attributes
    ----------
    count : int
        How many there were.
    mean : Tensor
        Their mean, once there is one.
    """

    mean: Tensor

    def __init__(self) -> None:
        self.count = 0
        self._squares: Tensor | None = None

    def add(self, answer: Tensor) -> None:
        """Take one more, of the same shape as those before."""
        self.count += 1
        if self.count == 1:
            self.mean = answer
            return
        before = answer - self.mean
        self.mean = self.mean + before / self.count
        squares = before * (answer - self.mean)
        self._squares = squares if self._squares is None else self._squares + squares

    @property
    def deviation(self) -> Tensor | None:
        """Their standard deviation; None of a single one."""
        return None if self._squares is None else (self._squares / self.count).sqrt()
