"""Self-ensemble: a net asked about several views of a picture, the mean of its answers, and how far they spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


class View(Protocol):
    """A way to look at a picture."""

    def seen(self, x: Tensor) -> Tensor:
        """Return (N, C, Y, X) as this view shows it."""

    def undone(self, x: Tensor) -> Tensor:
        """Return what is seen in this view as it is in the picture."""


@dataclass(frozen=True)
class Turned:
    """A picture turned by so many quarters, then perhaps flipped."""

    quarters: int = 0
    flipped: bool = False

    def seen(self, x: Tensor) -> Tensor:
        """Return (N, C, Y, X) as this view shows it."""
        turned = torch.rot90(x, self.quarters, (2, 3))
        return (turned.flip(3) if self.flipped else turned).contiguous(memory_format=torch.channels_last)

    def undone(self, x: Tensor) -> Tensor:
        """Return what is seen in this view as it is in the picture."""
        return torch.rot90(x.flip(3) if self.flipped else x, -self.quarters, (2, 3))


@dataclass(frozen=True)
class Shifted:
    """A picture moved in the cells, `room` pixels a side, that a net cuts it into; its edges are repeated."""

    room: int
    down: int
    right: int

    def seen(self, x: Tensor) -> Tensor:
        """Return (N, C, Y + room, X + room)."""
        edges = (self.right, self.room - self.right, self.down, self.room - self.down)
        return F.pad(x, edges, mode="replicate").contiguous(memory_format=torch.channels_last)

    def undone(self, x: Tensor) -> Tensor:
        """Return the (N, C, Y, X) that is in the picture."""
        y, x_ = (side - self.room for side in x.shape[-2:])
        return x[..., self.down : self.down + y, self.right : self.right + x_]


@dataclass(frozen=True)
class Enlarged:
    """A view of a picture that is enlarged so many times first."""

    scale: int
    view: View

    def seen(self, x: Tensor) -> Tensor:
        """Return (N, C, scale * Y, scale * X), bicubic, as the view shows it."""
        return self.view.seen(F.interpolate(x, scale_factor=self.scale, mode="bicubic"))

    def undone(self, x: Tensor) -> Tensor:
        """Return the means of what lies in each of the picture's pixels."""
        return F.avg_pool2d(self.view.undone(x), self.scale)


ONE: tuple[View, ...] = (Turned(),)
EIGHT: tuple[View, ...] = tuple(Turned(quarters, flipped) for flipped in (False, True) for quarters in range(4))
"""All flips and turns (Timofte et al., Seven ways to improve example-based single image super resolution, 2016)."""


def views_for(multiple: int, upright: bool) -> tuple[View, ...]:
    """Return eight views for a net that cuts pictures into cells of `multiple` pixels a side.

    Letters are read upright: a net that looks for them is shown shifted pictures, not turned ones.
    """
    if not upright:
        return EIGHT
    return tuple(Shifted(multiple, 5 * number % multiple, 3 * number % multiple) for number in range(8))


def at_scales(views: tuple[View, ...], scales: tuple[int, ...]) -> tuple[View, ...]:
    """Return each of the views at each of the scales."""
    return tuple(view if scale == 1 else Enlarged(scale, view) for scale in scales for view in views)


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
