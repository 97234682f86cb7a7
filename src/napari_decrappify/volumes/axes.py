"""The axes of a volume: names, kinds, units, and where its pixels lie in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..errors import InvalidImageError

Kind: TypeAlias = Literal["time", "channel", "space"]
ORDER: tuple[Kind, ...] = ("time", "channel", "space")
"""In which NGFF wants them."""
NAMES: dict[str, Kind] = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
COLOR = ("red", "green", "blue", "alpha")
"""Labels of channels that are the colours of one picture."""


@dataclass(frozen=True)
class Axis:
    """An axis of a volume.

    Attributes
    ----------
    name : str
        Such as "z".
    kind : {"time", "channel", "space"}
        What it counts.
    unit : str, optional
        Of `scale` and `translation`: "micrometer", say.
    scale, translation : float
        Distance between pixels, and where the centre of the first one lies.
    """

    name: str
    kind: Kind
    unit: str | None = None
    scale: float = 1.0
    translation: float = 0.0

    def resampled(self, pixels: float) -> Axis:
        """Return the axis with so many pixels for each of its own; the first ones begin at the same corner."""
        fine = self.scale / pixels
        return replace(self, scale=fine, translation=self.translation - self.scale / 2 + fine / 2)


Axes: TypeAlias = tuple[Axis, ...]


def channel_axis(axes: Axes) -> int | None:
    """Return where the channels are."""
    return next((index for index, axis in enumerate(axes) if axis.kind == "channel"), None)


def enlarged(axes: Axes, pixels: float) -> Axes:
    """Return the axes of planes with so many pixels for each along Y and X; the last two axes are those."""
    return (*axes[:-2], *(axis.resampled(pixels) for axis in axes[-2:]))


def with_colors(axes: Axes) -> Axes:
    """Return the axes with one of colours, where NGFF wants it."""
    at = sum(axis.kind == "time" for axis in axes)
    return (*axes[:at], Axis("c", "channel"), *axes[at:])


def named(names: Sequence[str]) -> Axes:
    """Return axes that have nothing but names."""
    return tuple(Axis(name, NAMES.get(name, "space")) for name in names)


def guessed(ndim: int, channels: int | None = None) -> Axes:
    """Return axes for the (..., Y, X) of a file that doesn't name them; `channels` is the channels' if they are known.

    Raises
    ------
    InvalidImageError
        If NGFF has no place for so many axes, or for channels there.
    """
    leading = {0: "", 1: "z", 2: "tz", 3: "tcz"}.get(ndim - 2)
    if leading is not None and channels is not None:
        leading = {(1, 0): "c", (2, 0): "cz", (2, 1): "tc", (3, 1): "tcz"}.get((ndim - 2, channels))
    if leading is None:
        got = f"{ndim} axes" if channels is None else f"{ndim} axes, of which {channels} is that of channels"
        advice = "Name and order the axes in an OME-Zarr, or transpose them."
        raise InvalidImageError("at most time, channel, Z, Y and X, in this order", got, advice)
    return named([*leading, "y", "x"])


def check_ordered(axes: Axes, where: str) -> None:
    """Raise `InvalidImageError` where planes can't be found, or NGFF doesn't allow such axes."""
    places = [ORDER.index(axis.kind) for axis in axes]
    spaces = sum(axis.kind == "space" for axis in axes)
    doubled = any(places.count(ORDER.index(kind)) > 1 for kind in ("time", "channel"))
    if places != sorted(places) or not 2 <= spaces <= 3 or doubled:
        names = ", ".join(axis.name for axis in axes)
        raise InvalidImageError("at most time, channel, Z, Y and X, in this order", f"{names} in {where}")
